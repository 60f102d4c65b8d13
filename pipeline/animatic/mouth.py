"""The inside of an open mouth: where it shows between the lips, and what is painted there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import (  # type: ignore[import-untyped]  # it ships no types
    PchipInterpolator,
)
from scipy.special import expit  # type: ignore[import-untyped]  # it ships no types

from pipeline.animatic.points import PARTS, ROWS
from pipeline.animatic.region import Patch
from pipeline.animatic.rig import Pose

Plane: TypeAlias = NDArray[np.floating]
"""[height, width] of the mouth's patch."""

UNITS_PER_EYE_SPAN = 73.0
"""Sizes inside the mouth are in units of 1/73 eye span: about 1.2 mm."""

USUAL_SKIN = np.array([0.76, 0.60, 0.50])
SHADE_GAMMA = 1.3
"""A mouth lies deeper in the dark than the cheeks do."""

CURVE_KNOTS = 65

FLESH: Final = (0.20, 0.055, 0.055)
TONGUE: Final = (0.60, 0.26, 0.25)
LOWER_TEETH: Final = (0.66, 0.60, 0.54)
UPPER_TEETH: Final = (0.90, 0.86, 0.80)

TONGUE_HALF, LOWER_HALF, UPPER_HALF = 15.0, 13.0, 17.0
"""Half widths of the tongue and of the rows of teeth."""

UPPER_LENGTH = 4.6
"""How far the upper teeth show below the line of the closed lips."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """The portrait's light: its `level` and its `tint` [3], 1 for evenly lit usual skin."""

    level: float
    tint: NDArray[np.float64]

    def colour(self, rgb: tuple[float, float, float]) -> NDArray[np.float32]:
        """[3] from 0 to 1: `rgb` as it would look in this light."""
        return (np.array(rgb) * self.tint * self.level).astype(np.float32)


def light_of(portrait: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Light:
    """The light on the cheeks. Half of the skin's hue is taken for the lamp's, half for its own."""
    height, width = portrait.shape[:2]
    cheeks = landmarks[list(PARTS["cheeks"])]
    x = np.clip(cheeks[:, 0].round().astype(int), 0, width - 1)
    y = np.clip(cheeks[:, 1].round().astype(int), 0, height - 1)
    skin = np.median(portrait[y, x], axis=0) / 255 + 1e-3
    level = float(np.clip(skin.mean(), 0.12, 0.80)) / float(USUAL_SKIN.mean())
    hue = (skin / skin.mean()) / (USUAL_SKIN / USUAL_SKIN.mean())
    return Light(level=min(level**SHADE_GAMMA, level), tint=np.sqrt(np.clip(hue, 0.5, 2.0)))


@dataclass(frozen=True, slots=True, kw_only=True)
class MouthPlane:
    """A posed mouth over its patch, in units: `x` from its middle, `y` down from its corners' line.

    `upper` and `lower` are the inner lips' lines at each pixel; `outside` is how far a pixel lies
    beyond the corners.
    """

    x: Plane
    y: Plane
    upper: Plane
    lower: Plane
    outside: Plane
    unit_px: float
    upper_teeth_y: float
    lower_teeth_y: float

    @property
    def below(self) -> Plane:
        """The share of each pixel that belongs to the lower lip, soft around the line between."""
        softness = 0.65 + 0.35 / self.unit_px + 0.6 * self.outside
        return _step(self.y - (self.upper + self.lower) / 2, 0.6 * softness)

    @property
    def opening(self) -> Plane:
        """The share of each pixel that shows the inside of the mouth."""
        edge = 0.53 + 0.2 / self.unit_px
        gap = np.clip(self.lower - self.upper, 0, None)
        between = _step(self.y - self.upper, edge) * _step(self.lower - self.y, edge)
        shown = np.clip(gap / 1.2, 0, 1) * (self.outside == 0)
        return np.asarray(between * shown, np.float32)


def _step(distance: Plane, width: float | Plane) -> Plane:
    return np.asarray(expit(distance / width), np.float32)


def mouth_plane(pose: Pose, patch: Patch, unit_px: float) -> MouthPlane:
    """Measure a posed mouth at every pixel of its patch."""
    upper = pose.points[ROWS["upper_inner"]]
    lower = np.concatenate([upper[:1], pose.points[ROWS["lower_inner"]], upper[-1:]])
    span = upper[-1] - upper[0]
    half = float(np.linalg.norm(span)) / 2
    middle = (upper[0] + upper[-1]) / 2
    axes = np.array([[span[0], -span[1]], [span[1], span[0]]]) / (2 * half * unit_px)
    rows, columns = np.mgrid[patch.top : patch.bottom, patch.left : patch.right]
    pixels = (np.stack([columns, rows], axis=-1) - middle) @ axes
    x, y = (np.ascontiguousarray(pixels[..., axis], np.float32) for axis in (0, 1))
    teeth = (np.stack([pose.upper_teeth, pose.lower_teeth]) - middle) @ axes
    return MouthPlane(
        x=x,
        y=y,
        upper=_lip_line((upper - middle) @ axes, x),
        lower=_lip_line((lower - middle) @ axes, x),
        outside=np.clip(np.abs(x) - half / unit_px, 0, None),
        unit_px=unit_px,
        upper_teeth_y=float(teeth[0, 1]),
        lower_teeth_y=float(teeth[1, 1]),
    )


def _lip_line(lip: NDArray[np.float64], x: Plane) -> Plane:
    """The height of a lip at each `x`, smooth through its points."""
    order = np.argsort(lip[:, 0], kind="stable")
    along, height = lip[order, 0], lip[order, 1]
    along = along + np.arange(len(along)) * 1e-6  # two points may share an x under a strong turn
    knots = np.linspace(along[0], along[-1], CURVE_KNOTS)
    line = np.interp(x, knots, PchipInterpolator(along, height)(knots))
    return np.asarray(line, np.float32)


def paint_mouth(plane: MouthPlane, light: Light, tongue: float, pucker: float) -> Plane:
    """[height, width, 3] from 0 to 1: flesh, tongue and two rows of teeth, in the lips' shadow."""
    gap = np.clip(plane.lower - plane.upper, 0, None)
    depth = np.clip((plane.y - plane.upper) / (gap + 1e-3), 0, 1)
    inside: Plane = light.colour(FLESH) * (0.45 + 0.75 * depth)[..., None]
    inside = _over(inside, *_tongue(plane, light, tongue))
    inside = _over(inside, *_lower_teeth(plane, light, tongue))
    inside = _over(inside, *_upper_teeth(plane, light, pucker))
    from_lips = np.minimum(plane.y - plane.upper, plane.lower - plane.y)
    shadow = 0.55 + 0.45 * np.clip(from_lips / 1.6, 0, 1)
    return np.asarray(inside * shadow[..., None], np.float32)


def _over(below: Plane, colour: Plane, cover: Plane) -> Plane:
    return below + (colour - below) * cover[..., None]


def _tongue(plane: MouthPlane, light: Light, lift: float) -> tuple[Plane, Plane]:
    top = plane.lower_teeth_y - (1.0 + 6.5 * lift) + 0.010 * plane.x**2
    cover = _step(plane.y - top, 0.9) * _step(TONGUE_HALF - np.abs(plane.x), 1.5)
    shade = 0.62 + 0.38 * np.exp(-((plane.x / 9) ** 2))
    return light.colour(TONGUE) * shade[..., None], cover


def _lower_teeth(plane: MouthPlane, light: Light, tongue: float) -> tuple[Plane, Plane]:
    """Fixed to the jaw; a lifted tongue hides them."""
    edge = plane.lower_teeth_y + 0.2 + 0.006 * plane.x**2
    cover = _step(plane.y - edge, 0.5) * _step(LOWER_HALF - np.abs(plane.x), 1.5)
    shade = 0.80 + 0.10 * np.cos(plane.x * (2 * math.pi / 5))
    return light.colour(LOWER_TEETH) * shade[..., None], cover * (1 - 0.6 * tongue)


def _upper_teeth(plane: MouthPlane, light: Light, pucker: float) -> tuple[Plane, Plane]:
    """Fixed to the skull; rounded lips hide them. Darker to the sides and under the lip."""
    edge = plane.upper_teeth_y + UPPER_LENGTH - 0.010 * plane.x**2 - 2.2 * pucker
    cover = _step(edge - plane.y, 0.55) * _step(UPPER_HALF - np.abs(plane.x), 2.0)
    under_lip = 0.55 + 0.45 * np.clip((plane.y - plane.upper) / 3, 0, 1)
    across = 0.55 + 0.45 * np.exp(-((plane.x / 13) ** 2))
    groove = 1 - 0.09 * np.clip(np.cos((plane.x + 3.5) * (2 * math.pi / 7)), 0, None) ** 6
    return light.colour(UPPER_TEETH) * (under_lip * across * groove)[..., None], cover * (
        1 - 0.75 * pucker
    )
