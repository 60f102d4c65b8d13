"""How fast networks enlarged frames, as the records of finished segments tell it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from itertools import chain

from jobs.output.work_of_jobs import stored_work
from manifests.costs import Cost, FinishCost, read_finish_costs
from manifests.errors import RushesError
from pipeline.delivery.finishing.pace import Paces
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.nouns import FinishedSegment, FinishSpent
from pipeline.workspace.workspace import read_record, record_name

NEWEST = 4096
"""Records that are read: more teach nothing, and each is a round trip on S3."""

_READERS = 16


def any_finishes(profiles: Iterable[DeliveryProfile]) -> bool:
    """Whether anything may have been enlarged: nothing is looked up otherwise."""
    return any(profile.finish is not None for profile in profiles)


def finish_costs_of(out: str) -> tuple[FinishCost, ...]:
    """What the segments that were finished under `out` took; those whose work was let go count as
    they were kept in costs.json."""
    seen = {cost.digest: cost for cost in summed(spent_under(out))}
    for kept in kept_finish_costs(out):
        if kept.digest not in seen or kept.segments > seen[kept.digest].segments:
            seen[kept.digest] = kept
    return tuple(seen[digest] for digest in sorted(seen))


def kept_finish_costs(out: str) -> tuple[FinishCost, ...]:
    """None where the file is damaged or cannot be had: the next run writes it anew."""
    with suppress(RushesError):
        return read_finish_costs(out)
    return ()


def paces_of(outs: Sequence[str]) -> Paces:
    """Of all these runs together, by the digests of the networks."""
    seconds: defaultdict[str, float] = defaultdict(float)
    megapixels: defaultdict[str, float] = defaultdict(float)
    for cost in chain.from_iterable(map(kept_finish_costs, outs)):
        seconds[cost.digest] += cost.seconds
        megapixels[cost.digest] += cost.megapixels
    return {digest: seconds[digest] / megapixels[digest] for digest in seconds}


def spent_under(out: str) -> Iterator[FinishSpent]:
    """Of the newest finished segments."""
    record = record_name(FinishedSegment)
    found = sorted(
        (work.modified_s, uri)
        for work in stored_work(out).values()
        for uri in work.files
        if uri.rpartition("/")[2] == record
    )
    with ThreadPoolExecutor(_READERS) as readers:
        for spent in readers.map(_spent_in, [uri for _, uri in found[-NEWEST:]]):
            if spent is not None:
                yield spent


def _spent_in(uri: str) -> FinishSpent | None:
    with suppress(RushesError):  # it was let go meanwhile
        return read_record(uri, FinishedSegment).spent
    return None


def summed(spent: Iterable[FinishSpent]) -> Iterator[FinishCost]:
    """By network; pure."""
    found: dict[str, FinishCost] = {}
    for each in spent:
        if each.megapixels <= 0:
            continue
        none = FinishCost(
            network=each.network, digest=each.digest, seconds=0.0, megapixels=0.0, segments=0
        )
        so_far = found.get(each.digest, none)
        found[each.digest] = replace(
            so_far,
            seconds=so_far.seconds + each.seconds,
            megapixels=so_far.megapixels + each.megapixels,
            segments=so_far.segments + 1,
        )
    yield from found.values()


def without_finishing(costs: Sequence[Cost], finishes: Iterable[FinishCost]) -> tuple[Cost, ...]:
    """The costs without what enlarging took, which is counted by itself: pure. What master tasks
    took was learned by segment, and enlarging goes by segments too."""
    segments = sum(cost.segments for cost in costs)
    if not segments:
        return tuple(costs)
    each_s = sum(cost.seconds for cost in finishes) / segments
    return tuple(
        replace(cost, desk_segment_s=max(0.0, cost.desk_segment_s - each_s)) for cost in costs
    )
