"""Whether a face is in focus: a sharp mouth drawn on a blurred face is seen at once."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.media.face.face import head_box

SIDE = 160
"""Pixels to which a head is scaled before it is measured, so that its size does not count."""

LEAST_DETAIL = 8.0
"""Variance of the Laplacian of grey values. Thirteen sharp portraits had 33 to 1,220; blurred by
2 % of the head's width they had 2.6 to 7."""


def detail_of(picture: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> float:
    """How much fine detail the head in a picture [H, W, 3] has; `landmarks` are [468, 3] pixels."""
    box = head_box(landmarks, picture.shape[1], picture.shape[0])
    left, top = int(box.left), int(box.top)
    head = picture[top : top + max(1, int(box.height)), left : left + max(1, int(box.width))]
    grey = cv2.cvtColor(head, cv2.COLOR_RGB2GRAY)
    scaled = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(scaled, cv2.CV_64F).var())


def focus_warnings(
    picture: NDArray[np.uint8], landmarks: NDArray[np.float32], name: str
) -> tuple[str, ...]:
    """A warning for a face that is out of focus, or was enlarged from a very small picture."""
    if detail_of(picture, landmarks) >= LEAST_DETAIL:
        return ()
    told = (
        f"portrait_blurred: the face in {name} is out of focus or was enlarged, so its drawn mouth"
        " will look sharper than it; give a sharper portrait"
    )
    return (told,)
