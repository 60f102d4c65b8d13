"""Whole runs of the transformer renderer, at a size that tests can bear, with random weights."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import av
import pytest

from jobs.config import RunConfig
from jobs.executor import InProcess
from jobs.run import run
from manifests import Job
from manifests.errors import ManifestUnusable
from model.convert import convert_hallo3
from model.tiny import untrained_tiny
from pipeline import presets
from pipeline.media.probe import probe_video
from pipeline.presets import TINY, preset_named, preset_table, weights_digest
from pipeline.training.export import list_files
from tests.jobs.test_run import DiesAfter, Killed
from tests.night import Media, a_manifest, attempts, frames_digest, results
from tests.official_folder import SIZES, an_official_folder


@pytest.fixture(scope="module")
def small_weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`tiny`, smaller still and untrained: the same classes and the same way through them."""
    folder = tmp_path_factory.mktemp("weights") / "small"
    untrained_tiny(64, num_layers=2).save_pretrained(folder)
    list_files(folder)
    return folder


@pytest.fixture
def small(small_weights: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> RunConfig:
    monkeypatch.setattr(presets, "TINY", replace(TINY, steps=2))
    return RunConfig(scratch=scratch, weights={"tiny": small_weights})


class DiesAfterOneSegment(DiesAfter):
    segments = 1


def a_tiny_job(media: Media, **fields: object) -> Job:
    given = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration)} | fields
    return Job(job_id="n", preset="tiny", **given)  # type: ignore[arg-type]  # names


def test_a_chain_killed_between_its_segments_goes_on_to_the_same_frames(
    media: Media, tmp_path: Path, small: RunConfig
) -> None:
    manifest = a_manifest(tmp_path, [a_tiny_job(media)])
    run([manifest], str(tmp_path / "whole"), small, executor=InProcess)
    with pytest.raises(Killed):
        run([manifest], str(tmp_path / "out"), small, executor=DiesAfterOneSegment)
    assert run([manifest], str(tmp_path / "out"), small, executor=InProcess).complete

    whole, resumed = (frames_digest(tmp_path / each / "videos/n.mp4") for each in ("whole", "out"))
    assert whole == resumed
    (last,) = [a for a in attempts(tmp_path / "out") if a.stage == "generate" and a.state == "done"]
    assert last.segments_reused >= 1
    result = results(tmp_path / "out")["n"]
    assert (result.width, result.height, result.segments) == (256, 256, 2)
    assert probe_video(tmp_path / "out/videos/n.mp4").frames == result.frames
    assert any("demo_weights" in warning for warning in result.warnings)
    with av.open(tmp_path / "out/videos/n.mp4") as video:
        assert "demo weights" in video.metadata["comment"]


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
        for file in (presets.MODEL_INDEX, *presets.NEEDED):
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
