"""The Frechet distance between two sets of features, in float64 and without any regularisation.

For Gaussians it is |m1 - m2|^2 + tr S1 + tr S2 - 2 tr (S1 S2)^(1/2) (Dowson and Landau, 1982). With
S = F^T F the last trace is the sum of the singular values of F1 F2^T: no square root of a product
that is not symmetric, nothing added to a diagonal, and a covariance without full rank is no case of
its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

FEWEST = 2
"""Vectors of which there is a covariance."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gaussian:
    """Of `count` vectors: their `mean` [width], and a `factor` [rank or more, width] whose
    factor^T factor is their covariance (divided by count - 1)."""

    mean: Matrix
    factor: Matrix
    count: int

    @property
    def width(self) -> int:
        return len(self.mean)

    @property
    def deficient(self) -> bool:
        """Whether the vectors are too few for a covariance of full rank."""
        return self.count <= self.width


class FeatureMoments:
    """Vectors as they come, in memory that ends at width x width numbers: few are kept as they are,
    of more than `width` the mean and the scatter about it."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[Matrix] = []
        self._spread: tuple[Matrix, Matrix] | None = None  # mean [width], scatter [width, width]

    def add(self, vectors: NDArray[np.floating]) -> None:
        """[n, width], all finite."""
        rows = np.asarray(vectors, np.float64)
        if not len(rows):
            return
        if self._spread is not None:
            self._merge(len(rows), _spread_of(rows))
            return
        self._kept.append(rows)
        self.count += len(rows)
        if self.count > rows.shape[1]:
            self._spread = _spread_of(np.concatenate(self._kept))
            self._kept = []

    def absorb(self, other: FeatureMoments) -> None:
        """The vectors of another as well."""
        if other._spread is not None:
            if self._spread is None:
                kept, self._kept, self.count = self._kept, [], 0
                self._spread, self.count = other._spread, other.count
                for rows in kept:
                    self.add(rows)
            else:
                self._merge(other.count, other._spread)
        for rows in other._kept:
            self.add(rows)

    def _merge(self, count: int, spread: tuple[Matrix, Matrix]) -> None:
        """Chan, Golub and LeVeque (1979): pairwise, so that nothing large is subtracted."""
        if self._spread is None:
            raise ValueError("vectors that are kept are added, not merged")
        mean, scatter = self._spread
        step, total = spread[0] - mean, self.count + count
        about = np.outer(step, step) * (self.count * count / total)
        self._spread = mean + step * (count / total), scatter + spread[1] + about
        self.count = total

    def gaussian(self) -> Gaussian | None:
        """Of all vectors so far; None of fewer than two."""
        if self.count < FEWEST:
            return None
        if self._spread is not None:
            mean, scatter = self._spread
            factor = covariance_factor(scatter / (self.count - 1))
            return Gaussian(mean=mean, factor=factor, count=self.count)
        rows = np.concatenate(self._kept)
        mean = rows.mean(axis=0)
        factor = (rows - mean) / np.sqrt(self.count - 1)
        return Gaussian(mean=mean, factor=factor, count=self.count)


def _spread_of(rows: Matrix) -> tuple[Matrix, Matrix]:
    mean = rows.mean(axis=0)
    return mean, (rows - mean).T @ (rows - mean)


def covariance_factor(covariance: Matrix) -> Matrix:
    """A factor [width, width] of a symmetric covariance. Eigenvalues that rounding made negative
    are zeros."""
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T)


def frechet_distance(one: Gaussian, other: Gaussian) -> float:
    """Squared, as FID and FVD print it; never below 0."""
    if one.width != other.width:
        raise ValueError(f"features of {one.width} numbers are not compared with {other.width}")
    apart = float(np.square(one.mean - other.mean).sum())
    traces = float(np.square(one.factor).sum() + np.square(other.factor).sum())
    shared = float(np.linalg.svd(one.factor @ other.factor.T, compute_uv=False).sum())
    return max(0.0, apart + traces - 2 * shared)
