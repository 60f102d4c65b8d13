"""Where two videos part, frame by frame as they flow."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipeline.media.read_back import HeaderFacts, header_of, samples_digest, stored_pictures

Picture = NDArray[np.uint8]

LEAST_ERROR = 1e-10
"""Of pixels in 0..1: an error below any that 8 bits of a picture can have is told as 100 dB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureDifference:
    """Frames of both, how many `differ` (of those that both have), the `first` that does and the
    `worst` with its decibels; None where none does. Of another size nothing is compared."""

    frames_one: int
    frames_other: int
    differ: int = 0
    first: int | None = None
    worst: int | None = None
    worst_db: float | None = None
    other_size: bool = False

    @property
    def same(self) -> bool:
        return not self.differ and self.frames_one == self.frames_other and not self.other_size


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoDifference:
    """Of two files of one profile: their pictures, the times of the first and the worst frame by
    the rate of the first file, and whether all samples of sound are the same."""

    profile: str
    pictures: PictureDifference
    first_s: float | None
    worst_s: float | None
    same_sound: bool


def picture_difference(ones: Iterable[Picture], others: Iterable[Picture]) -> PictureDifference:
    """Two frames are in memory at a time."""
    counts, differ = [0, 0], 0
    first: int | None = None
    worst: tuple[float, int] | None = None
    other_size = False
    for index, pair in enumerate(zip_longest(ones, others)):
        one, other = pair
        counts = [count + (frame is not None) for count, frame in zip(counts, pair, strict=True)]
        if one is None or other is None or (one.shape == other.shape and (one == other).all()):
            continue
        differ, first = differ + 1, index if first is None else first
        if one.shape != other.shape:
            other_size = True
        elif worst is None or frame_psnr_db(one, other) < worst[0]:
            worst = (frame_psnr_db(one, other), index)
    return PictureDifference(
        frames_one=counts[0],
        frames_other=counts[1],
        differ=differ,
        first=first,
        worst=None if worst is None else worst[1],
        worst_db=None if worst is None else worst[0],
        other_size=other_size,
    )


def frame_psnr_db(one: Picture, other: Picture) -> float:
    """Peak signal-to-noise ratio of two frames of one size, in decibels."""
    apart = (one.astype(np.float32) - other.astype(np.float32)) / 255
    error = float(np.square(apart, dtype=np.float64).mean())
    return float(-10 * np.log10(max(error, LEAST_ERROR)))


def video_difference(profile: str, one: Path, other: Path) -> VideoDifference:
    """Raises `BadInput` `delivery_unreadable`."""
    header = header_of(one)
    pictures = picture_difference(stored_pictures(one), stored_pictures(other))
    return VideoDifference(
        profile=profile,
        pictures=pictures,
        first_s=_at_s(pictures.first, header),
        worst_s=_at_s(pictures.worst, header),
        same_sound=samples_digest(one) == samples_digest(other),
    )


def _at_s(frame: int | None, header: HeaderFacts) -> float | None:
    if frame is None or not header.rate:
        return None
    return float(Fraction(frame) / header.rate)


def line_of_video(found: VideoDifference) -> str:
    """For people."""
    pictures, sound = found.pictures, "the same" if found.same_sound else "other"
    told = f"  video {found.profile}: sound {sound}; "
    if pictures.other_size:
        return f"{told}frames of another size"
    if pictures.same:
        return f"{told}all {pictures.frames_one} frames the same"
    frames = f"{pictures.differ} of {min(pictures.frames_one, pictures.frames_other)} frames differ"
    if pictures.frames_one != pictures.frames_other:
        frames += f", {pictures.frames_one} -> {pictures.frames_other} frames"
    if pictures.worst is None:
        return f"{told}{frames}"
    return (
        f"{told}{frames}, from frame {pictures.first} ({_shown_s(found.first_s)}) on; the worst is"
        f" frame {pictures.worst} ({_shown_s(found.worst_s)}) with {pictures.worst_db:.1f} dB"
    )


def _shown_s(at_s: float | None) -> str:
    return "no rate" if at_s is None else f"{at_s:.2f} s"
