"""Thin-plate splines (Bookstein, 1989): a smooth displacement through scattered points."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

STIFFNESS = 2e-4
"""A little smoothing keeps points that nearly meet, as lips do, from folding the picture."""

UNITS_PER_EYE_SPAN = 0.4
"""The kernel is not free of scale; in these units the stiffness is the same at every resolution."""

TINY = 1e-9


def _kernel(squared: torch.Tensor) -> torch.Tensor:
    """r^2 log r^2."""
    return squared * torch.log(squared + TINY)


def displacements(
    targets: NDArray[np.float64],
    sources: NDArray[np.float64],
    at: NDArray[np.float64],
    eye_span_px: float,
) -> NDArray[np.float32]:
    """[m, 2]: where the picture at each of `at` [m, 2] comes from, less itself.

    `targets` and `sources` [n, 2] are the points of the warped and of the original picture. One
    frame at a time: a batched solve may give other bits for another size of batch.
    """
    scale = UNITS_PER_EYE_SPAN / eye_span_px
    points = torch.from_numpy(targets * scale)
    count = len(points)
    system = torch.zeros(count + 3, count + 3, dtype=torch.float64)
    apart = points[:, None] - points[None]
    system[:count, :count] = _kernel((apart * apart).sum(-1)) + STIFFNESS * torch.eye(count)
    system[:count, count] = 1
    system[:count, count + 1 :] = points
    system[count:, :count] = system[:count, count:].T
    ways = torch.zeros(count + 3, 2, dtype=torch.float64)
    ways[:count] = torch.from_numpy(sources - targets)
    weights = torch.linalg.solve(system, ways).float()

    grid = torch.from_numpy(at * scale).float()
    near = points.float()
    across = grid[:, None, 0] - near[None, :, 0]
    down = grid[:, None, 1] - near[None, :, 1]
    bends = _kernel(across * across + down * down) @ weights[:count]
    result: NDArray[np.float32] = (bends + weights[count] + grid @ weights[count + 1 :]).numpy()
    return result
