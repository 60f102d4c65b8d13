"""The pattern of a watermark: a tile of weak waves that repeats over the picture.

Spread spectrum after Hartung and Girod (Watermarking of uncompressed and compressed video, 1998),
in tiles after Kalker, Depovere, Haitsma and Maes (JAWS, 1999): each bit turns the sign of several
waves, a quarter of the waves is always the same and tells where the tile lies. The pattern does not
change from frame to frame, so a change of rate leaves it, and what moves averages out.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pipeline.delivery.watermark.payload import CODE_BITS, Mark, code_bits
from pipeline.media.framing import Size

VERSION = 1
"""Of the pattern and of how it is added."""

SMALLEST = 240
"""Lines of the smallest picture that can hold the waves."""

SHORT_SIDE = 480
"""Lines of the grid that waves are counted on, whatever the size of the picture."""

TILE = 160
"""Sides of a tile on that grid."""

LOWEST, HIGHEST = 0.08, 0.22
"""Waves a line of the grid: lower ones are seen, higher ones do not outlive an encode."""

SYNC = 0.25
"""Share of the waves that says nothing but where the tile lies."""

STEPS = 64
"""Of a level, in which the pattern is kept."""

Levels = NDArray[np.int16]
"""[height, width] in `STEPS` of a level, of deviation `STEPS`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Waves:
    """The waves of a key: `at` [n, 2] in the tile's spectrum, their `phase` in radians, and the
    code bit that is the `owner` of each, -1 for those that say where the tile lies."""

    at: NDArray[np.int64]
    phase: NDArray[np.float64]
    owner: NDArray[np.int64]


def holds_mark(size: Size) -> bool:
    """Whether the waves of a picture of this size can be told apart."""
    return min(size.width, size.height) >= SMALLEST


@lru_cache(maxsize=8)
def waves_of(key: bytes) -> Waves:
    """All that a key decides."""
    steps = np.fft.fftfreq(TILE)
    down, right = np.meshgrid(steps, steps, indexing="ij")
    length = np.hypot(down, right)
    half = (right > 0) | ((right == 0) & (down > 0))
    at = np.argwhere((length >= LOWEST) & (length < HIGHEST) & half)
    at = at[np.argsort(_drawn(key, "order", len(at)), kind="stable")]
    fixed = round(SYNC * len(at))
    owner = np.where(np.arange(len(at)) < fixed, -1, (np.arange(len(at)) - fixed) % CODE_BITS)
    return Waves(at=at, phase=_drawn(key, "phase", len(at)) * 2 * np.pi, owner=owner)


def _drawn(key: bytes, purpose: str, count: int) -> NDArray[np.float64]:
    """Uniform numbers below 1, of 32 bits each, the same for ever."""
    blocks = (
        hashlib.sha256(b"\0".join([b"watermark/1", key, purpose.encode(), str(n).encode()]))
        for n in range(-(-count // 8))
    )
    words = np.frombuffer(b"".join(block.digest() for block in blocks), ">u4")
    return words[:count].astype(np.float64) / 2**32


def tile_of(mark: Mark) -> NDArray[np.float64]:
    """The tile [TILE, TILE], of deviation 1."""
    waves = waves_of(mark.key)
    signs = np.where(waves.owner < 0, 1.0, 2.0 * code_bits(mark.payload)[waves.owner] - 1.0)
    spectrum = np.zeros((TILE, TILE), np.complex128)
    spectrum[waves.at[:, 0], waves.at[:, 1]] = signs * np.exp(1j * waves.phase)
    tile = np.fft.ifft2(spectrum).real
    scaled: NDArray[np.float64] = tile / tile.std()
    return scaled


@lru_cache(maxsize=8)
def pattern_of(mark: Mark, width: int, height: int) -> Levels:
    """The pattern of a whole picture."""
    scale = SHORT_SIDE / min(width, height)
    tile = tile_of(mark)
    drawn = _cubic(height, scale) @ tile @ _cubic(width, scale).T
    levels: Levels = np.rint(STEPS * drawn).astype(np.int16)
    levels.flags.writeable = False
    return levels


def _cubic(count: int, scale: float) -> NDArray[np.float64]:
    """[count, TILE]: how pixels are made of the repeating tile (cubic convolution, Keys 1981)."""
    place = np.arange(count) * scale
    first = np.floor(place).astype(np.int64)
    weights = np.zeros((count, TILE))
    for step in range(-1, 3):
        away = np.abs(place - (first + step))
        near = 1.25 * away**3 - 2.25 * away**2 + 1
        far = -0.75 * away**3 + 3.75 * away**2 - 6 * away + 3
        weight = np.where(away <= 1, near, np.where(away < 2, far, 0.0))  # noqa: PLR2004  # its reach
        np.add.at(weights, (np.arange(count), (first + step) % TILE), weight)
    return weights
