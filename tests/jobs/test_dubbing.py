"""Dubbed rows as a studio hands them over: one title, a portrait video, slots, a bed."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from jobs.examples.dubbing import TITLE, dubbing
from jobs.examples.museum import CUES_S, LENGTH_S, TEXTS
from jobs.examples.portraits import write_example
from manifests import Job, Result, read_jobs
from pipeline.media.sound.wav import read_pcm, read_speech
from pipeline.media.voice import voices
from pipeline.nouns import Take
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_portrait, a_tone, a_wav
from tests.night import SHORT, a_manifest, results, run_here
from tests.pipeline.media.picture.test_best_frame import a_video, blurred
from tests.pipeline.test_sidecar_schema import require_valid


@pytest.fixture(scope="module")
def dubbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three rows of one title; the first has a slot and a bed, the third neither."""
    folder = tmp_path_factory.mktemp("dubbed")
    face = a_portrait()
    film = a_video(folder / "film.mkv", blurred(face), face)
    bed = a_wav(folder / "bed.wav", a_tone(10 * 48_000, channels=2, level=0.2))
    rows = {"portrait_uri": str(film), "title": "film"}
    jobs = [
        Job(
            job_id="en", script=SHORT, language="en-US", bed_uri=str(bed), target_duration_s=2.8,
            **rows,
        ),
        Job(job_id="gb", script=SHORT, language="en-GB", bed_uri=str(bed), **rows),
        Job(job_id="plain", script=SHORT, language="en-GB", **rows),
        Job(job_id="other", script=SHORT, language="en-GB", portrait_uri=str(film)),
    ]  # fmt: skip
    run_here(a_manifest(folder, jobs), folder / "out", folder / "scratch")
    return folder


def sidecar(folder: Path, name: str) -> dict[str, object]:
    return require_valid((folder / f"out/videos/{name}.json").read_text())


def take_of(folder: Path, name: str) -> Take:
    names = sidecar(folder, name)["fingerprints"]
    assert isinstance(names, dict)
    workspace = Workspace(out=str(folder / "out"), scratch=folder / "scratch")
    take = workspace.find_finished(names["take"], Take)
    assert take is not None
    return take


def done(folder: Path) -> dict[str, Result]:
    return results(folder / "out")


def test_every_row_of_the_title_comes_out(dubbed: Path) -> None:
    assert {name: result.status for name, result in done(dubbed).items()} == dict.fromkeys(
        ("en", "gb", "plain", "other"), "done"
    )


def test_rows_of_a_title_share_their_looks_and_their_seed(dubbed: Path) -> None:
    looks = {(t.portrait, t.landmarks) for t in (take_of(dubbed, n) for n in ("en", "gb", "plain"))}
    assert len(looks) == 1
    seeds = {name: result.seed for name, result in done(dubbed).items()}
    assert seeds["en"] == seeds["gb"] == seeds["plain"] != seeds["other"]


def test_the_frame_that_was_taken_is_told(dubbed: Path) -> None:
    for result in done(dubbed).values():
        assert any(told.startswith("portrait_frame: the frame at 0.4") for told in result.warnings)


def test_the_slot_is_met_to_the_frame_and_what_was_done_is_told(dubbed: Path) -> None:
    result = done(dubbed)["en"]
    assert result.frames == 70
    assert any(told.startswith("slot_fit: ") for told in result.warnings)
    assert not any(told.startswith("slot_fit") for told in done(dubbed)["gb"].warnings)


def test_the_bed_is_heard_and_the_lips_follow_the_clean_voice(dubbed: Path) -> None:
    over, clean = take_of(dubbed, "gb"), take_of(dubbed, "plain")
    assert over.speech.sha256 == clean.speech.sha256
    assert over.phones.sha256 == clean.phones.sha256
    bedded, voice = (read_pcm(Path(take.mix.uri)) for take in (over, clean))
    assert bedded.shape == (len(voice), 2)
    assert np.abs(bedded - voice).max() > 2**20
    assert np.abs(read_speech(Path(over.speech.uri))).max() > 0.1


def test_every_track_says_its_language(dubbed: Path) -> None:
    with av.open(str(dubbed / "out/videos/gb.mp4")) as video:
        assert [stream.language for stream in video.streams] == ["eng", "eng"]


def test_all_inputs_are_named_with_their_digests(dubbed: Path) -> None:
    named = sidecar(dubbed, "gb")["inputs"]
    assert isinstance(named, list)
    assert [Path(each["uri"]).name for each in named] == ["film.mkv", "bed.wav"]


def test_the_example_leaves_out_what_no_voice_speaks_and_says_how_to_have_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for engine in ("espeak", "kokoro"):
        monkeypatch.setitem(voices.ENGINES, engine, lambda: ())
    manifest, told = write_example(dubbing, tmp_path / "example")
    assert [row.job_id for row in read_jobs(str(manifest))] == ["museum-en"]
    left_out = [each.partition(",")[0] for each in told]
    assert left_out == [f"left out: {each!r}" for each in ("de", "fr", "es", "hi", "ja")]
    said: list[str] = []
    problems = check_manifest(
        [str(manifest)], RunConfig(scratch=tmp_path / "scratch"), media=True, tell=said.append
    )
    assert (problems, said) == ((1, 0), [])


def test_each_script_of_the_example_has_a_cue_for_each_time_and_says_the_hard_things() -> None:
    assert all(len(texts) == len(CUES_S) for texts in TEXTS.values())
    assert all(before[1] < cue[0] for before, cue in pairwise(CUES_S))
    assert CUES_S[-1][1] <= LENGTH_S
    for texts in TEXTS.values():
        whole = " ".join(texts)
        assert all(sign in whole for sign in ("1997", "85", "%", "12"))


def test_the_example_has_a_row_for_each_language_without_a_problem(tmp_path: Path) -> None:
    manifest, told = write_example(dubbing, tmp_path / "example")
    rows = list(read_jobs(str(manifest)))
    assert ([row.language for row in rows], told) == (list(TEXTS), ())
    assert {(row.title, row.target_duration_s) for row in rows} == {(TITLE, LENGTH_S)}
    for row in rows:
        script = Path(str(row.script_uri).removeprefix("file://")).read_text("utf-8")
        assert [text for text in TEXTS[row.language] if text not in script] == []
    assert check_manifest([str(manifest)], RunConfig(), media=False, tell=print) == (6, 0)
