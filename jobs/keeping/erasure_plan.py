"""Which stored work is a person's and goes, and which another row still needs: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["take", "looks", "cuts", "reel", "segment", "finished", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTold:
    """What the record of a work says: the `take` that it belongs to ("" where nobody says), the
    digests of the portrait and the recording that a take was made from, and the other works whose
    files it names."""

    name: str
    kind: Kind
    take: str = ""
    digests: frozenset[str] = frozenset()
    uses: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holdings:
    """All stored work: `told` by its records, and `rows`, the names behind each finished row."""

    told: Mapping[str, WorkTold]
    rows: Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to go: jobs, the digests of their portraits and recordings, and takes by name.

    `claimed` digests are those of files that rows name which are not finished and stay: a take of
    such a file may be theirs.
    """

    jobs: frozenset[str]
    digests: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    claimed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePlan:
    """The works that go, and takes of the person's files that stay since others claim them."""

    names: frozenset[str]
    left: frozenset[str] = frozenset()


def erasure_plan(holdings: Holdings, wanted: Wanted) -> ErasurePlan:
    """All work of the jobs, and all that was made from their digests, but for what a finished row
    that stays has, or a take that stays.

    Work of which nobody can say whose it is goes too: it may be the person's, and whoever misses it
    makes it again. Lists of cuts hold numbers of frames alone, and stay.
    """
    had = frozenset().union(*holdings.rows.values())
    kept = frozenset().union(*_those(holdings.rows, wanted.jobs, stay=True))
    going = frozenset().union(*_those(holdings.rows, wanted.jobs, stay=False)) | wanted.takes
    loose = {name: work for name, work in holdings.told.items() if name not in had}
    matched = {name for name, work in loose.items() if work.digests & wanted.digests}
    left = {name for name in matched if loose[name].digests & wanted.claimed} - wanted.takes
    takes = {name for name, work in holdings.told.items() if work.kind == "take"}
    doomed = ((matched - left) | (going & takes)) - kept
    living = takes - doomed
    kept |= _used(holdings, living | _reels_of(holdings, living))
    reels = _reels_of(holdings, doomed)
    going |= doomed | _used(holdings, doomed | reels) | reels
    going |= {name for name, work in loose.items() if _is_nobodys(work, living)}
    return ErasurePlan(names=(going - kept) & holdings.told.keys(), left=frozenset(left))


def _those(
    rows: Mapping[str, frozenset[str]], jobs: frozenset[str], *, stay: bool
) -> Iterator[frozenset[str]]:
    return (names for job, names in rows.items() if (job not in jobs) == stay)


def _reels_of(holdings: Holdings, takes: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(takes)
    works = holdings.told.values()
    return frozenset(work.name for work in works if work.kind == "reel" and work.take in wanted)


def _used(holdings: Holdings, names: Iterable[str]) -> frozenset[str]:
    told = holdings.told
    return frozenset(used for name in names if name in told for used in told[name].uses)


def _is_nobodys(work: WorkTold, living: Iterable[str]) -> bool:
    """Whether no take that stays can be told to have the work."""
    return work.kind not in ("take", "cuts") and work.take not in living
