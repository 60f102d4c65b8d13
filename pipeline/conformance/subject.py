"""A renderer under test: loaded anew as often as a check wants, with a take to render."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.nouns import Chunk, Segment
from pipeline.presets import Preset
from pipeline.renderer import Chain, Frames, State, TakeFiles
from pipeline.renderers import load_renderer

SEED = 7
LONGEST = 95
"""Frames of the chunk that is rendered: two whole segments, and one frame more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenSegment:
    """A segment that was rendered: its name, its bits by digest, and what can be counted; whether a
    batch was `rewritten` after it had been yielded."""

    asked: int
    conditions: str
    bits: str
    frames: int
    shapes: frozenset[tuple[int, ...]]
    dtypes: frozenset[str]
    largest_batch: int
    rewritten: bool
    after: State


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The preset, and the take that its renderer is held against."""

    preset: Preset
    files: TakeFiles

    @property
    def chunk(self) -> Chunk:
        return Chunk(index=0, start=0, stop=min(LONGEST, self.files.take.frames))

    @cached_property
    def usual(self) -> tuple[SeenSegment, ...]:
        """The chunk rendered straight through."""
        return self.drawn()

    def opened(self, files: TakeFiles | None = None, chunk: Chunk | None = None) -> Chain:
        """A chain of a renderer that is loaded for it alone."""
        return load_renderer(self.preset).open(files or self.files, chunk or self.chunk, SEED)

    def drawn(
        self, files: TakeFiles | None = None, chunk: Chunk | None = None, first: int | None = None
    ) -> tuple[SeenSegment, ...]:
        """A chunk, or its `first` segments, straight through."""
        chain, chunk = self.opened(files, chunk), chunk or self.chunk
        return seen_segments(chain, chain.start(), chunk.segments[:first])

    def resumed(self) -> tuple[SeenSegment, ...]:
        """The chunk with a renderer of its own for each segment, from the stored state."""
        drawn: list[SeenSegment] = []
        for segment in self.chunk.segments:
            chain = self.opened()
            state = stored(drawn[-1].after) if drawn else chain.start()
            drawn += seen_segments(chain, state, [segment])
        return tuple(drawn)


def seen_segments(
    chain: Chain, state: State, segments: Sequence[Segment]
) -> tuple[SeenSegment, ...]:
    """Segments in order, from the state before the first of them."""
    drawn: list[SeenSegment] = []
    for segment in segments:
        drawn.append(seen_segment(chain, segment, drawn[-1].after if drawn else state))
    return tuple(drawn)


def seen_segment(chain: Chain, segment: Segment, state: State) -> SeenSegment:
    """A segment, its frames looked at as they come and let go."""
    conditions, bits = chain.conditions(segment), hashlib.sha256()
    rendered = chain.render(segment, state)
    shapes, dtypes, counts = set[tuple[int, ...]](), set[str](), list[int]()
    held: Frames = np.empty(0, np.uint8)
    seen, rewritten = b"", False
    for batch in rendered:
        rewritten |= bool(counts) and held.tobytes() != seen
        held, seen = batch, batch.tobytes()
        bits.update(seen)
        shapes.add(tuple(batch.shape[1:]))
        dtypes.add(str(batch.dtype))
        counts.append(len(batch))
    return SeenSegment(
        asked=segment.stop - segment.start,
        conditions=conditions,
        bits=bits.hexdigest(),
        frames=sum(counts),
        shapes=frozenset(shapes),
        dtypes=frozenset(dtypes),
        largest_batch=max(counts, default=0),
        rewritten=rewritten,
        after=rendered.state,
    )


def stored(state: State) -> State:
    """The state as a resume finds it: written as .npy and read again, nothing else kept."""
    file = io.BytesIO()
    np.save(file, state.motion, allow_pickle=False)
    file.seek(0)
    return State(done=state.done, motion=np.load(file, allow_pickle=False))
