"""An encoder is taught to tell green."""

from __future__ import annotations

from copy import deepcopy

import torch
from torch import Tensor

from model.training.tint_loss import LEARNED, TintLoss, greens, least_used
from tests.model.training.test_vae_loss import a_vae, some_frames


def test_a_green_cell_is_told_in_its_place_and_frame() -> None:
    frames = torch.zeros(1, 3, 5, 16, 16)
    frames[:, 1, 0, :8, 8:] = 1  # the first frame's upper right
    frames[:, 1, 2, 8:, :8] = 1  # one of the next four
    told = greens(frames)[0, 0]
    expected = torch.zeros(2, 2, 2)
    expected[0, 0, 1], expected[1, 1, 0] = 1, 0.25
    assert torch.equal(told, expected)


def test_violet_is_the_opposite_of_green_and_grey_is_neither() -> None:
    def of(*colour: float) -> Tensor:
        return greens(torch.tensor(colour)[None, :, None, None, None].expand(1, 3, 1, 8, 8))

    assert torch.equal(of(-0.5, 1, -0.5), -of(0.5, -1, 0.5))
    assert float(of(0.3, 0.3, 0.3)) == 0


def test_the_least_used_direction_is_found_whatever_the_axes_are() -> None:
    generator = torch.Generator().manual_seed(0)
    spread = torch.randn(4000, 4, generator=generator) * torch.tensor([1.0, 2.0, 0.1, 3.0])
    turn, _ = torch.linalg.qr(torch.randn(4, 4, generator=generator))
    found = least_used(spread @ turn.T)
    assert abs(float(found @ turn[:, 2])) > 0.99
    assert float(found.norm()) - 1 < 1e-6
    assert torch.equal(found, least_used((spread @ turn.T).clone()))


def test_an_untaught_encoder_lacks_just_the_green() -> None:
    vae, frames = a_vae(), some_frames()
    frames[:, 1] = frames[:, 1] + 0.2  # all of it a little greener
    direction = torch.zeros(16)
    direction[3] = 1
    loss = TintLoss(before=deepcopy(vae.encoder), direction=direction, tint=2)
    # one of 16 numbers is away by 0.4, the same in all frames, and counts once more by itself
    assert abs(float(loss(vae, frames)) - (0.16 / 16 + LEARNED * 0.16)) < 1e-3


def test_the_encoder_learns_it() -> None:
    vae, frames = a_vae(), some_frames()
    frames[:, 0] = -frames[:, 0]
    direction = torch.zeros(16)
    direction[3] = 1
    loss = TintLoss(before=deepcopy(vae.encoder), direction=direction, tint=1)
    vae.encoder.requires_grad_(requires_grad=True)
    optimizer = torch.optim.AdamW(vae.encoder.parameters(), lr=3e-3)
    told = []
    for _ in range(20):
        value = loss(vae, frames)
        optimizer.zero_grad()
        value.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        told.append(float(value.detach()))
    assert told[-1] < 0.5 * told[0]
