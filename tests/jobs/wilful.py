"""A renderer that fails on purpose for some seeds, and a night whose rows it is asked for."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import pytest

from manifests import Job
from model.shapes import NEW_FRAMES
from pipeline.nouns import Chunk, Segment
from pipeline.quality.figures import DARK
from pipeline.quality.meter import Before, FaceMeter, Measured, MeasuredFrames
from pipeline.quality.rerolls import next_seed
from pipeline.quality.series import SegmentSeries
from pipeline.renderer import Frames, RenderedSegment, State, TakeFiles
from tests.night import LONG, Media, a_manifest
from tests.sketched import Sketched

FINE, SEED, RESTART, NEVER = 10, 20, 30, 40
"""Seeds of rows: nothing fails; a segment fails until another seed; only a restart helps; nothing
does."""

FAMILIES = {seed: own for own in (FINE, SEED, RESTART, NEVER) for seed in [own]}
for own in (FINE, SEED, RESTART, NEVER):
    following = own
    for _ in range(40):
        following = next_seed(following)
        FAMILIES[following] = own

LATE = 3
"""The segment that fails; a pause lies before it."""


def dark(seed: int, chunk: Chunk, segment: Segment) -> bool:
    """Whether the segment comes out black."""
    match FAMILIES[seed]:
        case 20:
            return segment.start == NEW_FRAMES and seed == SEED
        case 30:
            return segment.start >= LATE * NEW_FRAMES and not chunk.start
        case 40:
            return segment.start == 0
    return False


@dataclass(frozen=True, kw_only=True)
class WilfulChain:
    chunk: Chunk
    seed: int
    speech: str
    width: int
    height: int

    def start(self) -> State:
        return State(done=0, motion=np.zeros(1))

    def conditions(self, segment: Segment) -> str:
        return f"{self.speech} {segment.start} {segment.stop}"

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        shade = 0 if dark(self.seed, self.chunk, segment) else 128
        shape = (segment.stop - segment.start, self.height, self.width, 3)
        after = State(done=state.done + 1, motion=state.motion + self.seed % 97)
        return RenderedSegment(iter([np.full(shape, shade, np.uint8)]), lambda: after)


class Wilful:
    """Nothing to load."""

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> WilfulChain:
        take = files.take
        return WilfulChain(
            chunk=chunk,
            seed=seed,
            speech=take.speech.sha256,
            width=take.width,
            height=take.height,
        )


class WilfulNight(Sketched):
    """Only the stages behind the renderer make a few bytes in place of files."""

    sketched = frozenset({"stitch", "master"})


def a_wilful_manifest(media: Media, folder: Path, **seeds: int) -> str:
    rows = [
        Job(
            job_id=name,
            portrait_uri=str(media.portrait),
            script=LONG,
            continuity="chain",
            seed=seed,
        )
        for name, seed in seeds.items()
    ]
    return a_manifest(folder, rows)


class ShadedFrames(MeasuredFrames):
    """Looks for black frames alone: no face is looked for in pictures of one shade."""

    def __next__(self) -> Frames:
        batch = next(self._frames)
        self.shades = [*getattr(self, "shades", ()), *batch.mean(axis=(1, 2, 3))]
        return batch

    @property
    def result(self) -> Measured:
        nothing = [math.nan] * len(fields(SegmentSeries))
        series = SegmentSeries.of([nothing] * len(self.shades))
        dark = sum(shade < DARK for shade in self.shades)
        return Measured(series=series, figures=(("black", float(dark)),))


class ShadeMeter:
    """Measures what Wilful draws."""

    def measured(
        self, frames: Iterable[Frames], segment: Segment, before: Before
    ) -> MeasuredFrames:
        del before
        return ShadedFrames(frames, NO_FACE, segment, Before())


NO_FACE: FaceMeter = None  # type: ignore[assignment]  # nobody asks it


def let_fail(patch: pytest.MonkeyPatch, folder: Path) -> Path:
    """Let all presets be rendered so, and looked at so; returns a file of gates."""
    patch.setattr("pipeline.renderers.load_renderer", lambda *_: Wilful())
    patch.setattr("pipeline.generate.face_meter", lambda _: ShadeMeter())
    file = folder / "gates.toml"
    file.write_text('carried = false\n[[gate]]\nmeasure = "black"\nfail = 0\n')
    return file
