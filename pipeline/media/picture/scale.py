"""A picture brought to the size of its canvas."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipeline.media.framing import Size


def resize(image: NDArray[np.uint8], size: Size) -> NDArray[np.uint8]:
    """The picture [H, W, 3] at `size` (Lanczos); cropped instead where only an odd row or column
    is in the way."""
    height, width = image.shape[:2]
    if 0 <= width - size.width <= 1 and 0 <= height - size.height <= 1:
        return np.ascontiguousarray(image[: size.height, : size.width])
    picture = Image.fromarray(image)
    return np.asarray(picture.resize((size.width, size.height), Image.Resampling.LANCZOS))
