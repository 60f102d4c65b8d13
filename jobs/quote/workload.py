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
class Workload:
    """Chains still to be rendered, one entry each in every column; `row` indexes `names`.

    `segments` are those left of the chain, `seconds` the length of its take, `due` seconds of the
    epoch (infinite without one), `spread` how uncertain its length is. `unvoiced` are languages
    whose pace nobody measured, `guessed` recordings whose length nothing told, `changed` rows whose
    segments are counted whole, though what an earlier request of them left may be taken up.
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
    seconds: float
    rows: int
    finished: int = 0
    invalid: int = 0
    guessed: int = 0
    unvoiced: Collection[str] = ()
    changed: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    """Of the `invalid` ones, how many for which reason."""
    finish: Mapping[Finishing, float] = field(default_factory=dict)
    """Millions of pixels that the network of each finish of the profiles sees."""
    unsized: int = 0
    """Rows with a finish whose frames are as large as their portraits, which nobody opened."""


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
    seconds: float = 0.0
    finish: defaultdict[Finishing, float] = field(default_factory=lambda: defaultdict(float))
    unsized: int = 0

    def add(
        self,
        job: Job,
        preset: Preset,
        length: Length,
        rendered: Mapping[int, int],
        finishes: Collection[Finishing] = (),
    ) -> None:
        """Add a row; `rendered` counts the segments of its chunks that exist already, `finishes`
        are those of its profiles."""
        chains = chains_of(length.seconds, job.continuity, preset.longest_chain_s, self.split)
        if preset.name not in self.presets:
            self.presets.append(preset.name)
        place, number = self.presets.index(preset.name), len(self.names)
        due = job.due.timestamp() if job.due else inf
        for index, segments in enumerate(chain_segments(length.seconds, chains)):
            left = segments - rendered.get(index, 0)
            if left > 0:
                self.row.append(number)
                self.chunk.append(index)
                self.segments.append(left)
                self.preset.append(place)
                self.priority.append(job.priority)
                self.due.append(due)
                self.spread.append(length.spread)
        self.names.append(job.job_id)
        self.seconds += length.seconds
        self.unsized += bool(finishes) and preset.canvas is None
        for each in finishes:
            frames = ceil(length.seconds * FPS)
            self.finish[each] += seen_megapixels(each, expected_size(preset), frames)

    def load(
        self,
        *,
        finished: int = 0,
        invalid: int = 0,
        guessed: int = 0,
        unvoiced: Collection[str] = (),
        changed: int = 0,
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
            seconds=self.seconds,
            rows=len(self.names) + finished + invalid,
            finished=finished,
            invalid=invalid,
            guessed=guessed,
            unvoiced=tuple(sorted(unvoiced)),
            changed=changed,
            refused=dict(refused),
            finish=dict(self.finish),
            unsized=self.unsized,
        )
