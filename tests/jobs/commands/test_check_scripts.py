"""Timed scripts in check, quote and run: read, estimated, spoken; each costs its own row alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from jobs.orders import order_of
from jobs.quote.lengths import Length
from jobs.quote.workload_reader import WorkloadReader
from manifests.errors import BadInput
from manifests.job import Job
from pipeline import prepare as stage
from pipeline.limits import Limits
from pipeline.prepare import prepare
from pipeline.preset_warnings import preset_warnings
from pipeline.presets import ANIMATIC
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_jpeg
from tests.noun_builders import a_job

FITTING = """WEBVTT

00:00:00.500 --> 00:00:03.000
Guten Abend.

00:00:03.500 --> 00:00:05.000
Willkommen.
"""
LATE = FITTING.replace("Guten Abend.", "Guten Abend und herzlich willkommen in der Stadt. " * 3)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    a_jpeg(tmp_path / "face.jpg")
    (tmp_path / "fitting.vtt").write_text(FITTING)
    (tmp_path / "late.vtt").write_text(LATE)
    (tmp_path / "wrong.srt").write_bytes(
        "1\n00:00:01,000 --> 00:00:02,000\nSchön.".encode("cp1252")
    )
    return tmp_path


def a_row(folder: Path, script: str, **fields: object) -> Job:
    named = {"job_id": script.partition(".")[0], "portrait_uri": str(folder / "face.jpg")}
    uri = str(folder / script)
    return a_job(**named, script=None, script_uri=uri, language="de", voice="espeak:de", **fields)


def checked(folder: Path, *, media: bool) -> tuple[tuple[int, int], dict[str, str]]:
    manifest = folder / "m.csv"
    rows = [
        f"{name},face.jpg,{name},de,espeak:de\n"
        for name in ("fitting.vtt", "late.vtt", "wrong.srt")
    ]
    manifest.write_text("job_id,portrait_uri,script_uri,language,voice\n" + "".join(rows))
    told: list[str] = []
    config = RunConfig(scratch=folder / "scratch")
    counts = check_manifest([str(manifest)], config, media=media, tell=told.append)
    return counts, {line.rpartition("[")[2].rstrip("]"): line for line in told}


def test_check_reads_scripts_and_estimates_their_cues(folder: Path) -> None:
    counts, told = checked(folder, media=False)
    assert counts == (3, 1)
    assert list(told) == ["cues_estimated", "script_unreadable"]
    assert "Windows-1252" in told["script_unreadable"]
    assert "row 2" in told["cues_estimated"]
    assert "1 will hardly be in their rooms" in told["cues_estimated"]
    assert "cue 1 at 00:00:00.500" in told["cues_estimated"]


def test_check_with_media_speaks_them_and_decides_and_a_run_takes_what_it_spoke(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts, told = checked(folder, media=True)
    assert counts == (3, 2)
    assert list(told) == ["cues_late", "script_unreadable"]
    assert "1 of 2 cues are not said" in told["cues_late"]
    spoken: list[object] = []
    monkeypatch.setattr(stage, "ready_sound", lambda *given: spoken.append(given))
    workspace = Workspace(out=str(folder / "out"), scratch=folder / "scratch")
    workspace.open()
    take = prepare(a_row(folder, "fitting.vtt"), workspace, preset=ANIMATIC, limits=Limits())
    assert not spoken
    assert take.frames == 125
    assert len(take.inputs) == 2


def test_a_timed_script_lasts_up_to_its_last_cue_and_a_wrong_one_is_no_work(folder: Path) -> None:
    reader = WorkloadReader(config=RunConfig(scratch=folder / "scratch"), presets={})
    jobs = [a_row(folder, "fitting.vtt"), a_row(folder, "wrong.srt")]
    jobs += [a_row(folder, "late.vtt", target_duration_s=8.0)]
    first, second, third = reader.lengths_of(jobs)
    assert (first, third) == (Length(5.0), Length(8.0))
    assert isinstance(second, BadInput)


def test_columns_of_cues_that_change_nothing_are_told() -> None:
    job = a_job(voices={"Ada": "x:y"}, cue_fit="overrun", source_script_uri="/in/a.vtt")
    told = [warning.partition(":")[0] for warning in preset_warnings(job, ANIMATIC)]
    assert told == ["source_script_unused", "voices_unused", "cue_fit_unused"]
    timed = a_job(script=None, script_uri="/in/a.vtt", voices={"Ada": "x:y"}, cue_fit="overrun")
    assert preset_warnings(timed, ANIMATIC) == ()


def test_a_request_without_cues_is_called_as_before_and_with_them_by_what_they_say() -> None:
    config = RunConfig(scratch=Path("scratch"))

    def name_of(job: Job, settings: RunConfig = config) -> str:
        return order_of(job, ("1/v",), ANIMATIC, settings, 0).request_id

    timed = a_job(script=None, script_uri="/in/a.vtt")
    others = [
        a_job(script=None, script_uri="/in/a.vtt", voices={"Ada": "x:y"}),
        a_job(script=None, script_uri="/in/a.vtt", cue_fit="overrun"),
        a_job(script=None, script_uri="/in/b.vtt"),
    ]
    assert len({name_of(job) for job in (timed, *others)}) == 4
    slower = RunConfig.model_validate({"cues": {"most_rate": 0.1}, "scratch": "scratch"})
    assert name_of(timed) != name_of(timed, slower)
    assert name_of(a_job()) == name_of(a_job(), slower)
