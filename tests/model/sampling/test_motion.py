"""What a segment sees of the one before: motion frames with their holes and their noise."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from types import SimpleNamespace
from typing import cast

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.pipeline import Hallo3Pipeline
from model.sampling.motion import colour_bias, condition_frames, kept_motion, still_frames
from model.sampling.noise import Noise
from model.segments import ChainState, PreparedTake, Sampling, TakeInputs
from model.tiny import AUDIO_BLOCKS, AUDIO_CHANNELS, FACE_CHANNELS, untrained_tiny

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


@pytest.fixture(scope="module")
def networks() -> Hallo3Pipeline:
    torch.set_num_threads(1)
    return untrained_tiny(32, num_layers=2)


def with_tint(networks: Hallo3Pipeline, tint: tuple[float, ...]) -> Hallo3Pipeline:
    """The same networks with a decoder that adds a colour to all that it draws."""
    tinted = deepcopy(networks)
    tinted.vae.decoder.conv_out.conv.bias.data += torch.tensor(tint)
    return tinted


tints = st.tuples(*[st.integers(-100, 100).map(lambda level: level / 1000)] * 3)


@given(
    tint=tints,
    taken_off=tints,
    segment=st.integers(1, 200),
)
def test_motion_frames_lose_the_colour_that_the_vae_added_and_nothing_else(
    tint: tuple[float, ...], taken_off: tuple[float, ...], segment: int
) -> None:
    added, bias = (torch.tensor(colour).view(1, 3, 1, 1) for colour in (tint, taken_off))
    sampling = Sampling(colour_bias=True)
    fields = SimpleNamespace(portrait=PORTRAIT, sampling=sampling, colour_bias=bias)
    state = ChainState(segment=segment, motion=PORTRAIT.expand(2, -1, -1, -1) + added)
    kept = kept_motion(cast(PreparedTake, fields), state)
    assert torch.allclose(kept, PORTRAIT + added - bias, atol=1e-6)
    first = ChainState(segment=0, motion=state.motion)
    assert torch.equal(kept_motion(cast(PreparedTake, fields), first), state.motion)


def test_the_bias_of_a_vae_is_measured_with_its_sign_and_size(networks: Hallo3Pipeline) -> None:
    portrait = torch.full((1, 3, 32, 32), 0.1)
    tint = (0.08, -0.04, 0.0)
    before = colour_bias(networks.vae, portrait)
    after = colour_bias(with_tint(networks, tint).vae, portrait)
    assert before.shape == (1, 3, 1, 1)
    assert (after - before).flatten().tolist() == pytest.approx(tint, abs=1e-3)


def test_a_still_picture_goes_through_the_vae_as_motion_frames_do(networks: Hallo3Pipeline) -> None:
    frames = still_frames(networks.vae, torch.zeros(1, 3, 32, 32))
    assert frames.shape == (2, 3, 32, 32)
    assert frames.abs().max() <= 1


def the_inputs() -> TakeInputs:
    picture = torch.linspace(-0.5, 0.5, 32).expand(1, 3, 32, 32)
    return TakeInputs(
        portrait=picture,
        reference_picture=picture * 0.5,
        prompt_embeds=torch.zeros(1, 1, 32),
        face_embedding=torch.ones(1, FACE_CHANNELS),
    )


def latents_of(networks: Hallo3Pipeline, sampling: Sampling, segment: int) -> Tensor:
    """Of a segment that starts from dark frames."""
    noise = Noise(seed=7, chunk="words")
    take = networks.prepare_take(the_inputs(), noise, sampling)
    state = ChainState(segment=segment, motion=torch.full((2, 3, 32, 32), -0.3))
    heard = torch.zeros(take.shape.frames, 5, AUDIO_BLOCKS, AUDIO_CHANNELS)
    return networks.segment(take, heard, state, noise).latents


PLAIN = Sampling(num_inference_steps=1)


@pytest.mark.parametrize(
    ("option", "from_segment"),
    [
        (replace(PLAIN, colour_match=1.0), 1),
        (replace(PLAIN, colour_bias=True), 1),
        (replace(PLAIN, motion_noise_sigma=0.05), 0),
        (replace(PLAIN, reference="round_trip"), 0),
    ],
    ids=["colour_match", "colour_bias", "motion_noise", "reference"],
)
def test_each_option_is_heard_from_its_first_segment_on(
    networks: Hallo3Pipeline, option: Sampling, from_segment: int
) -> None:
    for segment in (0, 1):
        same = torch.equal(
            latents_of(networks, option, segment), latents_of(networks, PLAIN, segment)
        )
        assert same == (segment < from_segment)
