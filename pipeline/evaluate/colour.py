"""Colour differences as people see them: CIEDE2000, in float64 on numpy arrays.

Formula and constants: Sharma, Wu, Dalal, "The CIEDE2000 color-difference formula: implementation
notes, supplementary test data, and mathematical observations", Color Res. Appl. 30 (2005).
"""

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

_SATURATED = 25.0**7


def ciede2000(one: Lab, other: Lab) -> NDArray[np.float64]:
    """The difference [...] of colours [..., 3], with all weights 1. About 1 is just visible."""
    (light1, chroma1, hue1), (light2, chroma2, hue2) = _adjusted(one, other)
    light, chroma = (light1 + light2) / 2, (chroma1 + chroma2) / 2
    grey = chroma1 * chroma2 == 0
    turn = _turn(hue2 - hue1) * ~grey
    hue = _mean_hue(hue1, hue2, grey)
    by_hue = 2 * np.sqrt(chroma1 * chroma2) * _sin(turn / 2)
    light_scale = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    lightness = (light2 - light1) / light_scale
    chromatic = (chroma2 - chroma1) / (1 + 0.045 * chroma)
    hued = by_hue / (1 + 0.015 * chroma * _hue_weight(hue))
    squares = lightness**2 + chromatic**2 + hued**2 + _rotation(hue, chroma) * chromatic * hued
    return np.asarray(np.sqrt(np.maximum(squares, 0)))


def _adjusted(one: Lab, other: Lab) -> list[tuple[Lab, Lab, Lab]]:
    """L, C' and h' (degrees, 0..360) of both: equations 2 to 7 of the paper."""
    mean = (np.hypot(one[..., 1], one[..., 2]) + np.hypot(other[..., 1], other[..., 2])) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + _SATURATED))
    found = []
    for lab in (one, other):
        a, b = lab[..., 1] * stretch, lab[..., 2]
        hue = np.degrees(np.arctan2(b, a)) % 360
        found.append((lab[..., 0], np.hypot(a, b), hue))
    return found


def _turn(difference: Lab) -> Lab:
    """The shorter way round, -180..180 degrees."""
    down = np.where(difference > 180, difference - 360, difference)  # noqa: PLR2004  half a circle
    return np.where(down < -180, down + 360, down)  # noqa: PLR2004


def _mean_hue(one: Lab, other: Lab, grey: NDArray[np.bool_]) -> Lab:
    """Between two hues on the shorter side; a grey has none, so the other's counts."""
    total = one + other
    across = np.abs(one - other) > 180  # noqa: PLR2004  half a circle
    mean = np.where(across, np.where(total < 360, total + 360, total - 360), total) / 2  # noqa: PLR2004
    return np.where(grey, total, mean)


def _hue_weight(hue: Lab) -> Lab:
    cosines = ((-0.17, 1, -30), (0.24, 2, 0), (0.32, 3, 6), (-0.20, 4, -63))
    return np.asarray(1 + sum(size * _cos(times * hue + shift) for size, times, shift in cosines))


def _rotation(hue: Lab, chroma: Lab) -> Lab:
    """The correction for blue."""
    blue = 30 * np.exp(-(((hue - 275) / 25) ** 2))
    return np.asarray(-_sin(2 * blue) * 2 * np.sqrt(chroma**7 / (chroma**7 + _SATURATED)))


def _sin(degrees: Lab) -> Lab:
    return np.asarray(np.sin(np.radians(degrees)))


def _cos(degrees: Lab) -> Lab:
    return np.asarray(np.cos(np.radians(degrees)))


# Backgrounds


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
    if not len(behind):
        return float("nan")
    return float(ciede2000(lab_of(frame[around]), behind).mean())
