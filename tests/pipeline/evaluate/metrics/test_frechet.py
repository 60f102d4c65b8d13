"""The Frechet distance against what is known without computing it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from pipeline.evaluate.metrics.frechet import (
    FeatureMoments,
    Gaussian,
    Matrix,
    covariance_factor,
    frechet_distance,
)


def a_gaussian(mean: Matrix, covariance: Matrix) -> Gaussian:
    return Gaussian(mean=mean, factor=covariance_factor(covariance), count=1000)


def moments_of(rows: Matrix, *sizes: int) -> FeatureMoments:
    """Of rows that come in parts."""
    moments = FeatureMoments()
    for part in np.split(rows, np.cumsum(sizes)):
        moments.add(part)
    return moments


def gaussian_of(rows: Matrix, *sizes: int) -> Gaussian:
    found = moments_of(rows, *sizes).gaussian()
    assert found is not None
    return found


def test_gaussians_with_diagonal_covariances_have_the_distance_of_the_formula() -> None:
    one, other = np.array([1.0, 4.0, 9.0]), np.array([4.0, 4.0, 0.25])
    mean = np.array([0.5, -1.0, 2.0])
    known = (mean**2).sum() + ((np.sqrt(one) - np.sqrt(other)) ** 2).sum()
    found = frechet_distance(
        a_gaussian(np.zeros(3), np.diag(one)), a_gaussian(mean, np.diag(other))
    )
    assert found == pytest.approx(known, rel=1e-12)


def test_a_turned_pair_of_gaussians_has_the_distance_of_the_straight_one() -> None:
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    one, other = np.diag([1.0, 4.0, 9.0]), np.diag([4.0, 4.0, 0.25])
    turned = [a_gaussian(np.zeros(3), turn @ each @ turn.T) for each in (one, other)]
    assert frechet_distance(*turned) == pytest.approx(1 + 0 + 2.5**2, rel=1e-12)


def test_covariances_that_do_not_commute_agree_with_the_matrix_root() -> None:
    drawn = np.random.default_rng(1).normal(size=(2, 6, 6))
    one, other = (each @ each.T for each in drawn)
    root = np.real(sqrtm(one @ other))
    known = np.trace(one) + np.trace(other) - 2 * np.trace(root)
    found = frechet_distance(a_gaussian(np.zeros(6), one), a_gaussian(np.zeros(6), other))
    assert found == pytest.approx(float(known), rel=1e-9)


def test_a_set_is_at_no_distance_from_itself_also_without_full_rank() -> None:
    rows = np.random.default_rng(2).normal(size=(5, 40))
    assert gaussian_of(rows).deficient
    assert frechet_distance(gaussian_of(rows), gaussian_of(rows)) == pytest.approx(0, abs=1e-10)


def test_moving_all_features_adds_the_square_of_the_way_and_no_more() -> None:
    rows = np.random.default_rng(3).normal(size=(7, 30))
    moved = gaussian_of(rows + 2.0)
    assert frechet_distance(gaussian_of(rows), moved) == pytest.approx(4 * 30, rel=1e-10)


def test_lines_at_right_angles_share_nothing() -> None:
    """Two sets without any full rank: no root of their product exists but zero."""
    across, up = np.zeros((3, 9)), np.zeros((3, 9))
    across[:, 0], up[:, 1] = [-1, 0, 1], [-2, 0, 2]
    assert frechet_distance(gaussian_of(across), gaussian_of(up)) == pytest.approx(1 + 4)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=6), st.integers(0, 3))
def test_moments_do_not_depend_on_how_vectors_come(sizes: list[int], seed: int) -> None:
    rows = np.random.default_rng(seed).normal(size=(sum(sizes) + 2, 4)) + 100
    parts, merged = gaussian_of(rows, *sizes), FeatureMoments()
    for part in np.split(rows, np.cumsum(sizes)):
        merged.absorb(moments_of(part))
    absorbed = merged.gaussian()
    assert absorbed is not None
    for found in (parts, absorbed):
        assert found.count == len(rows)
        np.testing.assert_allclose(found.mean, rows.mean(axis=0), rtol=1e-12)
        covariance = found.factor.T @ found.factor
        np.testing.assert_allclose(covariance, np.cov(rows.T), atol=1e-9)


def test_one_vector_has_no_covariance_and_other_widths_are_refused() -> None:
    assert moments_of(np.ones((1, 3))).gaussian() is None
    assert FeatureMoments().gaussian() is None
    with pytest.raises(ValueError, match="not compared"):
        frechet_distance(gaussian_of(np.eye(3)), gaussian_of(np.eye(4)))
