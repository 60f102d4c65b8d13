"""Reads the watermark out of any copy of a video."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.delivery.watermark.pattern import SHORT_SIDE, TILE, Waves, waves_of
from pipeline.delivery.watermark.payload import CODE_BITS, PUBLIC_KEY, Soft, payload_of
from pipeline.media.picture.video_reader import open_footage

MOST_FRAMES = 150
"""Frames that are averaged: six seconds."""

SURE = 5.2
"""Deviations that the place of the tile must stand out by. Among the 25,600 places of a picture
without a mark one reaches it by chance in one of 400 readings, and then the checksum is right by
chance once in 65,536: a mark that is not there is read once in 25 million, or with a search for
cuts once in 90,000."""

CUT_SCALES = tuple(np.geomspace(1.0, 0.5, 281)[1:])
"""How much of the short side a cut copy may show, in steps that a tile's waves still follow."""

LONGEST, LONGEST_CUT = 20.0, 4.0
"""Times the short side: no delivered picture is longer, and a search for cuts takes minutes in what
is longer than any that people cut out."""

Gray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkFound:
    """A payload in hexadecimal digits; the tile stood out by `sureness` deviations. `cut` is the
    share of the short side that the copy shows."""

    payload: str
    sureness: float
    cut: float = 1.0


def read_mark(path: Path, key: bytes = PUBLIC_KEY, *, cut: bool = False) -> MarkFound | None:
    """The mark of a video file, or None. With `cut` also one whose edges were cut off, which takes
    seconds. Raises `BadInput` for a file that cannot be read."""
    footage = open_footage(path, name=path.name)
    mean = mean_luma(islice(footage.frames(), MOST_FRAMES))
    return None if mean is None else mark_in(mean, key, cut=cut)


def mean_luma(frames: Iterable[NDArray[np.uint8]]) -> Gray | None:
    """Of frames [height, width, 3] of one size; None of none."""
    total: NDArray[np.uint32] | None = None
    count = 0
    for frame in frames:
        luma = np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint32)
        total = luma if total is None else total + luma
        count += 1
    return None if total is None else (total / count).astype(np.float32)


def mark_in(mean: Gray, key: bytes = PUBLIC_KEY, *, cut: bool = False) -> MarkFound | None:
    """The mark of a mean of frames."""
    waves, longer = waves_of(key), max(mean.shape) / min(mean.shape)
    shares = (1.0, *CUT_SCALES) if cut and longer <= LONGEST_CUT else (1.0,)
    for share in shares if longer <= LONGEST else ():
        seen = _seen(_residual(_on_grid(mean, share)), waves)
        sureness, down, right = _tile_place(seen, waves)
        if sureness < SURE:
            continue
        payload = payload_of(_soft(seen, waves, down, right))
        if payload is not None:
            return MarkFound(payload=payload, sureness=sureness, cut=float(share))
    return None


def _on_grid(mean: Gray, share: float) -> Gray:
    """The picture in the size that it has on the grid, when it shows that share of its lines."""
    height, width = mean.shape
    scale = SHORT_SIDE * share / min(height, width)
    size = (round(width * scale), round(height * scale))
    shrinks = scale < 1
    return cv2.resize(mean, size, interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_CUBIC)  # type: ignore[return-value]  # cv2 has wide types


def _residual(mean: Gray) -> NDArray[np.float64]:
    """What stands off from its surroundings, held to what is usual there: the picture itself is the
    noise, and its edges would drown all else."""
    off = mean.astype(np.float64) - cv2.GaussianBlur(mean, (0, 0), 3.5)
    return off / (cv2.blur(off * off, (15, 15)) + 0.5)


def _seen(residual: NDArray[np.float64], waves: Waves) -> NDArray[np.complex128]:
    """All tiles on top of each other, at the waves."""
    height, width = residual.shape
    rows, columns = -(-height // TILE), -(-width // TILE)
    whole = np.zeros((rows * TILE, columns * TILE))
    whole[:height, :width] = residual
    tile = whole.reshape(rows, TILE, columns, TILE).sum(axis=(0, 2))
    return np.fft.fft2(tile)[waves.at[:, 0], waves.at[:, 1]]


def _tile_place(seen: NDArray[np.complex128], waves: Waves) -> tuple[float, int, int]:
    """Where the waves that say nothing else agree best (phase correlation), and by how many
    deviations of chance."""
    fixed = waves.owner < 0
    spectrum = np.zeros((TILE, TILE), np.complex128)
    direction = seen[fixed] / np.maximum(np.abs(seen[fixed]), 1e-12)
    at = waves.at[fixed]
    spectrum[at[:, 0], at[:, 1]] = direction * np.exp(-1j * waves.phase[fixed])
    agreement = np.fft.ifft2(spectrum).real * TILE * TILE / np.sqrt(fixed.sum() / 2)
    best = int(agreement.argmax())
    return float(agreement.flat[best]), best // TILE, best % TILE


def _soft(seen: NDArray[np.complex128], waves: Waves, down: int, right: int) -> Soft:
    """How likely each code bit is 1, of the waves that it owns; waves of one length are held to
    what is usual among them, and count as much as those that are known agree there."""
    turned = np.exp(2j * np.pi * (waves.at @ np.array([down, right])) / TILE - 1j * waves.phase)
    said = (seen * turned).real
    steps = np.where(waves.at > TILE // 2, waves.at - TILE, waves.at)
    ring = np.hypot(steps[:, 0], steps[:, 1]).astype(np.int64)
    for length in np.unique(ring):
        said[ring == length] /= np.sqrt(np.mean(np.abs(seen[ring == length]) ** 2)) + 1e-12
    said *= _trust(said, ring, waves.owner < 0)
    owned = waves.owner >= 0
    return np.bincount(waves.owner[owned], said[owned], CODE_BITS).astype(np.float64)


def _trust(
    said: NDArray[np.float64], ring: NDArray[np.int64], fixed: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Of each wave: how well those of about its length agree that are always the same."""
    trust = np.zeros_like(said)
    for length in np.unique(ring):
        near = fixed & (np.abs(ring - length) <= 6)  # noqa: PLR2004  # rings of a like fate
        agreed = said[near].sum() / np.sqrt(near.sum() * (said[near] ** 2).sum() + 1e-12)
        trust[ring == length] = max(0.05, agreed)
    return trust
