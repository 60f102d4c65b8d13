"""A blink as its own small warp: lids slide over the eye, and nothing but lid and eye moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.animatic.points import ROWS
from pipeline.animatic.region import Patch
from pipeline.animatic.rest import Points
from pipeline.animatic.rig import Frame

SHUT = 0.80
"""The share of the eye that a full blink covers: its lashes stay as a dark line."""

FOLD, FOLD_TO_BROW = 1.1, 0.75
"""The skin that stretches reaches up by this many eye openings, or this far towards the brow."""

Plane = NDArray[np.float64]


class Eye(NamedTuple):
    """One eye's rows among the steering points: lids, corners, the brow's lower edge."""

    upper: slice
    lower: slice
    corners: slice
    brow: slice


def _part(name: str, first: int, last: int) -> slice:
    return slice(ROWS[name].start + first, ROWS[name].start + last)


EYES = (
    Eye(
        upper=ROWS["right_upper_lid"],
        lower=ROWS["right_lower_lid"],
        corners=_part("eye_corners", 0, 2),
        brow=_part("brows", 5, 10),
    ),
    Eye(
        upper=ROWS["left_upper_lid"],
        lower=ROWS["left_lower_lid"],
        corners=_part("eye_corners", 2, 4),
        brow=_part("brows", 15, 20),
    ),
)


def blink_ways(
    points: NDArray[np.float64], frame: Frame, within: Patch, closure: float
) -> Iterator[tuple[Patch, NDArray[np.float32]]]:
    """Per eye: the patch of the picture that moves, and [height, width, 2] where it comes from."""
    posed = frame.enter(points)
    for eye in EYES:
        patch = _patch(points[eye.lower], points[eye.brow], frame).cut(within)
        if patch.width <= 0 or patch.height <= 0:
            continue
        rows, columns = np.mgrid[patch.top : patch.bottom, patch.left : patch.right]
        pixels = np.stack([columns, rows], axis=-1).reshape(-1, 2).astype(np.float64)
        at = frame.enter(pixels)
        ways = _lid_ways(posed, eye, at, closure * SHUT)[:, None] * frame.axes[1]
        yield patch, ways.reshape(patch.height, patch.width, 2).astype(np.float32)


def _patch(lid: NDArray[np.float64], brow: NDArray[np.float64], frame: Frame) -> Patch:
    around = np.concatenate([lid, brow])
    room = 0.3 * frame.unit
    left, top = np.floor(around.min(axis=0) - room).astype(int).tolist()
    right, bottom = np.ceil(around.max(axis=0) + room).astype(int).tolist()
    return Patch(left=left, top=top, right=right, bottom=bottom)


def _lid_ways(posed: Points, eye: Eye, at: Points, shut: float) -> Plane:
    """[m]: how far down (up, when negative) each point of the blinking picture comes from."""
    corners = posed[eye.corners]
    upper = _line(np.concatenate([corners, posed[eye.upper]]), at[:, 0])
    lower = _line(np.concatenate([corners, posed[eye.lower]]), at[:, 0])
    opening = np.clip(lower - upper, 0, None)
    to_brow = np.clip(upper - _line(posed[eye.brow], at[:, 0]), 0, None)
    skin = np.minimum(FOLD * opening, FOLD_TO_BROW * to_brow)
    lid = upper + shut * opening
    y = at[:, 1]
    on_lid = upper - skin + (y - upper + skin) * skin / (skin + shut * opening + 1e-9)
    on_eye = lower - (lower - y) / (1 - shut)
    source = np.where(y < lid, on_lid, on_eye)
    moves = (opening > 0) & (y > upper - skin) & (y < lower)
    ways: Plane = np.where(moves, source - y, 0.0)
    return ways


def _line(points: Points, x: Plane) -> Plane:
    order = np.argsort(points[:, 0], kind="stable")
    return np.asarray(np.interp(x, points[order, 0], points[order, 1]))
