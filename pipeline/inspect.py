"""The costly half of a manifest check: open what a row names, and say everything that is wrong
with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from manifests.errors import RushesError
from manifests.job import Job
from manifests.problems import Problem
from pipeline.inputs import fetch_input
from pipeline.media.audio import decode_narration
from pipeline.media.speech import choose_voice
from pipeline.prepare import Limits, ready_narration, ready_picture
from pipeline.presets import Preset
from pipeline.workplace import Workplace


def inspect_voice(job: Job, place: Workplace) -> Iterator[Problem]:
    """The problem of a script that no voice of this machine speaks; no file is opened."""

    def voice(desk: Path) -> None:
        del desk
        choose_voice(job.language, job.voice)

    if job.script is not None:
        yield from _tried(job, "voice", voice, place)


def inspect(job: Job, place: Workplace, preset: Preset, limits: Limits) -> Iterator[Problem]:
    """Problems of the row's portrait, of its bed and of its narration."""

    def portrait(desk: Path) -> None:
        path = fetch_input(job.portrait_uri, desk / "portrait.in")
        ready_picture(path, job, preset, limits, desk)

    def narration(desk: Path) -> None:
        path = fetch_input(str(job.audio_uri), desk / "narration.in")
        ready_narration(path, job, limits, desk)

    def bed(desk: Path) -> None:
        path = fetch_input(str(job.bed_uri), desk / "bed.in")
        ready, mono = desk / "bed.wav", desk / "mono.wav"
        decode_narration(path, name=str(job.bed_uri), speech=mono, mix=ready, limits=limits.audio)

    yield from _tried(job, "portrait_uri", portrait, place)
    if job.bed_uri is not None:
        yield from _tried(job, "bed_uri", bed, place)
    if job.script is None:
        yield from _tried(job, "audio_uri", narration, place)


def _tried(
    job: Job, column: str, trial: Callable[[Path], None], place: Workplace
) -> Iterator[Problem]:
    try:
        with place.desk() as desk:
            trial(desk)
    except RushesError as error:
        yield Problem(
            row=job.row, job_id=job.job_id, column=column, code=error.code, message=error.message
        )
