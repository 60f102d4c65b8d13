"""The outputs of two runs, read and held against each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from jobs.compare.night_difference import (
    ComparedRow,
    NightDifference,
    Said,
    inputs_by_name,
    night_difference,
    pairs_of,
)
from jobs.compare.video_difference import VideoDifference, video_difference
from jobs.output.results_writer import results_as_told
from jobs.output.run_file import read_run_file
from jobs.output.work_of_jobs import sidecar_uri
from jobs.report.sidecars import SidecarTold, sidecar_breaches
from jobs.report.told import here, sidecar_told
from manifests.errors import BadInput, ManifestUnusable, Transient
from manifests.results import Result
from manifests.storage import storage_of
from pipeline.workspace.copies import is_local

_READERS = 16
"""Sidecars are read in parallel: on S3 each is one round trip."""

VIDEOS = (".mp4", ".mov", ".mkv")


@dataclass(frozen=True, slots=True, kw_only=True)
class NightOutput:
    """A night as it is under `out`; `made_with` tells the versions and the preset of its run."""

    out: str
    rows: tuple[ComparedRow, ...]
    made_with: Mapping[str, Said]


@dataclass(frozen=True, slots=True, kw_only=True)
class UncomparedVideo:
    """Two files that could not be held against each other, and why."""

    profile: str
    why: str


Pair = VideoDifference | UncomparedVideo


def night_output(out: str) -> NightOutput:
    """Raises `ManifestUnusable` where there is no run, or no results yet."""
    run = read_run_file(out)
    results = results_as_told(out)
    if not results:
        raise ManifestUnusable("no_results", f"{out} has no results yet; let the run end first")
    with ThreadPoolExecutor(_READERS) as readers:
        rows = tuple(readers.map(partial(_read_row, out), results))
    return NightOutput(out=out, rows=rows, made_with=_made_with(run))


def _read_row(out: str, result: Result) -> ComparedRow:
    return compared_row(result, sidecar_told(out, result) if sidecar_uri(result) else None)


def compared_row(result: Result, sidecar: SidecarTold | None) -> ComparedRow:
    """Of a row without a sidecar its result alone counts."""
    if sidecar is None:
        return ComparedRow(result=result)
    placed = [
        (f"{each.breach.measure} {each.place}", each.breach) for each in sidecar_breaches(sidecar)
    ]
    return ComparedRow(
        result=result,
        inputs=inputs_by_name([(each.uri, each.sha256) for each in sidecar.inputs]),
        seeds=tuple(drawn.seed for drawn in sidecar.drawn),
        retakes=len(sidecar.retakes),
        chosen=sidecar.chosen,
        cuts_s=sidecar.cuts_s,
        breaches={name: f"{breach.level}: {breach.told}" for name, breach in placed},
    )


def _made_with(run: Mapping[str, Any]) -> dict[str, Said]:
    told: dict[str, Said] = {}
    for group in ("preset", "versions"):
        values = run.get(group)
        if isinstance(values, dict):
            told |= {f"{group} {name}": str(value) for name, value in values.items()}
    return told


def compared_nights(one: NightOutput, other: NightOutput) -> NightDifference:
    return night_difference(one.rows, other.rows)


def compared_videos(one: NightOutput, other: NightOutput, job_id: str) -> Iterator[Pair]:
    """The videos of a row whose bytes differ, one pair after the other."""
    results = [
        next(row.result for row in night.rows if row.result.job_id == job_id)
        for night in (one, other)
    ]
    for profile, first, second in pairs_of(*results):
        if first.lower().endswith(VIDEOS) and second.lower().endswith(VIDEOS):
            yield _compared(profile, here(one.out, first), here(other.out, second))


def _compared(profile: str, first: str, second: str) -> Pair:
    """A file that is gone or damaged costs its own comparison alone."""
    try:
        with _brought(first) as one, _brought(second) as other:
            return video_difference(profile, one, other)
    except (BadInput, Transient) as error:
        return UncomparedVideo(profile=profile, why=str(error))


@contextmanager
def _brought(uri: str) -> Iterator[Path]:
    """A file as it lies on this machine, or a copy for the while."""
    if is_local(uri):
        if not Path(uri).is_file():
            raise BadInput("missing_file", f"{uri} is gone")
        yield Path(uri)
        return
    with TemporaryDirectory() as folder:
        path = Path(folder) / uri.rpartition("/")[2]
        storage_of(uri).download(uri, path)
        yield path
