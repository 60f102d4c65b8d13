"""The way of a picture: plate, crop and scale, conform, captions, watermark. Each step takes frames
and gives frames, and holds no more than a few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.delivery.parts import PicturePart
from pipeline.delivery.picture.conform import ConformPlan, conformed
from pipeline.delivery.picture.reframe import Reframing, reframed
from pipeline.media.drawn_captions import with_captions
from pipeline.media.framing import Size
from pipeline.renderer import Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPicture:
    """The picture of a file: what of the drawn frames it shows, how large, at which times, and the
    names of its parts."""

    reframing: Reframing
    conform: ConformPlan
    parts: tuple[PicturePart, ...]
    part_names: tuple[str, ...]

    @property
    def size(self) -> Size:
        return self.reframing.size

    @property
    def frames(self) -> int:
        return self.parts[-1].stop

    @property
    def rate(self) -> Fraction:
        return self.conform.rate


def pictures_of(
    drawn: Iterator[Frames], picture: PlannedPicture, captions: Path | None
) -> Iterator[Frames]:
    """The delivered frames of the drawn ones; `captions` is a script of ASS."""
    frames = reframed(drawn, picture.reframing)
    frames = conformed(frames, picture.conform)
    if captions is not None:
        frames = with_captions(frames, captions, picture.size, picture.rate)
    return frames
