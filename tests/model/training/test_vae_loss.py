from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from torch import Tensor
from torch.distributions import Normal, kl_divergence

from model.tiny import untrained_tiny
from model.training.vae_loss import VaeLoss, decoded_frames, divergence
from model.vae import decode_frames, moments

FRAMES, SIDE = 9, 16


def a_vae() -> AutoencoderKLCogVideoX:
    vae = untrained_tiny(
        SIDE, vae_channels=(8, 8, 8, 8), vae_groups=2, num_layers=1, num_attention_heads=1
    ).vae
    assert isinstance(vae, AutoencoderKLCogVideoX)
    return vae


def some_frames() -> Tensor:
    """[1, 3, n, H, W]: a bright square that moves over a slope."""
    y = torch.linspace(-0.8, 0.2, SIDE)[:, None].expand(SIDE, SIDE)
    frames = y.expand(1, 3, FRAMES, SIDE, SIDE).clone()
    for at in range(FRAMES):
        frames[:, :, at, 4:9, at : at + 5] = 0.9
    return frames


def test_the_loss_falls_when_a_vae_learns_one_clip() -> None:
    vae, frames, loss = a_vae(), some_frames(), VaeLoss()
    vae.train().requires_grad_(requires_grad=True)
    optimizer = torch.optim.AdamW(vae.parameters(), lr=5e-3)
    told = []
    for step in range(25):
        value = loss(vae, frames, torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        told.append(float(value.detach()))
    assert sum(told[-5:]) / 5 < 0.6 * told[0]


def test_the_divergence_is_that_of_normal_distributions() -> None:
    generator = torch.Generator().manual_seed(2)
    mean = torch.randn(2, 3, 4, 5, 6, generator=generator)
    logvar = torch.randn(2, 3, 4, 5, 6, generator=generator) - 1
    posterior = Normal(mean, (0.5 * logvar).exp())
    each = kl_divergence(posterior, Normal(torch.zeros(()), torch.ones(())))
    # summed over one latent frame's channels, rows and columns; mean over clips and frames
    expected = each.sum(dim=(1, 3, 4)).mean()
    torch.testing.assert_close(divergence(mean, logvar), expected)


@pytest.mark.parametrize("latent_frames", [1, 3, 7])
def test_training_decodes_as_a_take_is_decoded(latent_frames: int) -> None:
    vae = a_vae()
    generator = torch.Generator().manual_seed(2)
    latents = torch.randn(1, 16, latent_frames, 2, 2, generator=generator)
    scaled = latents.transpose(1, 2) * vae.config["scaling_factor"]
    shown = torch.cat(list(decode_frames(vae, scaled)), dim=1)
    with torch.no_grad():
        trained = decoded_frames(vae, latents)
    unit = ((trained + 1) / 2).clamp(0, 1).transpose(1, 2)
    torch.testing.assert_close(unit, shown, rtol=0, atol=1e-6)


def test_a_perfect_vae_has_only_its_divergence_as_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    vae, frames = a_vae(), some_frames()
    monkeypatch.setattr("model.training.vae_loss.decoded_frames", lambda *_: frames)
    loss = VaeLoss(divergence=1.0)
    mean, logvar = moments(vae, frames.transpose(1, 2)).chunk(2, dim=1)
    value = loss(vae, frames, torch.Generator().manual_seed(0))
    assert float(value) == pytest.approx(float(divergence(mean, logvar)), rel=0.05)  # bfloat16


def test_the_weight_counts_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    vae, frames = a_vae(), some_frames()
    wrong = frames.clone()
    wrong[..., 0, 0] += 1
    monkeypatch.setattr("model.training.vae_loss.decoded_frames", lambda *_: wrong)
    loss, weight = VaeLoss(divergence=0, edges=0, motion=0), torch.ones(1, 1, 1, SIDE, SIDE)

    def told() -> float:
        return float(loss(vae, frames, torch.Generator().manual_seed(0), weight))

    plain = told()
    weight[..., 0, 0] = 3
    assert told() == pytest.approx(3 * plain, rel=1e-4)
    weight[..., 0, 0] = 0
    assert told() == pytest.approx(0, abs=1e-6)


def test_lips_count_the_mouth_and_its_changes_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    vae, frames = a_vae(), some_frames()
    wrong = frames.clone()
    wrong[:, :, 3, 2, 2] += 1
    monkeypatch.setattr("model.training.vae_loss.decoded_frames", lambda *_: wrong)
    loss = VaeLoss(divergence=0, edges=0, motion=0, softness=0, lips=1)
    alone = replace(loss, lips=0)
    generator, weight = torch.Generator(), torch.ones(1, 1, 1, SIDE, SIDE)
    weight[..., :4, :4] = 2
    added = loss(vae, frames, generator, weight) - alone(vae, frames, generator, weight)
    # one of 16 pixels in one of the frames, and in two of the steps between them
    assert float(added) == pytest.approx((1 / FRAMES + 2 / (FRAMES - 1)) / 16, rel=1e-4)
    elsewhere = torch.ones(1, 1, 1, SIDE, SIDE)
    elsewhere[..., 4:, 4:] = 2
    assert float(loss(vae, frames, generator, elsewhere)) == pytest.approx(
        float(alone(vae, frames, generator, elsewhere))
    )
