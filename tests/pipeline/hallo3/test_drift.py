"""A known drift of colours, five minutes of it, and what the options of a preset do to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import pytest
import torch

from model.sampling.long_takes import LongTakes
from model.segments import Sampling
from model.shapes import MOTION_FRAMES
from pipeline.hallo3.load import sampling_of
from pipeline.nouns import Chunk, Segment
from pipeline.presets import TINY
from pipeline.renderer import Frames, RenderedSegment, State, TakeFiles
from tests.drifting import Drifting, DriftingChain, Step, mean_lab, planes, stretched

STEP = Step(lab=(0.06, 0.04, -0.05))
FIVE_MINUTES = 160
"""Segments."""

SIDE = 12


@dataclass(frozen=True)
class Nodding:
    """A chain of one picture that gets a little lighter and darker, and never drifts."""

    width: int = SIDE
    height: int = SIDE

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> Nodding:
        del files, chunk, seed
        return self

    def picture(self, light: int) -> Frames:
        columns = np.linspace(90, 150, SIDE) + light
        rgb = np.stack([columns, columns + 15, columns - 15], axis=-1)
        return np.broadcast_to(rgb, (MOTION_FRAMES, SIDE, SIDE, 3)).astype(np.uint8)

    def start(self) -> State:
        return State(done=0, motion=self.picture(0))

    def conditions(self, segment: Segment) -> str:
        return str(segment.index)

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        frames = self.picture(segment.index % 3 - 1)
        batches: Iterator[Frames] = iter([frames])
        return RenderedSegment(batches, lambda: State(done=state.done + 1, motion=frames))


def off_after(options: Sampling, segments: int = FIVE_MINUTES) -> float:
    """How far the mean colour of the last segment is from what it would be, in Lab."""
    torch.set_num_threads(1)
    renderer = Drifting(renderer=Nodding(), step=STEP, options=options)
    chain: DriftingChain = renderer.open(cast(TakeFiles, None), Chunk(index=0, start=0, stop=1), 0)
    state, shown = chain.start(), np.zeros(0)
    for index in range(segments):
        rendered = chain.render(Segment(index=index, start=0, stop=1), state)
        shown = np.concatenate(list(rendered))
        state = rendered.state
    clean = Nodding().picture((segments - 1) % 3 - 1)
    return float((seen(shown) - seen(clean)).norm())


def seen(frames: Frames) -> torch.Tensor:
    return mean_lab(torch.from_numpy(planes(frames)))


def asked(**options: object) -> Sampling:
    return sampling_of(replace(TINY, long_takes=replace(LongTakes(), **options)))


def test_without_options_each_segment_adds_its_step() -> None:
    step = float(np.linalg.norm(STEP.lab))
    for segments in (20, FIVE_MINUTES):
        assert off_after(Sampling(), segments) == pytest.approx(segments * step, rel=0.1)


@pytest.mark.parametrize("option", [{"colour_match": 1.0}, {"colour_bias": True}])
def test_five_minutes_of_colour_drift_are_brought_back_to_what_nobody_sees(
    option: dict[str, object],
) -> None:
    """A difference of 1 in Lab is the least that people see side by side."""
    assert off_after(Sampling()) > 10
    assert off_after(asked(**option)) < 1


def test_noise_on_motion_frames_moves_no_colour_back() -> None:
    """What it does depends on a network that was trained with it."""
    assert off_after(asked(motion_noise=0.05)) == off_after(Sampling())


def test_a_chain_that_starts_again_at_the_portrait_has_lost_its_drift() -> None:
    """So the length of chains bounds what no option can mend, such as a face that changes."""
    step = float(np.linalg.norm(STEP.lab))
    assert off_after(Sampling(), 1) == pytest.approx(step, abs=0.5)


def test_a_wider_face_leaves_the_edges_of_its_picture() -> None:
    frames = Nodding().picture(0)
    assert np.array_equal(stretched(frames, 1.0), frames)
    wide = stretched(frames, 1.5).astype(int)
    assert wide.shape == frames.shape
    assert np.abs(wide[:, 0] - frames[:, 0]).max() <= 1
    middle = SIDE // 2
    assert wide[0, middle, middle - 3, 0] > int(frames[0, middle, middle - 3, 0])
    assert wide[0, middle, middle + 3, 0] < int(frames[0, middle, middle + 3, 0])
