"""`check --media` holds a recording against the text that its row says it should say."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.job import Job
from pipeline.checks.opened import inspect
from pipeline.limits import Limits
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.voice.speech import choose_voice, speak_script
from pipeline.presets import ANIMATIC
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_jpeg
from tests.pipeline.media.recognition.test_recognise import RESULT, an_interpreter

SAID = "It was 1984, and cold. Nobody came."


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    voice = choose_voice("en", None)
    speak_script(SAID, voice, speech=folder / "speech.wav", mix=folder / "mix.wav")
    a_jpeg(folder / "face.jpg")
    an_interpreter(folder, RESULT.read_text())
    return folder


def problems(media: Path, transcript: str, *, engine: str = "whisperx") -> dict[str, str]:
    job = Job(
        job_id="a",
        portrait_uri=str(media / "face.jpg"),
        audio_uri=str(media / "mix.wav"),
        metadata={"transcript": transcript},
    )
    hearing = RecognitionSettings(engine=engine, whisperx_python=str(media / "python"))
    workspace = Workspace(out="", scratch=media / "scratch")
    workspace.open()
    found = inspect(job, workspace, ANIMATIC, Limits(hearing=hearing))
    return {problem.code: problem.message for problem in found}


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
