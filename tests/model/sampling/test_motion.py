"""What a segment sees of the one before: motion frames with their holes and their noise."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest
import torch
from torch import Tensor

from model.chain import condition_frames
from model.sampling.noise import Noise
from model.segments import ChainState, PreparedTake, Sampling

PORTRAIT = torch.full((1, 3, 8, 12), 0.25)


def seen(segment: int, **sampling: float) -> Tensor:
    """The two motion frames of a still portrait as a segment sees them."""
    fields = {"motion_mask_rate": 0.0} | sampling
    take = cast(PreparedTake, SimpleNamespace(portrait=PORTRAIT, sampling=Sampling(**fields)))
    motion = PORTRAIT.expand(2, -1, -1, -1).clone()
    state = ChainState(segment=segment, motion=motion)
    return condition_frames(take, state, Noise(seed=7, chunk="words"))[0]


def test_the_portrait_comes_first_and_untouched() -> None:
    frames = seen(3, motion_noise_sigma=0.5, motion_mask_rate=0.5)
    assert frames.shape == (3, 3, 8, 12)
    assert torch.equal(frames[:1], PORTRAIT)


def test_without_noise_and_holes_the_motion_frames_are_as_they_were() -> None:
    assert torch.equal(seen(3)[1:], PORTRAIT.expand(2, -1, -1, -1))


def test_each_segment_draws_motion_noise_of_its_own() -> None:
    """The same noise in each segment would be a pattern that stands still in the video."""
    noises = [seen(n, motion_noise_sigma=0.5)[1:] - PORTRAIT for n in range(3)]
    assert not torch.equal(noises[0], noises[1])
    assert not torch.equal(noises[1], noises[2])
    assert torch.equal(noises[1], seen(1, motion_noise_sigma=0.5)[1:] - PORTRAIT)
    assert noises[0].std().item() == pytest.approx(0.5, rel=0.1)


def test_each_segment_has_holes_of_its_own() -> None:
    holes = [seen(n, motion_mask_rate=0.5)[1:] != PORTRAIT for n in range(2)]
    assert not torch.equal(holes[0], holes[1])
    assert holes[0].float().mean().item() == pytest.approx(0.5, abs=0.2)


def test_colour_is_matched_from_the_second_segment_on() -> None:
    """The first one's motion frames are the portrait itself."""
    first = seen(0, colour_match=1.0)
    assert torch.equal(first[1:], PORTRAIT.expand(2, -1, -1, -1))
    assert torch.allclose(seen(1, colour_match=1.0)[1:], PORTRAIT, atol=1e-3)
