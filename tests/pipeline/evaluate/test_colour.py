"""How far a background is from the portrait's."""

from __future__ import annotations

import numpy as np
import skimage.color

from pipeline.evaluate.picture import background_difference, lab_of, outside
from pipeline.nouns import Box


def test_lab_is_that_of_scikit_image() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 7, 3), dtype=np.uint8)
    assert np.allclose(
        lab_of(picture.reshape(-1, 3)), skimage.color.rgb2lab(picture).reshape(-1, 3), atol=2e-2
    )


def test_only_what_is_outside_the_head_counts() -> None:
    portrait = np.full((20, 20, 3), 120, np.uint8)
    around = outside(Box(left=5, top=4, width=8, height=10), 20, 20)
    behind, changed = lab_of(portrait[around]), portrait.copy()
    changed[4:14, 5:13] = 0
    assert background_difference(changed, behind, around) == 0
    changed[:4] = 0
    assert background_difference(changed, behind, around) > 5


def test_a_head_that_fills_the_picture_leaves_nothing_to_compare() -> None:
    portrait = np.zeros((20, 20, 3), np.uint8)
    around = outside(Box(left=-5, top=-5, width=90, height=90), 20, 20)
    assert np.isnan(background_difference(portrait, lab_of(portrait[around]), around))
