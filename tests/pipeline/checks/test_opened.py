"""`check --media` holds a recording against the text that its row says it should say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from manifests.job import Job
from manifests.problems import Problem
from pipeline.checks.opened import inspect
from pipeline.limits import Limits
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.recognition.warp import warping_is_here
from pipeline.presets import ANIMATIC
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_jpeg
from tests.pipeline.media.recognition.test_recognise import RESULT, an_interpreter
from tests.spoken import spoken_in_english

SAID = "It was 1984, and cold. Nobody came."


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    spoken_in_english(SAID, speech=folder / "speech.wav", mix=folder / "mix.wav")
    a_jpeg(folder / "face.jpg")
    an_interpreter(folder, RESULT.read_text())
    return folder


def problems(media: Path, transcript: str, *, engine: str = "whisperx") -> dict[str, str]:
    found = looked_at(media, {"metadata": {"transcript": transcript}}, engine)
    return {problem.code: problem.message for problem in found}


def looked_at(media: Path, cells: dict[str, Any], engine: str) -> list[Problem]:
    job = Job(
        job_id="a",
        portrait_uri=str(media / "face.jpg"),
        audio_uri=str(media / "mix.wav"),
        **cells,
    )
    hearing = RecognitionSettings(engine=engine, whisperx_python=str(media / "python"))
    workspace = Workspace(out="", scratch=media / "scratch")
    workspace.open()
    return list(inspect(job, workspace, ANIMATIC, Limits(hearing=hearing)))


def test_a_recording_that_says_its_transcript_is_right(media: Path) -> None:
    assert problems(media, SAID) == {}


def test_a_sentence_that_was_not_recorded_is_a_finding(media: Path) -> None:
    found = problems(media, f"{SAID} The rest of the tale is told tomorrow.")
    assert list(found) == ["script_differs"]
    assert (
        "'The rest of the tale is told tomorrow.' is in the script and not said"
        in (found["script_differs"])
    )


def test_a_transcript_that_nobody_can_check_is_said_so(media: Path) -> None:
    assert list(problems(media, SAID, engine="none")) == ["no_recogniser"]


needs_warping = pytest.mark.skipif(not warping_is_here(), reason="no dtaidistance on aarch64")


@needs_warping
def test_a_column_with_what_is_said_is_used_without_any_recogniser(media: Path) -> None:
    cells = {"transcript": SAID, "deliverables": ("web", "srt")}
    assert looked_at(media, cells, "none") == []


@needs_warping
def test_a_column_with_the_text_of_another_recording_is_blamed(media: Path) -> None:
    (found,) = looked_at(media, {"transcript": "My aunt bakes a cake every week in May."}, "none")
    assert (found.column, found.code) == ("transcript", "transcript_other")


def test_a_column_that_nobody_reads_is_warned_of(media: Path) -> None:
    (found,) = looked_at(media, {"transcript": SAID}, "whisperx")
    assert (found.code, found.warning) == ("transcript_unused", True)
