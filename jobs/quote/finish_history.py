"""How fast networks enlarged frames, as the records of finished segments tell it."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain

from jobs.output.work_of_jobs import stored_work
from manifests.costs import FinishCost, read_finish_costs
from manifests.errors import RushesError
from pipeline.delivery.finishing.pace import Paces
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.nouns import FinishedSegment, FinishSpent
from pipeline.workspace.workspace import read_record, record_name

NEWEST = 4096
"""Records that are read at once: more teach nothing of the pace, and each is a round trip on S3.
The others count as what these took on average."""

_READERS = 16


def any_finishes(profiles: Iterable[DeliveryProfile]) -> bool:
    """Whether anything may have been enlarged: nothing is looked up otherwise."""
    return any(profile.finish is not None for profile in profiles)


def finish_costs_of(out: str) -> tuple[FinishCost, ...]:
    """What all segments that were ever finished under `out` took: those that an earlier run counted
    in costs.json, whose work may be gone, and those that were finished since."""
    kept = [cost for cost in kept_finish_costs(out) if cost.until_s]
    return together((*kept, *spent_since(out, max((cost.until_s for cost in kept), default=0.0))))


def together(costs: Iterable[FinishCost]) -> tuple[FinishCost, ...]:
    """Added up by the digests of the networks: pure."""
    found: dict[str, FinishCost] = {}
    for cost in costs:
        before = found.get(cost.digest, replace(cost, seconds=0.0, megapixels=0.0, segments=0))
        found[cost.digest] = replace(
            before,
            seconds=before.seconds + cost.seconds,
            megapixels=before.megapixels + cost.megapixels,
            segments=before.segments + cost.segments,
            until_s=max(before.until_s, cost.until_s),
        )
    return tuple(found[digest] for digest in sorted(found))


def kept_finish_costs(out: str) -> tuple[FinishCost, ...]:
    """None where the file is damaged or cannot be had: the next run writes it anew."""
    with suppress(RushesError):
        return read_finish_costs(out)
    return ()


def paces_of(outs: Iterable[str]) -> Paces:
    """Of all these runs together, by the digests of the networks."""
    return paces_in(chain.from_iterable(map(kept_finish_costs, dict.fromkeys(outs))))


def paces_in(costs: Iterable[FinishCost]) -> Paces:
    return {cost.digest: cost.pace for cost in together(costs) if cost.megapixels}


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedRecords:
    """How many segments were finished, the URIs of the records of the newest of them, and when the
    last one was, in seconds since 1970 by the clock of the storage."""

    count: int
    newest: tuple[str, ...]
    until_s: float


def finished_records(out: str, after_s: float = 0.0) -> FinishedRecords:
    """Of all segments that were finished later than that."""
    record = record_name(FinishedSegment)
    found = sorted(
        (work.modified_s, uri)
        for work in stored_work(out).values()
        for uri in work.files
        if uri.rpartition("/")[2] == record and work.modified_s > after_s
    )
    return FinishedRecords(
        count=len(found),
        newest=tuple(uri for _, uri in found[-NEWEST:]),
        until_s=found[-1][0] if found else after_s,
    )


def finished_segment_in(uri: str) -> FinishedSegment | None:
    with suppress(RushesError):  # it was let go meanwhile
        return read_record(uri, FinishedSegment)
    return None


def spent_since(out: str, after_s: float) -> tuple[FinishCost, ...]:
    """What the segments took that were finished later than that."""
    found = finished_records(out, after_s)
    with ThreadPoolExecutor(_READERS) as readers:
        read = [each for each in readers.map(finished_segment_in, found.newest) if each is not None]
    costs = summed(each.spent for each in read if each.spent is not None)
    times = found.count / max(1, len(read))
    return tuple(standing_for(cost, times, found.until_s) for cost in costs)


def standing_for(cost: FinishCost, times: float, until_s: float) -> FinishCost:
    """The cost of so many times as much."""
    return replace(
        cost,
        seconds=cost.seconds * times,
        megapixels=cost.megapixels * times,
        segments=round(cost.segments * times),
        until_s=until_s,
    )


def summed(spent: Iterable[FinishSpent]) -> tuple[FinishCost, ...]:
    """By network; pure."""
    return together(
        FinishCost(
            network=each.network,
            digest=each.digest,
            seconds=each.seconds,
            megapixels=each.megapixels,
            segments=1,
        )
        for each in spent
        if each.megapixels > 0
    )
