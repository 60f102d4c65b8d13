"""How far backgrounds are from the portrait's as people see it: CIEDE2000 by scikit-image."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from model.sampling.colour import to_lab
from pipeline.nouns import Box

Lab = NDArray[np.float64]
"""[..., 3]: L 0..100, a, b."""

Pixels = NDArray[np.uint8]
"""[n, 3] sRGB."""

Picture = NDArray[np.uint8]
"""[height, width, 3] sRGB."""


def lab_of(pixels: Pixels) -> Lab:
    """[n, 3] of pixels [n, 3] in sRGB."""
    unit = torch.from_numpy(pixels).T[None, :, :, None].double() / 255
    return to_lab(unit)[0, :, :, 0].T.numpy()


def outside(head: Box, height: int, width: int) -> NDArray[np.bool_]:
    """Which pixels [height, width] do not show the head."""
    around = np.ones((height, width), np.bool_)
    top, left = max(0, int(head.top)), max(0, int(head.left))
    around[
        top : -int(-(head.top + head.height) // 1), left : -int(-(head.left + head.width) // 1)
    ] = False
    return around


def background_difference(frame: Picture, behind: Lab, around: NDArray[np.bool_]) -> float:
    """Mean CIEDE2000 over the pixels `around` the head; `behind` [n, 3] are their colours in the
    portrait."""
    from skimage.color import deltaE_ciede2000  # noqa: PLC0415 - slow to load

    if not len(behind):
        return float("nan")
    differences = deltaE_ciede2000(lab_of(frame[around]), behind)  # type: ignore[no-untyped-call]  # skimage has few types
    return float(differences.mean())
