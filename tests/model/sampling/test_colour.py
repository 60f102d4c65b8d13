"""The colour match of motion frames."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from skimage import color, data
from torch import Tensor

from model.sampling.colour import MOST_SHIFT, matched, to_lab, to_rgb


def portrait() -> Tensor:
    return torch.tensor(data.astronaut()[::4, ::4]).permute(2, 0, 1)[None].float() / 255


def test_lab_is_what_scikit_image_makes_of_srgb() -> None:
    wanted = color.rgb2lab(portrait()[0].permute(1, 2, 0).numpy()).transpose(2, 0, 1)
    assert np.abs(to_lab(portrait())[0].numpy() - wanted).max() < 0.05


def test_lab_and_back_is_the_same_picture() -> None:
    assert (to_rgb(to_lab(portrait())) - portrait()).abs().max() < 1e-4


def test_a_small_drift_of_colour_is_taken_back() -> None:
    drifted = (portrait() * 0.95 + 0.01).expand(2, -1, -1, -1)
    wanted = to_lab(portrait()).mean((0, 2, 3))
    before = (to_lab(drifted).mean((0, 2, 3)) - wanted).abs().max()
    after = (to_lab(matched(drifted, portrait())).mean((0, 2, 3)) - wanted).abs().max()
    assert before > 1.2
    assert after < 0.1


def test_a_large_difference_is_moved_no_further_than_the_cap() -> None:
    dark = portrait() * 0.3
    moved = to_lab(matched(dark, portrait())).mean((0, 2, 3)) - to_lab(dark).mean((0, 2, 3))
    assert moved[0] == pytest.approx(MOST_SHIFT, abs=0.5)


def test_no_strength_changes_nothing_visible_and_both_frames_move_alike() -> None:
    dark = (portrait() * 0.9).expand(2, -1, -1, -1)
    assert (matched(dark, portrait(), 0.0) - dark).abs().max() < 1e-4
    one, other = matched(dark, portrait(), 0.7)
    assert torch.equal(one, other)
