"""How a portrait meets its preset's canvas, and where the head is in the frames that come back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from manifests.job import Job
from pipeline.media.face.face import bounds, head_box
from pipeline.media.framing import Size, frame_face
from pipeline.media.picture.image import cut_out
from pipeline.media.picture.scale import resize
from pipeline.nouns import Box
from pipeline.presets import Preset

Pixels = NDArray[np.uint8]
"""[height, width, 3] RGB."""

Points = NDArray[np.float32]
"""[468, 3]: the face mesh in pixels."""

MOST_ENLARGED = 2.0


def framed_on_canvas(
    image: Pixels, points: Points, job: Job, preset: Preset
) -> tuple[Pixels, Points]:
    """Head and shoulders at the canvas' size; the whole picture for a renderer without a canvas,
    and for `exact`, where the network itself crops as the original does."""
    if preset.canvas is None or job.framing == "exact":
        return image, points
    canvas = Size(width=preset.canvas[0], height=preset.canvas[1])
    height, width = image.shape[:2]
    head = head_box(points, width, height)
    crop = frame_face(width, height, head, canvas, preset.head_share)
    across, down = canvas.width / crop.size.width, canvas.height / crop.size.height
    shift = np.array([crop.pad_left - crop.left, crop.pad_top - crop.top, 0.0])
    moved = ((points + shift) * np.array([across, down, across])).astype(np.float32)
    return resize(cut_out(image, crop), canvas), moved


def enlarged_warning(before: Points, after: Points, name: str) -> tuple[str, ...]:
    """What is said where the canvas makes a small face large: nothing becomes finer by that."""
    scale = bounds(after).height / max(bounds(before).height, 1e-6)
    if scale <= MOST_ENLARGED:
        return ()
    told = f"small_face: the face in {name} is drawn {scale:.1f} times as large as it is; "
    return (f"{told}a closer picture is sharper",)


def drawn_size(framed: Pixels, preset: Preset) -> Size:
    """The size of the frames that will be drawn: a square portrait comes back square."""
    height, width = framed.shape[:2]
    if preset.canvas is None:
        return Size(width=width, height=height)
    side = min(preset.canvas)
    square = Size(width=side, height=side)
    return square if width == height else Size(width=preset.canvas[0], height=preset.canvas[1])


def drawn_head(head: Box, framed: Pixels, size: Size) -> Box:
    """The head's box in the frames that will be drawn: the picture covers them, centred."""
    height, width = framed.shape[:2]
    scale = max(size.width / width, size.height / height)
    left, top = (size.width - width * scale) / 2, (size.height - height * scale) / 2
    return Box(
        left=head.left * scale + left,
        top=head.top * scale + top,
        width=head.width * scale,
        height=head.height * scale,
    )
