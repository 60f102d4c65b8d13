"""`rushes check --media` and a row's sound: what a run would do is told, and nothing ends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from manifests.job import Job
from pipeline.dubbing.row import told_of_speech
from pipeline.limits import Limits
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.text.lexicon import EMPTY
from pipeline.nouns import Span
from pipeline.take_sound import ready_sound
from tests.media_builders import a_jpeg
from tests.sound_builders import a_recording, a_voice, music, with_tracks, without_decoder


def checked(folder: Path, **columns: Path) -> tuple[tuple[int, int], list[str]]:
    """What is told of one row with those files beside a right portrait."""
    a_jpeg(folder / "face.jpg")
    names = ",".join(columns)
    files = ",".join(path.name for path in columns.values())
    manifest = folder / "m.csv"
    manifest.write_text(f"job_id,portrait_uri,{names}\na,face.jpg,{files}\n")
    config = RunConfig(scratch=folder / "scratch")
    told: list[str] = []
    return check_manifest([str(manifest)], config, media=True, tell=told.append), told


def test_a_track_that_nothing_decodes_is_told_and_the_row_is_right(tmp_path: Path) -> None:
    voice = a_recording(tmp_path / "voice.wav", a_voice())
    phone = without_decoder(with_tracks(tmp_path / "phone.mov", voice, voice), 1)
    counts, told = checked(tmp_path, audio_uri=phone)
    assert counts == (1, 0)
    assert "warning: track 2: the codec mpegh" in told[0]
    assert told[0].endswith("[track_left_out]")


def test_a_file_that_nothing_decodes_is_a_problem_as_recording_and_as_bed(tmp_path: Path) -> None:
    voice = a_recording(tmp_path / "voice.wav", a_voice())
    lost = without_decoder(with_tracks(tmp_path / "lost.m4a", voice), 0)
    counts, told = checked(tmp_path, audio_uri=lost, bed_uri=lost)
    assert counts == (1, 1)
    assert [line.split()[4] for line in told] == ["audio_uri:", "bed_uri:"]
    assert all(line.endswith("[audio_unreadable]") for line in told)


def test_a_recording_of_music_alone_is_told(tmp_path: Path) -> None:
    tune = a_recording(tmp_path / "tune.wav", music(96_000))
    counts, told = checked(tmp_path, audio_uri=tune)
    assert counts == (1, 0)
    assert "warning: nobody speaks in" in told[0]
    assert told[0].endswith("[no_speech]")


@pytest.mark.parametrize(("spoken", "codes"), [(False, ["no_speech"]), (True, [])])
def test_a_run_warns_of_a_take_in_which_nobody_speaks(
    tmp_path: Path, spoken: bool, codes: list[str]
) -> None:
    source = a_recording(tmp_path / "in.wav", a_voice() if spoken else music(96_000))
    job = Job(job_id="a", portrait_uri="face.jpg", audio_uri=str(source))
    limits = Limits(hearing=RecognitionSettings(engine="none"))
    ready = ready_sound(source, EMPTY, job, limits, tmp_path)
    told = [warning.split(":")[0] for warning in ready.warnings]
    assert [code for code in told if code != "lips_from_loudness"] == codes


def test_where_somebody_speaks_nothing_is_told() -> None:
    assert told_of_speech((Span(start_s=0.0, stop_s=1.0),), "x") == ()
    assert len(told_of_speech((), "x")) == 1
