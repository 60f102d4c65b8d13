"""Levels: the colours of a drawn frame levelled with the picture around it.

A network's colours are off by some levels, at each side by others. What a frame differs by near its
faded edges, measured in few large cells, is fitted by a plane for each channel; what moves there
(hair, shoulders) counts little. Each frame is levelled by itself alone, so that it looks the same
whatever comes before it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.media.picture.optical_flow import Picture

CELLS = 16
"""A side of the grid that differences are measured in."""

OUTLYING = 10.0
"""Levels by which a cell may differ from the median of all; more is something that moved."""

MOST = 20.0
"""Levels that a colour is changed by at most."""

LEAST = 0.5
"""Less than this everywhere is left alone."""

SLOPES_COST = 0.05
"""Ridge on the plane's slopes: one faded side alone does not tell what the opposite one needs."""

Plane = NDArray[np.float64]
"""[3, channels]: its height in the middle, and the slopes to the right and down."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Levels:
    """`wanted` [cells, 3] are the colours of the cells in `rim`; `solver` [3, cells] fits a plane
    to their differences. Without cells nothing is changed."""

    wanted: NDArray[np.float64]
    rim: NDArray[np.bool_]
    solver: NDArray[np.float64]

    def levelled(self, drawn: Picture) -> Picture:
        """The frame with the plane of its differences added."""
        if not len(self.wanted):
            return drawn
        plane = self.plane_of(drawn)
        corners = np.clip(_CORNERS @ plane, -MOST, MOST)
        if np.abs(corners).max() < LEAST:
            return drawn
        small = np.rint(corners + 128).astype(np.uint8).reshape(2, 2, 3)
        size = (drawn.shape[1], drawn.shape[0])
        field = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
        level: Picture = np.asarray(cv2.addWeighted(drawn, 1, field, 1, -128), np.uint8)
        return level

    def plane_of(self, drawn: Picture) -> Plane:
        """What has to be added to the frame, as a plane for each channel."""
        missing = self.wanted - _cells(drawn)[self.rim]
        middle = np.median(missing, axis=0)
        near = np.clip(missing, middle - OUTLYING, middle + OUTLYING)
        plane: Plane = self.solver @ near
        return plane


def levels_at(still: Picture, weights: NDArray[np.float32]) -> Levels:
    """Levels of frames that fade into this part of the picture with these weights."""
    faded = cv2.resize(weights, (CELLS, CELLS), interpolation=cv2.INTER_AREA) < 1 - 1e-3
    down, right = (np.mgrid[0:CELLS, 0:CELLS] + 0.5) / CELLS * 2 - 1
    basis = np.stack([np.ones((CELLS, CELLS)), right, down], axis=-1)[faded]
    ridge = np.diag([0.0, SLOPES_COST, SLOPES_COST]) * len(basis)
    squares = basis.T @ basis + ridge
    solver = np.linalg.solve(squares, basis.T) if len(basis) else np.zeros((3, 0))
    return Levels(wanted=_cells(still)[faded], rim=faded, solver=solver)


_CORNERS = np.array([[1, -1, -1], [1, 1, -1], [1, -1, 1], [1, 1, 1]], np.float64)


def _cells(picture: Picture) -> NDArray[np.float64]:
    """[CELLS, CELLS, 3]: the mean colour of each."""
    small = cv2.resize(picture, (CELLS, CELLS), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float64)
