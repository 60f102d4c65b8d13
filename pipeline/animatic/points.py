"""Which of the 468 mesh points steer the warp, by the part of the face that they lie on."""

from __future__ import annotations

from typing import Final

import numpy as np

PARTS: Final[dict[str, tuple[int, ...]]] = {
    # Lips run from the picture's left corner to its right; only the upper rows hold the corners.
    "upper_outer": (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    "lower_outer": (146, 91, 181, 84, 17, 314, 405, 321, 375),
    "upper_inner": (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    "lower_inner": (95, 88, 178, 87, 14, 317, 402, 318, 324),
    "oval": (
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ),
    "right_upper_lid": (246, 161, 160, 159, 158, 157, 173),
    "right_lower_lid": (7, 163, 144, 145, 153, 154, 155),
    "left_upper_lid": (466, 388, 387, 386, 385, 384, 398),
    "left_lower_lid": (249, 390, 373, 374, 380, 381, 382),
    "eye_corners": (33, 133, 263, 362),
    "brows": (
        70, 63, 105, 66, 107, 55, 65, 52, 53, 46, 300, 293, 334, 296, 336, 285, 295, 282, 283, 276,
    ),
    "nose": (1, 2, 98, 327, 168, 6, 197, 5, 4, 48, 278, 115, 344),
    "cheeks": (
        50, 280, 205, 425, 36, 266, 101, 330, 187, 411, 207, 427, 216, 436, 212, 432, 202, 422,
    ),
    "chin": (199, 175, 200, 18, 83, 313, 201, 421, 208, 428, 32, 262),
    "lid_folds": (27, 257, 29, 259, 223, 443),
}  # fmt: skip
"""`right` is the person's own right."""

LIPS = ("upper_outer", "lower_outer", "upper_inner", "lower_inner")

INDEX = np.array([point for part in PARTS.values() for point in part])
"""The steering points, part after part."""

RIGHT_EYE, LEFT_EYE = 33, 263
RIGHT_EAR, LEFT_EAR = 234, 454
FOREHEAD, CHIN_TIP = 10, 152


def _slices() -> dict[str, slice]:
    ends = np.cumsum([len(part) for part in PARTS.values()]).tolist()
    return {
        name: slice(end - len(part), end)
        for (name, part), end in zip(PARTS.items(), ends, strict=True)
    }


ROWS: Final = _slices()
"""Where each part lies in an array that follows `INDEX`."""

UPPER_INNER_BETWEEN = slice(ROWS["upper_inner"].start + 1, ROWS["upper_inner"].stop - 1)
"""The upper inner lip without the corners: opposite to `lower_inner`, point by point."""
