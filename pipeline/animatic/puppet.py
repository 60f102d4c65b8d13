"""One portrait and its rig: a row of controls in, a picture out."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.animatic.controls import Control
from pipeline.animatic.eyelids import blink_ways
from pipeline.animatic.mouth import (
    UNITS_PER_EYE_SPAN,
    Light,
    light_of,
    mouth_plane,
    paint_mouth,
)
from pipeline.animatic.points import INDEX, LIPS, ROWS, UPPER_INNER_BETWEEN
from pipeline.animatic.region import Patch, fade_of, moving_region, pins_of
from pipeline.animatic.rig import Pose, Rig, make_rig

STIFFNESS = 2e-4
"""A little smoothing keeps points that nearly meet, as lips do, from folding the picture."""

SPLINE_UNITS_PER_EYE_SPAN = 0.4
"""The kernel is not free of scale; in these units the stiffness is the same at every resolution."""

TINY = 1e-9


POINTS_AT_ONCE = 128
"""What so many points need stays in a core's cache: half the time of all at once, the same bits."""


def _kernel(to: torch.Tensor, of: torch.Tensor) -> torch.Tensor:
    """[m, n]: r^2 log r^2 between points [2, m] and [2, n]; rows of axes, for they are read on."""
    across, down = to[:, :, None] - of[:, None]
    squared = across.mul_(across).add_(down.mul_(down))
    return torch.add(squared, TINY, out=down).log_().mul_(squared)


def displacements(
    targets: NDArray[np.float64],
    sources: NDArray[np.float64],
    at: NDArray[np.float64],
    eye_span_px: float,
) -> NDArray[np.float32]:
    """[m, 2]: where the picture at each of `at` [m, 2] comes from, less itself.

    `targets` and `sources` [n, 2] are the points of the warped and of the original picture. One
    frame at a time: a batched solve may give other bits for another size of batch.
    """
    scale = SPLINE_UNITS_PER_EYE_SPAN / eye_span_px
    points = torch.from_numpy(targets * scale)
    count, rows = len(points), points.T.contiguous()
    system = torch.zeros(count + 3, count + 3, dtype=torch.float64)
    system[:count, :count] = _kernel(rows, rows) + STIFFNESS * torch.eye(count)
    system[:count, count] = 1
    system[:count, count + 1 :] = points
    system[count:, :count] = system[:count, count:].T
    ways = torch.zeros(count + 3, 2, dtype=torch.float64)
    ways[:count] = torch.from_numpy(sources - targets)
    weights = torch.linalg.solve(system, ways).float()

    grid = torch.from_numpy(at * scale).float()
    near, rows = rows.float(), grid.T.contiguous()
    firsts = range(0, len(at), POINTS_AT_ONCE)
    kernel = [_kernel(rows[:, first : first + POINTS_AT_ONCE], near) for first in firsts]
    bends = torch.cat(kernel) @ weights[:count]
    result: NDArray[np.float32] = (bends + weights[count] + grid @ weights[count + 1 :]).numpy()
    return result


FIELD_STEP = 0.055
MOUTH_STEP = 0.030
"""Eye spans between the points at which the warp is solved; bicubic between them."""

MOUTH_ROOM = 0.22
"""Room around the lips in the mouth's patch, in eye spans."""

OPEN_ENOUGH = 1 / 512


def _all_but(rows: slice) -> NDArray[np.intp]:
    return np.delete(np.arange(len(INDEX)), rows)


STEERED_BY_UPPER = _all_but(ROWS["lower_inner"])
STEERED_BY_LOWER = _all_but(UPPER_INNER_BETWEEN)
"""The picture parts between the lips, so it is warped twice: with either inner lip left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Puppet:
    """A portrait [height, width, 3] ready to be posed; outside `region` it never changes."""

    portrait: NDArray[np.uint8]
    pixels: NDArray[np.float32]
    rig: Rig
    region: Patch
    fade: NDArray[np.float32]
    pins: NDArray[np.float64]
    light: Light

    def frame(self, row: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The portrait under one row of controls [17]; the same bits wherever it is asked for."""
        pose = self.rig.pose(row)
        ways = self._ways(pose, STEERED_BY_UPPER, self.region, FIELD_STEP)
        if row[Control.BLINK] > 0:
            self._blink(ways, pose, float(row[Control.BLINK]))
        warped = self._drawn(ways, self.region)
        mouth = self._mouth_patch(pose)
        inner = mouth.within(self.region)
        warped[inner.slices] = self._with_mouth(warped[inner.slices], pose, mouth, row)
        frame = self.portrait.copy()
        frame[self.region.slices] = np.clip(np.rint(warped), 0, 255).astype(np.uint8)
        return frame

    def _ways(
        self, pose: Pose, steering: NDArray[np.intp], patch: Patch, step: float
    ) -> NDArray[np.float32]:
        """[height, width, 2]: how far from itself each pixel of `patch` comes from."""
        targets = np.concatenate([pose.points[steering], pose.hair, self.pins])
        leave = self.rig.frame.leave
        sources = np.concatenate(
            [leave(self.rig.source[steering]), leave(self.rig.hair), self.pins]
        )
        unit = self.rig.frame.unit
        grid, shape = patch.centres(step * unit)
        return patch.enlarge(displacements(targets, sources, grid, unit), shape)

    def _blink(self, ways: NDArray[np.float32], pose: Pose, closure: float) -> None:
        for patch, lids in blink_ways(pose.points, self.rig.frame, self.region, min(closure, 1.0)):
            ways[patch.within(self.region).slices] += lids

    def _drawn(self, ways: NDArray[np.float32], patch: Patch) -> NDArray[np.float32]:
        """The pixels of `patch`, float32 [height, width, 3] from 0 to 255, bicubic."""
        rows, columns = patch.within(self.region).slices
        faded = ways * self.fade[rows, columns]
        x = faded[..., 0] + np.arange(columns.start, columns.stop, dtype=np.float32)
        y = faded[..., 1] + np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]
        drawn = cv2.remap(self.pixels, x, y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(drawn, np.float32)

    def _mouth_patch(self, pose: Pose) -> Patch:
        lips = np.concatenate([pose.points[ROWS[part]] for part in LIPS])
        room = MOUTH_ROOM * self.rig.frame.unit
        left, top = np.floor(lips.min(axis=0) - room).astype(int).tolist()
        right, bottom = np.ceil(lips.max(axis=0) + room).astype(int).tolist()
        return Patch(left=left, top=top, right=right, bottom=bottom).cut(self.region)

    def _with_mouth(
        self, upper: NDArray[np.float32], pose: Pose, patch: Patch, row: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """The lower lip and the inside of the mouth over the picture that the upper lip steers."""
        unit_px = self.rig.frame.unit / UNITS_PER_EYE_SPAN
        plane = mouth_plane(pose, patch, unit_px)
        lower = self._drawn(self._ways(pose, STEERED_BY_LOWER, patch, MOUTH_STEP), patch)
        share = plane.below * _soft_edge(patch, round(0.5 * MOUTH_ROOM * self.rig.frame.unit))
        lips = upper + (lower - upper) * share[..., None]
        opening = plane.opening
        if opening.max() < OPEN_ENOUGH:
            return lips
        tongue, pucker = (
            float(np.clip(row[control], 0, 1)) for control in (Control.TONGUE, Control.PUCKER)
        )
        inside = paint_mouth(plane, self.light, tongue, pucker).clip(0, 1) * 255
        return np.asarray(lips + (inside - lips) * opening[..., None], np.float32)


def _soft_edge(patch: Patch, width: int) -> NDArray[np.float32]:
    """[height, width]: 0 on the patch's border, 1 from `width` pixels inside."""
    rows, columns = (
        np.minimum(np.arange(length), np.arange(length)[::-1]).clip(0, width) / max(width, 1)
        for length in (patch.height, patch.width)
    )
    return (rows[:, None] * columns[None]).astype(np.float32)


def make_puppet(portrait: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Puppet:
    """The puppet of a portrait [height, width, 3] RGB and its mesh [468, 3] in its pixels."""
    height, width = portrait.shape[:2]
    region = moving_region(landmarks, width, height)
    return Puppet(
        portrait=portrait,
        pixels=portrait[region.slices].astype(np.float32),
        rig=make_rig(landmarks),
        region=region,
        fade=fade_of(region, width, height),
        pins=pins_of(region),
        light=light_of(portrait, landmarks),
    )
