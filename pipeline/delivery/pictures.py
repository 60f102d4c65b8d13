"""The way of a picture: plate, crop and scale, conform, captions, watermark. Each step takes frames
and gives frames, and holds no more than a few."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from pipeline.delivery.parts import PicturePart
from pipeline.delivery.picture.conform import ConformPlan, conformed
from pipeline.delivery.picture.handles import with_handles
from pipeline.delivery.picture.notice import Notice, with_notice
from pipeline.delivery.picture.plate import LaidPlate, plated
from pipeline.delivery.picture.reframe import Reframing, reframed
from pipeline.delivery.watermark.embed import watermarked
from pipeline.delivery.watermark.payload import Mark
from pipeline.media.framing import Size
from pipeline.media.picture.optical_flow import Picture
from pipeline.media.video import with_captions
from pipeline.nouns import Plate
from pipeline.renderer import Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPicture:
    """The picture of a file: what of the drawn frames it shows, or of the plate that they are laid
    into, how large, at which times, and the names of its parts. `handle` frames are held on either
    side; the `slate` says these facts, if any. The `notice` is seen in a corner, the `mark` not
    at all."""

    reframing: Reframing
    conform: ConformPlan
    parts: tuple[PicturePart, ...]
    part_names: tuple[str, ...]
    plate: Plate | None = None
    handle: int = 0
    slate: tuple[tuple[str, str], ...] = ()
    notice: str = ""
    mark: Mark | None = None

    @property
    def size(self) -> Size:
        return self.reframing.size

    @property
    def frames(self) -> int:
        return self.parts[-1].stop

    @property
    def rate(self) -> Fraction:
        return self.conform.rate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scenery:
    """What is not drawn by a renderer: plate, slate and notice, and `captions`, a script of ASS."""

    plate: LaidPlate | None = None
    slate: Picture | None = None
    captions: Path | None = None
    notice: Notice | None = None


def pictures_of(
    drawn: Iterator[Frames], picture: PlannedPicture, scenery: Scenery
) -> Iterator[Frames]:
    """The delivered frames of the drawn ones."""
    if scenery.plate is not None:
        frames = plated(drawn, scenery.plate)
    else:
        frames = reframed(drawn, picture.reframing)
    frames = conformed(frames, picture.conform)
    if picture.handle:
        frames = with_handles(frames, picture.handle, scenery.slate)
    if scenery.captions is not None:
        lead = picture.handle
        frames = with_captions(frames, scenery.captions, picture.size, picture.rate, lead)
    if scenery.notice is not None:
        frames = with_notice(frames, scenery.notice)
    return watermarked(frames, picture.mark)
