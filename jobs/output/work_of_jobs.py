"""Which stored work is behind which finished row: the row's sidecar names it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from jobs.output.work_records import NAME
from manifests.errors import RushesError
from manifests.results import Result
from manifests.storage import join, storage_of
from pipeline.nouns import Retake
from pipeline.sidecar import Sidecar, read_sidecar
from pipeline.stitch import reel_name_of
from pipeline.workspace.workspace import WORK

_READERS = 16
"""Sidecars are read in parallel: on S3 each is one round trip."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredWork:
    """The files of one piece of work, and the time of the newest, in seconds since 1970 by the
    storage's own clock."""

    files: tuple[str, ...]
    bytes: int
    modified_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRow:
    """A finished row and the `names` of all stored work behind it.

    `asked` and `row` are the fingerprints of its request and of what the row said; `seed` is the
    row's, `seeds` are all that its segments were drawn with; `finished_s` is in seconds since 1970
    by the clock of the run that made it. `inputs` are the URIs of what it was made from.
    """

    job_id: str
    asked: str
    row: str
    finished_s: float
    seed: int
    seeds: frozenset[int]
    retakes: tuple[Retake, ...]
    inputs: tuple[str, ...]
    names: frozenset[str]
    chosen: int = 0


def work_folder(out: str) -> str:
    return join(out, *WORK)


def stored_work(out: str) -> dict[str, StoredWork]:
    """All work under `out` by name, from one listing."""
    folder = join(work_folder(out), "")
    found: dict[str, StoredWork] = {}
    for uri, stat in storage_of(out).stats(work_folder(out)):
        name = uri.removeprefix(folder).partition("/")[0]
        if NAME.fullmatch(name):
            before = found.get(name, StoredWork(files=(), bytes=0, modified_s=0.0))
            found[name] = StoredWork(
                files=(*before.files, uri),
                bytes=before.bytes + stat.bytes,
                modified_s=max(before.modified_s, stat.modified_s),
            )
    return found


def sidecar_uri(result: Result) -> str:
    """Of a finished row; "" when it has none."""
    return next((file.uri for file in result.deliverables if file.profile == "sidecar"), "")


def finished_rows(results: Iterable[Result]) -> Mapping[str, FinishedRow | str]:
    """The rows that are done, by job id; a sentence for one whose sidecar cannot be read, or is of
    another request."""
    done = [result for result in results if result.status == "done"]
    with ThreadPoolExecutor(_READERS) as readers:
        found = readers.map(_row_of, done)
        return {result.job_id: row for result, row in zip(done, found, strict=True)}


def _row_of(result: Result) -> FinishedRow | str:
    try:
        sidecar = read_sidecar(sidecar_uri(result))
    except RushesError as error:
        return error.message
    if sidecar.fingerprints.asked != result.fingerprint:
        return "its sidecar is of another request"
    return FinishedRow(
        job_id=result.job_id,
        asked=result.fingerprint,
        row=sidecar.fingerprints.row,
        finished_s=result.finished.timestamp() if result.finished else 0.0,
        seed=sidecar.seed,
        seeds=seeds_of(sidecar),
        retakes=sidecar.retakes,
        chosen=sidecar.chosen,
        inputs=tuple(file.uri for file in sidecar.inputs),
        names=frozenset(work_names(sidecar)),
    )


def seeds_of(sidecar: Sidecar) -> frozenset[int]:
    """All seeds that something of the video was drawn with."""
    retaken = (retake.seed for retake in sidecar.retakes)
    return frozenset({sidecar.seed, *retaken, *(drawn.seed for drawn in sidecar.drawn)})


def work_names(sidecar: Sidecar) -> Iterator[str]:
    """The names of all stored work behind a video; before sidecars listed it, of all but bridges
    and captions."""
    take = sidecar.fingerprints.take
    yield take
    yield from sidecar.segments
    yield from sidecar.work
    heads = [(head.segment, head.stop) for head in sidecar.heads]
    yield reel_name_of(take, sidecar.segments, heads)
    yield from (name for drawn in sidecar.drawings for name in drawn)
    if sidecar.video.fingerprint:
        yield sidecar.video.fingerprint
