"""Pictures of a take to look at: a poster, and a contact sheet of frames with their time codes.

Both are made of the lossless frames that the videos are made of, a few of them; one piece of the
reel is read at a time.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from manifests.errors import Transient
from model.shapes import FPS
from pipeline.media.face.facemesh import crop_around, fit_mesh, load_mesh
from pipeline.media.framing import Crop
from pipeline.media.video import read_frames
from pipeline.nouns import Reel
from pipeline.workspace.copies import DAMAGED
from pipeline.workspace.workspace import Workspace

Still = NDArray[np.uint8]
"""[height, width, 3] RGB."""

LOOKED_AT = 16
"""Frames at even times that a sheet shows, and that a poster is chosen of."""

COLUMNS = 4
THUMB_WIDTH, LABEL_HEIGHT, MARGIN = 320, 30, 10
PAPER, INK = (24, 24, 24), (235, 235, 235)
QUALITY = 92

RIGHT_EYE, LEFT_EYE = 33, 263
EYES = ((159, 145, 33, 133), (386, 374, 362, 263))
"""Of each eye the middles of its lids, then its corners, in the face mesh."""

LIPS = (13, 14, 61, 291)
"""The inner middles of the lips, then the corners of the mouth."""

OPEN = 0.85
"""Eyes are open that are at least this part as far open as at the widest moment looked at."""

LEAST_PRESENCE = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """How far eyes and mouth are open, as a part of their width."""

    frame: int
    eyes: float
    mouth: float


def even_frames(frames: int, count: int = LOOKED_AT) -> tuple[int, ...]:
    """The middles of `count` equal parts of a take, each frame once."""
    return tuple(dict.fromkeys((2 * k + 1) * frames // (2 * count) for k in range(count)))


def frames_at(reel: Reel, wanted: Sequence[int], workspace: Workspace) -> Iterator[Still]:
    """These frames of a reel, in ascending order; pieces without one are not read."""
    left, at = list(wanted), 0
    for piece in reel.pieces:
        here = [frame - at for frame in left if frame < at + piece.frames]
        left, at = left[len(here) :], at + piece.frames
        if not here:
            continue
        with workspace.scratch_dir() as desk:
            yield from _shown(workspace.fetch(piece.video, desk), [piece.skip + n for n in here])
            workspace.evict(piece.video, desk)


def _shown(path: Path, numbers: Sequence[int]) -> Iterator[Still]:
    first, left = 0, list(numbers)
    for batch in read_frames(path):
        while left and left[0] < first + len(batch):
            yield batch[left.pop(0) - first]
        first += len(batch)
    if left:
        raise Transient(DAMAGED, f"{path} has {first} frames only")


def poster_frame(seen: Sequence[Expression], frames: int) -> int:
    """The frame with the mouth the nearest to closed among those with open eyes; of a face that is
    seen nowhere, the middle one."""
    if not seen:
        return frames // 2
    widest = max(each.eyes for each in seen)
    awake = [each for each in seen if each.eyes >= OPEN * widest]
    return min(awake, key=lambda each: (each.mouth, each.frame)).frame


def expressions(
    reel: Reel, landmarks: NDArray[np.float32], workspace: Workspace
) -> Iterator[Expression]:
    """What the face does at even times, looked for where it is in the portrait."""
    numbers = even_frames(reel.take.frames)
    flat = landmarks[:, :2]
    crop = crop_around(flat, flat[RIGHT_EYE], flat[LEFT_EYE])
    for number, frame in zip(numbers, frames_at(reel, numbers, workspace), strict=True):
        mesh = fit_mesh(np.ascontiguousarray(frame), crop)
        if mesh.presence >= LEAST_PRESENCE:
            eyes = [_openness(mesh.points, eye) for eye in EYES]
            mouth = _openness(mesh.points, LIPS)
            yield Expression(frame=number, eyes=min(eyes), mouth=mouth)


def _openness(points: NDArray[np.float32], part: tuple[int, int, int, int]) -> float:
    upper, lower, one, other = (points[index, :2] for index in part)
    return float(np.linalg.norm(upper - lower)) / max(float(np.linalg.norm(one - other)), 1e-6)


def poster(reel: Reel, crop: Crop, landmarks: Path, comment: str, workspace: Workspace) -> bytes:
    """A JPEG of one frame, cropped as the video is."""
    seen = tuple(expressions(reel, load_mesh(landmarks), workspace))
    (frame,) = frames_at(reel, [poster_frame(seen, reel.take.frames)], workspace)
    return _jpeg(Image.fromarray(shown_part(frame, crop)), comment)


def sheet_of_frames(
    reel: Reel, crop: Crop, headline: str, comment: str, workspace: Workspace
) -> bytes:
    """A JPEG of frames at even times, each with its time code at 25 frames a second."""
    numbers = even_frames(reel.take.frames)
    height = max(1, round(THUMB_WIDTH * crop.size.height / crop.size.width))
    cell = (THUMB_WIDTH + MARGIN, height + LABEL_HEIGHT)
    rows = -(-len(numbers) // COLUMNS)
    size = (COLUMNS * cell[0] + MARGIN, rows * cell[1] + LABEL_HEIGHT + MARGIN)
    sheet = Image.new("RGB", size, PAPER)
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=16)
    pen.text((MARGIN, MARGIN // 2), headline, fill=INK, font=font)
    frames = frames_at(reel, numbers, workspace)
    for place, (number, frame) in enumerate(zip(numbers, frames, strict=True)):
        thumb = Image.fromarray(shown_part(frame, crop)).resize((THUMB_WIDTH, height))
        left = MARGIN + place % COLUMNS * cell[0]
        top = LABEL_HEIGHT + place // COLUMNS * cell[1]
        sheet.paste(thumb, (left, top))
        pen.text((left, top + height + 5), frame_timecode(number), fill=INK, font=font)
    return _jpeg(sheet, comment)


def frame_timecode(frame: int) -> str:
    """Hours, minutes, seconds and frames."""
    seconds, frames = divmod(frame, FPS)
    minutes, seconds = divmod(seconds, 60)
    return f"{minutes // 60:02}:{minutes % 60:02}:{seconds:02}:{frames:02}"


def shown_part(frame: Still, crop: Crop) -> Still:
    """What of a frame is delivered, with its borders."""
    inside = frame[crop.top : crop.top + crop.height, crop.left : crop.left + crop.width]
    pads = ((crop.pad_top, crop.pad_bottom), (crop.pad_left, crop.pad_right), (0, 0))
    return np.ascontiguousarray(np.pad(inside, pads))


def _jpeg(picture: Image.Image, comment: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, subsampling=0, comment=comment.encode())
    return file.getvalue()
