"""The versions of a job: what was drawn of it and by which recipe, kept in
`_run/versions/JOB.json`, so that people may choose another than the gates did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from manifests.errors import Missing, Transient
from manifests.lease import UNFENCED, put_under
from manifests.storage import join, storage_of
from model.shapes import FPS
from pipeline.nouns import Chunk, Clip, RefusedSegment, Reroll, Retake
from pipeline.quality.gates import Gates
from pipeline.quality.verdict import Level, verdict

_TRIES = 5

VersionState = Literal["delivered", "earlier", "refused"]
"""`delivered`: it is the video now. `earlier`: it was before it was made anew. `refused`: a gate
said no; behind the refused segment it may not be drawn yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecipe:
    """How a version is drawn: the row's seed, what people asked for anew, seeds in place of others,
    and the frames where chains were begun anew."""

    seed: int
    retakes: tuple[Retake, ...] = ()
    rerolls: tuple[Reroll, ...] = ()
    restarts: tuple[int, ...] = ()

    def rerolls_in(self, chunk: Chunk) -> tuple[Reroll, ...]:
        return tuple(roll for roll in self.rerolls if chunk.start <= roll.at < chunk.stop)


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version by its `number`. `row` is the fingerprint of what the row said, `preset` the
    digest of what rendered it; `at_s` is where it was refused, `why` by what; `segment` names the
    refused segment."""

    number: int
    recipe: VersionRecipe
    row: str
    preset: str
    state: VersionState
    level: Level = "pass"
    at_s: float | None = None
    why: str = ""
    segment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRecord:
    """All versions of a job, the oldest first."""

    job_id: str
    versions: tuple[Version, ...] = ()
    format: Literal[1] = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What is known of a job when its versions are written down; `level` is that of its take, and
    `delivered` whether it has a video."""

    job_id: str
    row: str
    preset: str
    seed: int
    retakes: tuple[Retake, ...]
    clips: tuple[Clip, ...]
    gates: Gates
    delivered: bool
    level: Level = "pass"
    why: str = ""


_ADAPTER: TypeAdapter[VersionRecord] = TypeAdapter(VersionRecord)


def versions_uri(out: str, job_id: str) -> str:
    return join(out, "_run", "versions", f"{job_id}.json")


def read_versions(out: str, job_id: str) -> VersionRecord:
    """The versions of a job; none where none were written down, or the record is damaged."""
    uri = versions_uri(out, job_id)
    try:
        return _ADAPTER.validate_json(storage_of(uri).read(uri))
    except (Missing, ValidationError):
        return VersionRecord(job_id=job_id)


def write_versions(out: str, drawn: Drawn, epoch: int = UNFENCED) -> VersionRecord:
    """Add what was drawn to the job's versions; what is known keeps its number, also where two
    write at once.

    Raises `Preempted` when the epoch is over: a later run tells what is delivered.
    """
    uri, now = versions_uri(out, drawn.job_id), tuple(versions_of(drawn))
    for _ in range(_TRIES):
        stat = storage_of(uri).stat(uri)  # before it is read: what comes between is seen then
        before = read_versions(out, drawn.job_id)
        record = replace(before, versions=merged(before.versions, now))
        text = _ADAPTER.dump_json(record, indent=1)
        if record == before or put_under(
            out, epoch, uri, text, expected=stat.version if stat else None
        ):
            return record
    raise Transient("storage_contended", f"{uri} is written by others all the time; run again")


def merged(before: Sequence[Version], now: Sequence[Version]) -> tuple[Version, ...]:
    """The versions of both: a recipe keeps its number, and only what is made now is delivered."""
    delivers = any(version.state == "delivered" for version in now)
    known = {_key(version): version for version in before}
    if delivers:
        known = {
            key: replace(version, state="earlier") if version.state == "delivered" else version
            for key, version in known.items()
        }
    number = max((version.number for version in before), default=0)
    for version in now:
        there = known.get(_key(version))
        if there is None:
            number += 1
        known[_key(version)] = replace(version, number=there.number if there else number)
    return tuple(sorted(known.values(), key=lambda version: version.number))


def _key(version: Version) -> tuple[VersionRecipe, str, str]:
    return version.recipe, version.row, version.preset


def versions_of(drawn: Drawn) -> Iterator[Version]:
    """What was refused, in the order of time, and behind it what came of the job, if it was drawn
    to its end. They are numbered when they are written down."""
    for clip in drawn.clips:
        for tried in clip.tried:
            yield _refused(drawn, tried)
    if all(len(clip.segments) == clip.chunk.cost for clip in drawn.clips) and drawn.clips:
        yield _version(
            drawn,
            version_recipe(drawn),
            state="delivered" if drawn.delivered else "refused",
            level=drawn.level,
            why=drawn.why,
        )


def _refused(drawn: Drawn, tried: RefusedSegment) -> Version:
    found = verdict(dict(tried.file.figures), drawn.gates)
    return _version(
        drawn,
        version_recipe(drawn, tried),
        state="refused",
        level=found.level,
        why=found.told,
        at_s=tried.start / FPS,
        segment=tried.file.fingerprint,
    )


def _version(drawn: Drawn, recipe: VersionRecipe, **told: object) -> Version:
    return Version(number=0, recipe=recipe, row=drawn.row, preset=drawn.preset, **told)  # type: ignore[arg-type]  # as the fields are


def version_recipe(drawn: Drawn, tried: RefusedSegment | None = None) -> VersionRecipe:
    """The recipe of what came of a job; or of what a refused segment began, had it been taken."""
    starts = [clip.chunk.start for clip in drawn.clips if begun_anew(clip)]
    rolls = [roll for clip in drawn.clips for roll in clip.rerolls]
    if tried is not None:
        chunk = tried.chunk
        starts = [at for at in starts if at <= chunk.start or at >= chunk.stop]
        rolls = [roll for roll in rolls if not chunk.start <= roll.at < chunk.stop]
        rolls += tried.rerolls
    return VersionRecipe(
        seed=drawn.seed,
        retakes=drawn.retakes,
        rerolls=tuple(sorted(rolls, key=lambda roll: roll.at)),
        restarts=tuple(sorted(starts)),
    )


def begun_anew(clip: Clip) -> bool:
    """Whether the clip begins where a chain was begun anew: its seed is another one there."""
    return any(roll.at == clip.chunk.start for roll in clip.rerolls)
