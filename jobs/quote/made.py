"""What exists already of jobs, as the ledger of their output tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from manifests.ledger import Attempt, Ledger
from pipeline.stage import StageName

_BEHIND_CHAINS = frozenset({StageName.STITCH, StageName.MASTER, StageName.PUBLISH})
"""Stages that begin when all chains of a take are drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Of one job: the `segments` that exist of each chunk, the chunks that are `whole`, and whether
    all chains of its take are `drawn`, however many there turned out to be."""

    segments: Mapping[int, int] = field(default_factory=dict)
    whole: frozenset[int] = frozenset()
    drawn: bool = False

    @property
    def begun(self) -> bool:
        """Whether its take was made ready and cut."""
        return self.drawn or bool(self.segments) or bool(self.whole)

    def left(self, chunk: int, segments: int) -> int:
        """Of a chunk of so many `segments`, those that are still to be drawn."""
        if self.drawn or chunk in self.whole:
            return 0
        return max(0, segments - self.segments.get(chunk, 0))


NOTHING_MADE = Made()


def made_under(out: str, *, besides: str | None = None) -> Mapping[str, Made]:
    """What earlier runs made, by request; `besides` what the run with this id did."""
    return made_by(tried for tried in Ledger(out).read() if tried.run_id != besides)


def made_by(attempts: Iterable[Attempt]) -> Mapping[str, Made]:
    """By request: pure."""
    segments: defaultdict[str, defaultdict[int, int]] = defaultdict(lambda: defaultdict(int))
    whole: defaultdict[str, set[int]] = defaultdict(set)
    drawn: set[str] = set()
    for tried in attempts:
        if tried.stage in _BEHIND_CHAINS:
            drawn.add(tried.job)
        elif tried.stage == StageName.GENERATE:
            if tried.segments_made:
                segments[tried.job][tried.chunk] += tried.segments_made
            if tried.state == "done":
                whole[tried.job].add(tried.chunk)
    return {
        job: Made(
            segments=segments.get(job, {}),
            whole=frozenset(whole.get(job, ())),
            drawn=job in drawn,
        )
        for job in segments.keys() | whole.keys() | drawn
    }
