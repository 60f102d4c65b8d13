"""How near frames are to others, in value and in colour as people see it, and how sharp."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from model.sampling.colour import to_lab
from pipeline.nouns import Box

Pixels = NDArray[np.uint8]
"""[..., 3] sRGB."""

Lab = NDArray[np.float64]
"""[..., 3]: L 0..100, a, b."""

LEAST_ERROR = 1e-10
"""Of pixels in 0..1: equal pictures get 100 dB and not infinity, which JSON has no word for."""


def psnr_db(frames: Pixels, others: Pixels) -> float:
    """Peak signal-to-noise ratio over all pixels of all frames, in decibels."""
    if frames.shape != others.shape:
        raise ValueError(f"frames {frames.shape} are not compared with frames {others.shape}")
    difference = (frames.astype(np.float32) - others.astype(np.float32)) / 255
    error = float(np.square(difference, dtype=np.float64).mean())
    return float(-10 * np.log10(max(error, LEAST_ERROR)))


def sharpness(frame: Pixels) -> float:
    """Variance of the Laplacian of the picture's grey values 0..255 [height, width, 3]."""
    grey = cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())


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


def background_difference(frame: Pixels, behind: Lab, around: NDArray[np.bool_]) -> float:
    """Mean CIEDE2000 over the pixels `around` the head; `behind` [n, 3] are their colours in the
    portrait."""
    from skimage.color import deltaE_ciede2000  # noqa: PLC0415 - slow to load

    if not len(behind):
        return float("nan")
    differences = deltaE_ciede2000(lab_of(frame[around]), behind)  # type: ignore[no-untyped-call]  # skimage has few types
    return float(differences.mean())
