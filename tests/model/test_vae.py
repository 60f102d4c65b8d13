"""Encoding at once and decoding as a stream, against the original's VAE."""

from __future__ import annotations

import itertools

import pytest
import torch
from diffusers import AutoencoderKLCogVideoX
from hypothesis import given
from hypothesis import strategies as st

from model.networks.convolutions import with_cpu_layers
from model.vae import channels_last, decode_frames, decoded_together, encode, moments
from tests.golden_tensors import deviation, golden
from tests.model.golden_vae import golden_vae

torch.set_num_threads(1)

SCALING = 0.7


@pytest.fixture(scope="module")
def vae() -> AutoencoderKLCogVideoX:
    """As a pipeline has it."""
    return with_cpu_layers(golden_vae())


@pytest.mark.parametrize("frames", [1, 3, 9, 17, 49])
def test_moments_of_any_number_of_frames_are_the_originals(
    vae: AutoencoderKLCogVideoX, frames: int
) -> None:
    video = golden("vae")["video_49"].transpose(1, 2)[:, :frames]
    assert deviation(moments(vae, video), golden("vae")[f"encode.f{frames:02d}.moments"]) <= 5e-6


def test_a_sampled_latent_is_the_originals(vae: AutoencoderKLCogVideoX) -> None:
    recorded = golden("vae")
    video = recorded["video_49"].transpose(1, 2)[:, :3]
    latents = encode(vae, video, recorded["encode_first_stage.f03.draw.000.randn_like"])
    assert deviation(latents, recorded["encode_first_stage.f03"].transpose(1, 2)) <= 5e-6


def test_without_noise_a_latent_is_the_posteriors_mean(vae: AutoencoderKLCogVideoX) -> None:
    video = golden("vae")["video_49"].transpose(1, 2)[:, :1]
    mean = moments(vae, video)[:, :16].transpose(1, 2)
    torch.testing.assert_close(encode(vae, video), mean * SCALING)


@pytest.mark.parametrize("latent_frames", [5, 13])
def test_streamed_frames_are_the_originals(vae: AutoencoderKLCogVideoX, latent_frames: int) -> None:
    recorded = golden("vae")
    latents = recorded[f"decode.T{latent_frames:02d}.z"].transpose(1, 2) * SCALING
    chunks = list(decode_frames(vae, latents))
    assert [chunk.shape[1] for chunk in chunks] == [9] + [8] * ((latent_frames - 3) // 2)
    wanted = recorded[f"decode.T{latent_frames:02d}.streamed"].transpose(1, 2)
    wanted = ((wanted + 1) / 2).clamp(0, 1)
    assert (torch.cat(chunks, dim=1) - wanted).abs().max() <= 5e-6


def test_an_abandoned_stream_leaves_nothing_to_the_next(vae: AutoencoderKLCogVideoX) -> None:
    latents = golden("vae")["decode.T05.z"].transpose(1, 2) * SCALING
    whole = list(decode_frames(vae, latents))
    for abandoned in decode_frames(vae, latents.flip(1)):
        del abandoned
        break
    assert all(map(torch.equal, decode_frames(vae, latents), whole))


def test_a_single_latent_is_a_single_frame(vae: AutoencoderKLCogVideoX) -> None:
    (frame,) = decode_frames(vae, golden("vae")["decode.T05.z"].transpose(1, 2)[:, :1])
    assert frame.shape == (1, 1, 3, 24, 32)


def test_an_even_number_of_latent_frames_is_refused(vae: AutoencoderKLCogVideoX) -> None:
    latents = golden("vae")["decode.T05.z"].transpose(1, 2)[:, :4]
    with pytest.raises(ValueError, match="odd number of latent frames, not 4"):
        next(decode_frames(vae, latents))


def test_tiles_join_to_whole_frames() -> None:
    vae = with_cpu_layers(golden_vae())
    vae.enable_tiling(32, 32, tile_overlap_factor_height=0.5, tile_overlap_factor_width=0.5)
    latents = golden("chain_two_segments")["sample.0.latents"][:, :1]
    (frames,) = decode_frames(vae, latents)
    assert frames.shape == (1, 1, 3, 64, 96)
    assert encode(vae, frames * 2 - 1).shape == latents.shape


def test_channels_last_changes_no_more_than_rounding(vae: AutoencoderKLCogVideoX) -> None:
    latents = golden("vae")["decode.T05.z"].transpose(1, 2)
    wanted = torch.cat(list(decode_frames(vae, latents)), dim=1)
    other = channels_last(with_cpu_layers(golden_vae()))
    got = torch.cat(list(decode_frames(other, latents)), dim=1)
    assert (got - wanted).abs().max() <= 1e-5


@given(half=st.integers(0, 40))
def test_chunks_tile_the_latent_frames(half: int) -> None:
    chunks = decoded_together(2 * half + 1)
    assert chunks[0][0] == 0
    assert chunks[-1][1] == 2 * half + 1
    assert all(stop == start for (_, stop), (start, _) in itertools.pairwise(chunks))
