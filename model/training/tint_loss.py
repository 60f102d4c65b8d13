"""An encoder learns to tell a colour that it never told: green against magenta.

Where neither encoder nor decoder has anything to do with a colour, no gradient finds it: the
decoder ignores what says nothing, and the encoder says nothing to who ignores it. So the encoder
learns alone, in a direction of the latents that is hardly used, and all else stays as it was.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from torch import Tensor, nn
from torch.nn import functional

from model.training.vae_loss import hue, moved

CELL, GROUP = 8, 4
"""Pixels and frames of one latent: the first frame alone, then four by four."""

LEARNED = 2.0
"""How much the direction that learns weighs against all others, which only stay."""

WIDTH_HELD = 0.001
"""How much a change of the posterior's logarithmic width weighs against one of its mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TintLoss:
    """How far latents are from what `before` made of the frames, plus `tint` times the frames'
    green along `direction` [C], of length 1."""

    before: nn.Module
    direction: Tensor
    tint: float

    def __call__(self, vae: AutoencoderKLCogVideoX, frames: Tensor) -> Tensor:
        """Of frames [B, 3, n, H, W] in -1..1, 4 k + 1 of them."""
        with torch.autocast(frames.device.type, torch.bfloat16):
            mean, logvar = vae.encoder(frames)[0].float().chunk(2, dim=1)
            with torch.no_grad():
                was, width = self.before(frames)[0].float().chunk(2, dim=1)
        along = self.direction.reshape(-1, 1, 1, 1)
        wrong = mean - was - self.tint * greens(frames) * along
        missing = (wrong * along).sum(dim=1, keepdim=True)
        held: Tensor = WIDTH_HELD * (logvar - width).square().mean()
        return moved(wrong) + LEARNED * moved(missing) + held


def greens(frames: Tensor) -> Tensor:
    """Green less the mean of red and blue, of each latent's pixels: [B, 1, T, h, w]."""
    green = hue(frames)[:, 1:]
    first, rest = green[:, :, :1], green[:, :, 1:]
    cells = [functional.avg_pool3d(first, (1, CELL, CELL))]
    if rest.shape[2]:
        cells.append(functional.avg_pool3d(rest, (GROUP, CELL, CELL)))
    return torch.cat(cells, dim=2)


def least_used(latents: Tensor) -> Tensor:
    """[C], of length 1: the direction in which latents [n, C] differ least; its largest number is
    positive, so that it is the same one again."""
    values, directions = torch.linalg.eigh(torch.cov(latents.double().T))
    chosen: Tensor = directions[:, values.argmin()]
    return chosen.float() * chosen[chosen.abs().argmax()].sign().float()
