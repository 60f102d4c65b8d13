"""Whole runs of the transformer renderer, at a size that tests can bear, with random weights."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.run import run
from manifests import Job
from manifests.errors import ManifestUnusable
from model.convert import convert_hallo3
from model.tiny import untrained_tiny
from pipeline import presets
from pipeline.hallo3 import load
from pipeline.media.probe import probe_video
from pipeline.presets import TINY, preset_named, preset_table, weights_digest
from tests.jobs.test_run import DiesAfter, Killed
from tests.night import Media, a_manifest, attempts, frames_digest, results, run_here
from tests.official_folder import SIZES, an_official_folder


@pytest.fixture
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """`tiny`, smaller still: the same classes and the same way through them."""
    small = replace(TINY, canvas=(64, 64), steps=2)
    monkeypatch.setitem(presets.BUILT_IN, "tiny", small)
    monkeypatch.setattr(load, "untrained_tiny", partial(untrained_tiny, num_layers=2))


class DiesAfterOneSegment(DiesAfter):
    segments = 1


def a_tiny_job(media: Media, **fields: object) -> Job:
    given = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration)} | fields
    return Job(job_id="n", preset="tiny", **given)  # type: ignore[arg-type]  # names


@pytest.mark.usefixtures("_small")
def test_a_chain_killed_between_its_segments_goes_on_to_the_same_frames(
    media: Media, tmp_path: Path, scratch: Path
) -> None:
    manifest = a_manifest(tmp_path, [a_tiny_job(media)])
    run_here(manifest, tmp_path / "whole", scratch)
    config = RunConfig(scratch=scratch)
    with pytest.raises(Killed):
        run([manifest], str(tmp_path / "out"), config, executor=DiesAfterOneSegment)
    assert run_here(manifest, tmp_path / "out", scratch).complete

    whole, resumed = (frames_digest(tmp_path / each / "videos/n.mp4") for each in ("whole", "out"))
    assert whole == resumed
    (last,) = [a for a in attempts(tmp_path / "out") if a.stage == "generate" and a.state == "done"]
    assert last.segments_reused >= 1
    result = results(tmp_path / "out")["n"]
    assert (result.width, result.height, result.segments) == (64, 64, 2)
    assert probe_video(tmp_path / "out/videos/n.mp4").frames == result.frames
    assert any("untrained" in warning for warning in result.warnings)


def test_a_preset_without_its_weights_says_how_to_get_them() -> None:
    with pytest.raises(ManifestUnusable, match="rushes convert hallo3"):
        preset_named("hallo3-5b", preset_table({}))


def test_a_folder_that_was_not_converted_is_no_weights(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match=r"digests\.json"):
        preset_table({"hallo3-5b": tmp_path})


def a_list_of(sha256: str) -> str:
    return json.dumps({"format": 1, "source": {}, "files": {"transformer/a": {"sha256": sha256}}})


def test_weights_are_named_by_their_digests_not_by_their_folder(tmp_path: Path) -> None:
    tables = []
    for name in ("here", "there"):
        for file in presets.NEEDED:
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).touch()
        (tmp_path / name / "digests.json").write_text(a_list_of("abc"))
        tables.append(preset_table({"hallo3-5b": tmp_path / name})["hallo3-5b"])
    assert tables[0].digest == tables[1].digest
    (tmp_path / "there/digests.json").write_text(a_list_of("abd"))
    assert preset_table({"hallo3-5b": tmp_path / "there"})["hallo3-5b"].digest != tables[0].digest


def test_a_preset_calls_its_weights_what_the_converter_called_them(tmp_path: Path) -> None:
    made = convert_hallo3(an_official_folder(tmp_path / "in"), tmp_path / "out", **SIZES)
    assert weights_digest(made.folder / "digests.json") == made.digest
