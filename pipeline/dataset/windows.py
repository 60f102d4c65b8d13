"""The windows of a shot that segments are learned from, and where their mouths are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.conditions.features import TensorRows, frame_windows
from model.conditions.mask import face_mask
from model.conditions.picture import on_canvas
from model.shapes import MOTION_FRAMES, NEW_FRAMES
from pipeline.animatic.points import LIPS, PARTS
from pipeline.dataset.shot import TrainingShot

MOUTH_ROOM = 0.6
"""Room for the mouth's box on every side, in its own size: lips move, and so does the head."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingWindow:
    """Frames of one segment in front of the networks. Pictures are float32 in -1..1.

    `clip` [49, 3, H, W], `motion` [2, 3, H, W], `portrait` and `reference` [1, 3, H, W], `audio`
    [49, 5, blocks, channels], `mouth` bool [H, W].
    """

    clip: Tensor
    motion: Tensor
    portrait: Tensor
    reference: Tensor
    audio: Tensor
    mouth: NDArray[np.bool_]


def window_of(shot: TrainingShot, start: int, *, flipped: bool = False) -> TrainingWindow:
    """New frames start..start + 47 of the shot. At 0 the portrait stands for the motion frames,
    which hear zeros, as in a chain's first segment; later they are the frames before."""
    new = slice(start, start + NEW_FRAMES)
    if not 0 <= start <= len(shot.frames) - NEW_FRAMES or 0 < start < MOTION_FRAMES:
        raise ValueError(f"a shot of {len(shot.frames)} frames has no window at {start}")
    height, width = shot.portrait.shape[:2]
    mask = face_mask(shot.landmarks, height, width)
    portrait = on_canvas(shot.portrait, height, width)
    reference = on_canvas(np.where(mask[:, :, None] > 0, shot.portrait, np.uint8(0)), height, width)
    before = slice(start - MOTION_FRAMES, start)
    motion = unit(shot.frames[before]) if start else portrait.expand(MOTION_FRAMES, -1, -1, -1)
    clip = torch.cat([motion, unit(shot.frames[new])])
    pictures = [clip, motion, portrait, reference]
    mouth = mouth_box(shot.landmarks, height, width)
    if flipped:
        pictures, mouth = [picture.flip(-1) for picture in pictures], mouth[:, ::-1].copy()
    return TrainingWindow(
        clip=pictures[0],
        motion=pictures[1],
        portrait=pictures[2],
        reference=pictures[3],
        audio=heard_rows(torch.from_numpy(shot.speech), start),
        mouth=mouth,
    )


def heard_rows(rows: Tensor, start: int) -> Tensor:
    """[49, 5, blocks, channels]: what the segment's frames hear of the shot's rows."""
    take = TensorRows(rows)
    fresh = frame_windows(take, start, start + NEW_FRAMES)
    if start == 0:
        return torch.cat([fresh.new_zeros(MOTION_FRAMES, *fresh.shape[1:]), fresh])
    return torch.cat([frame_windows(take, start - MOTION_FRAMES, start), fresh])


def unit(frames: NDArray[np.uint8]) -> Tensor:
    """uint8 [n, H, W, 3] -> float32 [n, 3, H, W] in -1..1."""
    pixels = torch.from_numpy(np.array(frames)).permute(0, 3, 1, 2).float()
    return pixels / 127.5 - 1


def mouth_box(landmarks: NDArray[np.float32], height: int, width: int) -> NDArray[np.bool_]:
    """bool [height, width]: a box about the lips of the portrait, with room around it, most below,
    where the chin goes."""
    lips = landmarks[[point for part in LIPS for point in PARTS[part]], :2]
    low, high = lips.min(axis=0), lips.max(axis=0)
    room = MOUTH_ROOM * (high - low).max()
    left, top = np.floor(low - room * np.array([0.75, 0.5])).clip(0).astype(int)
    right, bottom = np.ceil(high + room * np.array([0.75, 1.0])).astype(int)
    box = np.zeros((height, width), np.bool_)
    box[top:bottom, left:right] = True
    return box


def window_starts(frames: int, count: int, rng: np.random.Generator) -> list[int]:
    """Where the windows of a shot begin: its beginning, then anywhere."""
    last = frames - NEW_FRAMES
    if last < MOTION_FRAMES:
        return [0]
    return [0, *rng.integers(MOTION_FRAMES, last + 1, count - 1).tolist()]


def latent_weight(mouth: NDArray[np.bool_], spatial: int, factor: float) -> Tensor:
    """float32 [1, h, w] of mean 1: latents that show the mouth count `factor` times."""
    height, width = mouth.shape
    cells = mouth.reshape(height // spatial, spatial, width // spatial, spatial).mean(axis=(1, 3))
    weight = 1 + (factor - 1) * torch.from_numpy(cells).float()
    return (weight / weight.mean())[None]
