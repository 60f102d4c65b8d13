"""The work of a night as columns of chains: pure, and small enough for a million rows."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from jobs.quote.lengths import Length
from jobs.quote.made import NOTHING_MADE, Made
from manifests.job import Job
from model.shapes import FPS, segments_of
from pipeline.cutting.cuts import SplitParams
from pipeline.delivery.finishing.finishers import Finishing
from pipeline.delivery.finishing.pace import seen_megapixels
from pipeline.media.framing import Size
from pipeline.presets import Preset

Whole = NDArray[np.int64]
Real = NDArray[np.float64]

NONE_REFUSED: Mapping[str, int] = MappingProxyType({})

ASSUMED_SIDE = 512
"""Pixels of both sides of frames that are as large as their portraits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnTake:
    """A take as it is stored: its `frames` of this `size`, and the millions of pixels that networks
    have seen of it already, by the network's digest."""

    frames: int
    size: Size
    seen: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """Chains still to be rendered, one entry each in every column; `row` indexes `names`. The
    columns by row hold all takes that are not delivered, those without a chain left too.

    `segments` are those left of the chain, `seconds` the length of its take, `due` seconds of the
    epoch (infinite without one), `spread` how uncertain its length is. `unvoiced` are languages
    whose pace nobody measured, `held` rows that people held and that count all the same, `guessed`
    recordings whose length nothing told, `changed` rows whose segments are counted whole, though
    what an earlier request of them left may be taken up.
    """

    names: Sequence[str]
    presets: Sequence[str]
    row: Whole
    chunk: Whole
    segments: Whole
    preset: Whole
    priority: Whole
    due: Real
    spread: Real
    row_preset: Whole
    row_segments: Whole
    """Of the whole take, by row."""
    begun: NDArray[np.bool_]
    """By row: the take was made ready and cut."""
    seconds: float
    finished: int = 0
    cancelled: int = 0
    held: int = 0
    invalid: int = 0
    guessed: int = 0
    unvoiced: Collection[str] = ()
    changed: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    """Of the `invalid` ones, how many for which reason."""
    finish: Mapping[Finishing, Real] = field(default_factory=dict)
    """Millions of pixels that the network of each finish of the profiles has still to see, by
    row."""
    unsized: int = 0
    """Rows with a finish whose frames are as large as their portraits, which nobody opened."""

    @property
    def rows(self) -> int:
        """All of the manifests."""
        return len(self.names) + self.finished + self.cancelled + self.invalid


def chains_of(seconds: float, continuity: str, longest_chain_s: float, split: SplitParams) -> int:
    """How many chunks a take of this length gives when it has enough pauses
    (pipeline/cutting/cuts.py).

    Anchors lie at least a window apart, and nothing is longer than `longest_s`: chunks are about
    as long as the mean of the two.
    """
    if continuity == "chain" or (continuity == "auto" and seconds <= longest_chain_s):
        return 1
    usual_s = max((split.longest_s + split.window_s) / 2, split.shortest_s)
    return max(1, ceil(seconds / split.longest_s), round(seconds / usual_s))


def expected_size(preset: Preset) -> Size:
    """How large a preset draws, before any portrait is opened; square ones may come out smaller."""
    width, height = preset.canvas or (ASSUMED_SIDE, ASSUMED_SIDE)
    return Size(width=width, height=height)


def chain_segments(seconds: float, chains: int) -> list[int]:
    """The segments of each chunk, when a take of `seconds` is cut into `chains` equal chunks."""
    frames = max(1, ceil(seconds * FPS))
    edges = [frames * index // chains for index in range(chains + 1)]
    return [segments_of(max(1, edges[i + 1] - edges[i])) for i in range(chains)]


@dataclass(slots=True)
class LoadBuilder:
    """Adds rows one by one and gives the load; columns grow in place."""

    split: SplitParams
    names: list[str] = field(default_factory=list)
    presets: list[str] = field(default_factory=list)
    row: array[int] = field(default_factory=lambda: array("q"))
    chunk: array[int] = field(default_factory=lambda: array("i"))
    segments: array[int] = field(default_factory=lambda: array("i"))
    preset: array[int] = field(default_factory=lambda: array("b"))
    priority: array[int] = field(default_factory=lambda: array("q"))
    due: array[float] = field(default_factory=lambda: array("d"))
    spread: array[float] = field(default_factory=lambda: array("f"))
    row_preset: array[int] = field(default_factory=lambda: array("b"))
    row_segments: array[int] = field(default_factory=lambda: array("q"))
    begun: array[int] = field(default_factory=lambda: array("b"))
    seconds: float = 0.0
    finish: defaultdict[Finishing, array[float]] = field(
        default_factory=lambda: defaultdict(lambda: array("d"))
    )
    unsized: int = 0

    def add(
        self,
        job: Job,
        preset: Preset,
        length: Length,
        made: Made = NOTHING_MADE,
        finishes: Collection[Finishing] = (),
        drawn: DrawnTake | None = None,
    ) -> None:
        """Add a row; `made` is what exists of it already, `finishes` are those of its profiles, and
        `drawn` tells its take, where it is stored and nothing but to finish it is left."""
        if drawn is not None:
            length = Length(drawn.frames / FPS)
        if preset.name not in self.presets:
            self.presets.append(preset.name)
        place = self.presets.index(preset.name)
        chains = chains_of(length.seconds, job.continuity, preset.longest_chain_s, self.split)
        whole = chain_segments(length.seconds, chains)
        for index, segments in enumerate(whole):
            self._add_chain(job, place, index, made.left(index, segments), length)
        self._add_finishes(preset, length, finishes, drawn)
        self.names.append(job.job_id)
        self.row_preset.append(place)
        self.row_segments.append(sum(whole))
        self.begun.append(made.begun)
        self.seconds += length.seconds

    def _add_chain(self, job: Job, preset: int, chunk: int, left: int, length: Length) -> None:
        if left > 0:
            self.row.append(len(self.names))
            self.chunk.append(chunk)
            self.segments.append(left)
            self.preset.append(preset)
            self.priority.append(job.priority)
            self.due.append(job.due.timestamp() if job.due else inf)
            self.spread.append(length.spread)

    def _add_finishes(
        self,
        preset: Preset,
        length: Length,
        finishes: Collection[Finishing],
        drawn: DrawnTake | None,
    ) -> None:
        """What is stored of a network counts for all that is asked of it together."""
        self.unsized += bool(finishes) and preset.canvas is None and drawn is None
        size = drawn.size if drawn else expected_size(preset)
        seen = dict(drawn.seen) if drawn else {}
        frames = drawn.frames if drawn else ceil(length.seconds * FPS)
        for each in finishes:
            whole = seen_megapixels(each, size, frames)
            known = min(whole, seen.get(each.digest, 0.0))
            seen[each.digest] = seen.get(each.digest, 0.0) - known
            column = self.finish[each]
            column.extend([0.0] * (len(self.names) - len(column)))
            column.append(whole - known)

    def load(
        self,
        *,
        invalid: int = 0,
        guessed: int = 0,
        unvoiced: Collection[str] = (),
        refused: Mapping[str, int] = NONE_REFUSED,
    ) -> Workload:
        return Workload(
            names=self.names,
            presets=self.presets,
            row=np.array(self.row, dtype=np.int64),
            chunk=np.array(self.chunk, dtype=np.int64),
            segments=np.array(self.segments, dtype=np.int64),
            preset=np.array(self.preset, dtype=np.int64),
            priority=np.array(self.priority, dtype=np.int64),
            due=np.array(self.due, dtype=np.float64),
            spread=np.array(self.spread, dtype=np.float64),
            row_preset=np.array(self.row_preset, dtype=np.int64),
            row_segments=np.array(self.row_segments, dtype=np.int64),
            begun=np.array(self.begun, dtype=np.bool_),
            seconds=self.seconds,
            invalid=invalid,
            guessed=guessed,
            unvoiced=tuple(sorted(unvoiced)),
            refused=dict(refused),
            finish={
                each: np.pad(np.array(column), (0, len(self.names) - len(column)))
                for each, column in self.finish.items()
            },
            unsized=self.unsized,
        )
