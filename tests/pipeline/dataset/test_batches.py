"""Pieces of shots in their own colours, and in others."""

from __future__ import annotations

import math

import pytest
import torch

from pipeline.dataset.batches import FrameBatches, hue_turn
from tests.pipeline.dataset.builders import a_shot


def batches(hues: float) -> FrameBatches:
    return FrameBatches(shots=[a_shot(12)], batch=3, frames=9, crop=0, hues=hues)


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(4)


def test_a_share_of_none_leaves_every_piece_in_its_own_colours() -> None:
    drawn = batches(0).draw(seeded(), 2)
    assert drawn.frames.shape == (3, 3, 9, 64, 64)
    assert drawn.own_colours.all()
    whole = torch.from_numpy(a_shot(12).frames).permute(0, 3, 1, 2) / 127.5 - 1
    several = [whole[at : at + 9] for at in range(4)]
    several += [piece.flip(-1) for piece in several]
    for piece in drawn.frames:
        assert any(torch.allclose(piece.transpose(0, 1), one) for one in several)


def test_turned_pieces_say_so_and_have_the_brightness_of_their_own() -> None:
    plain, turned = batches(0), batches(1)
    one, other = plain.draw(seeded(), 2), turned.draw(seeded(), 2)
    assert not other.own_colours.any()
    assert (one.frames[0] - other.frames[0]).abs().mean() > 0.1
    assert torch.equal(one.weight[0], other.weight[0])


@pytest.mark.parametrize("angle", [0.0, 1.0, 4.0])
def test_greys_stay_and_a_turn_back_gives_the_colours_back(angle: float) -> None:
    grey = torch.full((3,), 0.4)
    assert torch.allclose(hue_turn(angle, 1.7) @ grey, grey)
    back = hue_turn(-angle, 1 / 1.7) @ hue_turn(angle, 1.7)
    assert torch.allclose(back, torch.eye(3), atol=1e-6)


def test_a_third_of_a_circle_makes_red_green() -> None:
    green = hue_turn(2 * math.pi / 3, 1) @ torch.tensor([1.0, 0.0, 0.0])
    assert torch.allclose(green, torch.tensor([0.0, 1.0, 0.0]), atol=1e-6)
