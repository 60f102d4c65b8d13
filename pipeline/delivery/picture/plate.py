"""Plate: the drawn frames back in the whole source picture that their portrait was cut from.

The source picture is brought to the delivered shape and size once; each frame is scaled straight
into its place there, so that neither is resampled twice. Towards the edges of that place a frame
fades into the picture, and its colours are levelled with those that the picture has there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from manifests.job import Aspect
from pipeline.delivery.picture.levels import Levels, levels_at
from pipeline.delivery.picture.reframe import (
    Reframing,
    WantedSize,
    reframed,
    reframing,
    scaled,
)
from pipeline.media.framing import Size
from pipeline.media.picture.optical_flow import Picture
from pipeline.nouns import Box, Plate, Take
from pipeline.renderer import Frames

Weights = NDArray[np.float32]
"""[height, width]: the share of the drawn frame, 0 to 1."""

FEATHER = 0.12
"""The widest fade, as a share of the place's shorter side."""

LEAST_FEATHER = 1 / 32
"""The narrowest one: where the head comes nearer to the edge, its rim fades too, or it would be cut
along a line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """A number for each side of a rectangle."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaidPlate:
    """The delivered picture without its head. Frames are scaled to `drawn`; what `shown` names of
    them, as rows and columns, goes to `at`, with the weights of that part."""

    still: Picture
    drawn: Size
    shown: tuple[slice, slice]
    at: tuple[slice, slice]
    weights: Weights
    faded: tuple[tuple[slice, slice], ...]
    levels: Levels


def plate_reframing(plate: Plate, take: Take, aspect: Aspect, size: WantedSize) -> Reframing:
    """How the whole picture is delivered: cropped around the head where the shape is another."""
    across, down = plate.place.width / take.width, plate.place.height / take.height
    head = Box(
        left=plate.place.left + take.head.left * across,
        top=plate.place.top + take.head.top * down,
        width=take.head.width * across,
        height=take.head.height * down,
    )
    return reframing(aspect, "plate", size, Size(width=plate.width, height=plate.height), head)


def lay_plate(source: Picture, plate: Plate, take: Take, wanted: Reframing) -> LaidPlate:
    """The source picture, reframed, with the place where the take's frames go."""
    (still,) = next(reframed(iter([source[None]]), wanted))
    edges = _delivered_edges(plate.place, wanted)
    width, height = edges.right - edges.left, edges.bottom - edges.top
    drawn = Size(width=round(width), height=round(height))
    left, top = round(edges.left), round(edges.top)
    rows = _overlap(top, drawn.height, wanted.top, wanted.inner.height)
    columns = _overlap(left, drawn.width, wanted.left, wanted.inner.width)
    fades = fades_of(plate, take, drawn)
    shown = (_moved(rows, -top), _moved(columns, -left))
    weights = np.ascontiguousarray(weights_of(drawn, fades)[shown])
    at = (rows, columns)
    return LaidPlate(
        still=still,
        drawn=drawn,
        shown=shown,
        at=at,
        weights=weights,
        faded=_strips(weights),
        levels=levels_at(still[at], weights),
    )


def plated(frames: Iterable[Frames], laid: LaidPlate) -> Iterator[Frames]:
    """The delivered pictures, a batch for each that comes."""
    rest = 1 - laid.weights
    for batch in frames:
        shown = np.repeat(laid.still[None], len(batch), axis=0)
        for picture, target in zip(batch, shown, strict=True):
            head = laid.levels.levelled(scaled(picture, laid.drawn)[laid.shown])
            inside = target[laid.at]
            inside[:] = head
            for strip in laid.faded:
                inside[strip] = cv2.blendLinear(
                    np.ascontiguousarray(head[strip]),
                    np.ascontiguousarray(laid.still[laid.at][strip]),
                    np.ascontiguousarray(laid.weights[strip]),
                    np.ascontiguousarray(rest[strip]),
                )
        yield shown


def fades_of(plate: Plate, take: Take, drawn: Size) -> Sides:
    """How wide each edge fades, in pixels at the `drawn` size: up to the head, and not at all where
    the source picture ends there too."""
    place, head = plate.place, take.head
    across, down = drawn.width / take.width, drawn.height / take.height
    short = min(drawn.width, drawn.height)

    def fade(room: float, ends_inside: bool) -> float:
        return min(max(room, LEAST_FEATHER * short), FEATHER * short) if ends_inside else 0.0

    return Sides(
        left=fade(head.left * across, place.left > 0),
        top=fade(head.top * down, place.top > 0),
        right=fade(
            (take.width - head.left - head.width) * across,
            place.left + place.width < plate.width,
        ),
        bottom=fade(
            (take.height - head.top - head.height) * down,
            place.top + place.height < plate.height,
        ),
    )


def weights_of(drawn: Size, fades: Sides) -> Weights:
    """1 inside, 0 at edges that fade; a smooth step between."""
    across = _ramp(drawn.width, fades.left, fades.right)
    down = _ramp(drawn.height, fades.top, fades.bottom)
    return np.asarray(down[:, None] * across[None, :], np.float32)


def _ramp(length: int, first: float, last: float) -> Weights:
    middle = np.arange(length) + 0.5
    rise = np.clip(middle / first, 0, 1) if first else np.ones(length)
    fall = np.clip((length - middle) / last, 0, 1) if last else np.ones(length)
    share = np.minimum(rise, fall)
    return np.asarray(share * share * (3 - 2 * share), np.float32)


def _delivered_edges(place: Box, wanted: Reframing) -> Sides:
    """The edges of the place in delivered pixels."""
    crop, inner = wanted.crop, wanted.inner
    across, down = inner.width / crop.width, inner.height / crop.height
    return Sides(
        left=wanted.left + (place.left - crop.left) * across,
        top=wanted.top + (place.top - crop.top) * down,
        right=wanted.left + (place.left + place.width - crop.left) * across,
        bottom=wanted.top + (place.top + place.height - crop.top) * down,
    )


def _overlap(start: int, length: int, first: int, room: int) -> slice:
    return slice(max(start, first), min(start + length, first + room))


def _moved(part: slice, by: int) -> slice:
    return slice(part.start + by, part.stop + by)


def _strips(weights: Weights) -> tuple[tuple[slice, slice], ...]:
    """The four parts around the whole rows and columns of weight 1."""
    height, width = weights.shape
    rows = np.flatnonzero(weights.max(axis=1) >= 1)
    columns = np.flatnonzero(weights.max(axis=0) >= 1)
    top, bottom = (int(rows[0]), int(rows[-1]) + 1) if len(rows) else (height, height)
    left, right = (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (width, width)
    parts = (
        (slice(0, top), slice(0, width)),
        (slice(bottom, height), slice(0, width)),
        (slice(top, bottom), slice(0, left)),
        (slice(top, bottom), slice(right, width)),
    )
    return tuple((r, c) for r, c in parts if r.stop > r.start and c.stop > c.start)
