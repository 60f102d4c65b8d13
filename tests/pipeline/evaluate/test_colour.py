"""CIEDE2000 against the test data of Sharma, Wu and Dalal (2005), table 1."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.color

from pipeline.evaluate.colour import background_difference, ciede2000, lab_of, outside
from pipeline.nouns import Box

SHARMA = np.array(
    [
        [50.0000, 2.6772, -79.7751, 50.0000, 0.0000, -82.7485, 2.0425],
        [50.0000, 3.1571, -77.2803, 50.0000, 0.0000, -82.7485, 2.8615],
        [50.0000, 2.8361, -74.0200, 50.0000, 0.0000, -82.7485, 3.4412],
        [50.0000, -1.3802, -84.2814, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -1.1848, -84.8006, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, -0.9009, -85.5211, 50.0000, 0.0000, -82.7485, 1.0000],
        [50.0000, 0.0000, 0.0000, 50.0000, -1.0000, 2.0000, 2.3669],
        [50.0000, -1.0000, 2.0000, 50.0000, 0.0000, 0.0000, 2.3669],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0009, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0010, 7.1792],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0011, 7.2195],
        [50.0000, 2.4900, -0.0010, 50.0000, -2.4900, 0.0012, 7.2195],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0009, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0010, -2.4900, 4.8045],
        [50.0000, -0.0010, 2.4900, 50.0000, 0.0011, -2.4900, 4.7461],
        [50.0000, 2.5000, 0.0000, 50.0000, 0.0000, -2.5000, 4.3065],
        [50.0000, 2.5000, 0.0000, 73.0000, 25.0000, -18.0000, 27.1492],
        [50.0000, 2.5000, 0.0000, 61.0000, -5.0000, 29.0000, 22.8977],
        [50.0000, 2.5000, 0.0000, 56.0000, -27.0000, -3.0000, 31.9030],
        [50.0000, 2.5000, 0.0000, 58.0000, 24.0000, 15.0000, 19.4535],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.1736, 0.5854, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2972, 0.0000, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 1.8634, 0.5757, 1.0000],
        [50.0000, 2.5000, 0.0000, 50.0000, 3.2592, 0.3350, 1.0000],
        [60.2574, -34.0099, 36.2677, 60.4626, -34.1751, 39.4387, 1.2644],
        [63.0109, -31.0961, -5.8663, 62.8187, -29.7946, -4.0864, 1.2630],
        [61.2901, 3.7196, -5.3901, 61.4292, 2.2480, -4.9620, 1.8731],
        [35.0831, -44.1164, 3.7933, 35.0232, -40.0716, 1.5901, 1.8645],
        [22.7233, 20.0904, -46.6940, 23.0331, 14.9730, -42.5619, 2.0373],
        [36.4612, 47.8580, 18.3852, 36.2715, 50.5065, 21.2231, 1.4146],
        [90.8027, -2.0831, 1.4410, 91.1528, -1.6435, 0.0447, 1.4441],
        [90.9257, -0.5406, -0.9208, 88.6381, -0.8985, -0.7239, 1.5381],
        [6.7747, -0.2908, -2.4247, 5.8714, -0.0985, -2.2286, 0.6377],
        [2.0776, 0.0795, -1.1350, 0.9033, -0.0636, -0.5514, 0.9082],
    ]
)


@pytest.mark.parametrize("row", SHARMA, ids=range(1, 35))
def test_a_published_pair_has_its_published_difference(row: np.ndarray) -> None:
    one, other, published = row[:3], row[3:6], row[6]
    assert float(ciede2000(one, other)) == pytest.approx(published, abs=5e-5)
    assert float(ciede2000(other, one)) == pytest.approx(published, abs=5e-5)


def test_random_colours_differ_as_scikit_image_says() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.uniform([0, -90, -90], [100, 90, 90], (2, 500, 3))
    theirs = skimage.color.deltaE_ciede2000(one, other)
    assert np.allclose(ciede2000(one, other), theirs, atol=1e-9)


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
