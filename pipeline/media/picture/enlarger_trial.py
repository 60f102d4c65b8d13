"""The trial of whatever enlarges pictures: two small ones whose look is known."""

from __future__ import annotations

import cv2
import numpy as np

from pipeline.media.picture.optical_flow import Picture

TRIED = ((17, 23), (32, 40))
"""Height and width of the pictures that it is tried with: no multiple of anything, and one of
eight."""

MOST_APART = 0.15
"""The mean difference, of all levels, between what was given and what was made of it, made small
again. The carried networks have 0.04 at most; a picture upside down or mirrored has 0.17, one with
red for blue 0.23, a white one (levels of 0 to 255 taken for 0 to 1) 0.58."""


def trial_pictures() -> tuple[Picture, ...]:
    """Red grows to the right, blue downwards, green nowhere."""
    return tuple(_slope(height, width) for height, width in TRIED)


def _slope(height: int, width: int) -> Picture:
    down, across = np.mgrid[0 : 1 : height * 1j, 0 : 1 : width * 1j]
    colours = np.stack([across, np.full((height, width), 0.25), down], axis=-1)
    return np.asarray(np.rint(colours * 255), np.uint8)


def trial_fault(picture: Picture, made: Picture) -> str:
    """Why `made` is not the picture, larger; "" where it is."""
    small = cv2.resize(made, picture.shape[1::-1], interpolation=cv2.INTER_AREA)
    apart = float(np.abs(small.astype(np.float32) - picture).mean()) / 255
    if apart <= MOST_APART:
        return ""
    return f"gives another picture than it was given (levels differ by {apart:.0%} in the mean)"
