"""A face on strings: its points at rest, what moves them, and where they end up in pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.animatic.blendshapes import JAW_DROP, Blendshapes, blendshapes_of
from pipeline.animatic.controls import Control
from pipeline.animatic.points import (
    CHIN_TIP,
    FOREHEAD,
    INDEX,
    LEFT_EAR,
    LEFT_EYE,
    RIGHT_EAR,
    RIGHT_EYE,
    ROWS,
    UPPER_INNER_BETWEEN,
)
from pipeline.animatic.rest import Points, jaw_weight, mouth_span, rest_of
from pipeline.media.face.face import yaw_degrees

LEAST_GAP = 0.0005
"""Inner lips never cross; eye spans."""

SURE_YAW_DEG, LEAST_TURN = 25.0, 0.25
"""A head that is turned already turns less: the warp has no picture of its far side."""

TEETH_FOLLOW = 0.96
HAIR = ((0.0, 0.28), (0.7, 0.20), (-0.7, 0.20), (1.22, -0.3), (-1.22, -0.3))
"""Points that follow the head: half face widths across, face heights above the forehead."""

HAIR_DEPTH = (0.0, 0.0, 0.0, 1.0, -1.0)
"""Their depth: beside an ear as deep as that ear, so that a turn folds nothing between the two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The head's axes in the picture: origin and unit in pixels, direction across the eyes."""

    origin: NDArray[np.float64]
    across: NDArray[np.float64]
    unit: float

    @property
    def axes(self) -> NDArray[np.float64]:
        """Rows: one eye span to the head's right-hand side of the picture, and one down."""
        return self.unit * np.array([self.across, [-self.across[1], self.across[0]]])

    def enter(self, pixels: NDArray[np.float64]) -> Points:
        """Pixels [n, 2] in the head's frame."""
        return (pixels - self.origin) @ self.axes.T / self.unit**2

    def leave(self, points: Points) -> NDArray[np.float64]:
        """Points of the head's frame in pixels [n, 2]."""
        return points @ self.axes + self.origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Pose:
    """One frame's face in pixels: the steering points, the hair's points, and two rows of teeth."""

    points: NDArray[np.float64]
    hair: NDArray[np.float64]
    upper_teeth: NDArray[np.float64]
    lower_teeth: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """Everything about one face that does not change from frame to frame.

    `source` and `rest` [n, 2], `hair` [5, 2] and their depths [n] and [5] (towards the camera, from
    the middle between the ears) are in the head's frame; `turn` is the share of a yaw it follows.
    """

    frame: Frame
    source: Points
    rest: Points
    depth: NDArray[np.float64]
    hair: Points
    hair_depth: NDArray[np.float64]
    blendshapes: Blendshapes
    turn: float

    def pose(self, row: NDArray[np.float32]) -> Pose:
        """The face under one row of controls [17]."""
        controls = row.astype(np.float64)
        controls[Control.YAW] *= self.turn
        points = self.rest + np.tensordot(controls, self.blendshapes, axes=1)
        gap = points[ROWS["lower_inner"], 1] - points[UPPER_INNER_BETWEEN, 1]
        points[ROWS["lower_inner"], 1] += np.maximum(LEAST_GAP - gap, 0)
        middle, _ = mouth_span(self.rest)
        lip = ROWS["upper_inner"].start + 5
        bite = np.array([middle[0], self.rest[lip, 1]])
        drop = np.array([0, TEETH_FOLLOW * JAW_DROP * controls[Control.JAW]])
        teeth = turned_points(np.stack([bite, bite + drop]), np.full(2, self.depth[lip]), controls)
        upper, lower = self.frame.leave(teeth)
        return Pose(
            points=self.frame.leave(turned_points(points, self.depth, controls)),
            hair=self.frame.leave(turned_points(self.hair, self.hair_depth, controls)),
            upper_teeth=upper,
            lower_teeth=lower,
        )


def turned_points(points: Points, depth: NDArray[np.float64], row: NDArray[np.float64]) -> Points:
    """Turn the head about the point between its ears, by the mesh's depth, and move it."""
    yaw, pitch, roll = row[Control.YAW], row[Control.PITCH], row[Control.ROLL]
    x = points[:, 0] * np.cos(yaw) + depth * np.sin(yaw)
    z = depth * np.cos(yaw) - points[:, 0] * np.sin(yaw)
    y = points[:, 1] * np.cos(pitch) - z * np.sin(pitch)
    size = 1 + row[Control.ZOOM]
    return np.stack(
        [
            size * (np.cos(roll) * x - np.sin(roll) * y) + row[Control.SHIFT_X],
            size * (np.sin(roll) * x + np.cos(roll) * y) + row[Control.SHIFT_Y],
        ],
        axis=1,
    )


def frame_of(landmarks: NDArray[np.float64]) -> Frame:
    """The head's frame from the 468 points, [468, 3] in pixels."""
    eyes = landmarks[LEFT_EYE, :2] - landmarks[RIGHT_EYE, :2]
    unit = float(np.linalg.norm(eyes))
    origin = (landmarks[RIGHT_EAR, :2] + landmarks[LEFT_EAR, :2]) / 2
    return Frame(origin=origin, across=eyes / unit, unit=unit)


def _hair(flat: Points) -> Points:
    """[5, 2] around the top of the head."""
    half = np.linalg.norm(flat[LEFT_EAR] - flat[RIGHT_EAR]) / 2
    height = np.linalg.norm(flat[CHIN_TIP] - flat[FOREHEAD])
    return np.array([flat[FOREHEAD] + [side * half, -above * height] for side, above in HAIR])


def make_rig(landmarks: NDArray[np.float32]) -> Rig:
    """The rig of a face from its mesh, float32 [468, 3] in pixels of the portrait."""
    exact = landmarks.astype(np.float64)
    frame = frame_of(exact)
    flat = frame.enter(exact[:, :2])
    source = flat[INDEX]
    depth = -exact[:, 2] / frame.unit
    ears = depth[[RIGHT_EAR, LEFT_EAR]]
    jaw = jaw_weight(source, flat[[RIGHT_EAR, LEFT_EAR]])
    rest = rest_of(source, jaw)
    return Rig(
        frame=frame,
        source=source,
        rest=rest,
        depth=depth[INDEX] - ears.mean(),
        hair=_hair(flat),
        hair_depth=np.array(HAIR_DEPTH) * (ears[1] - ears[0]) / 2,
        blendshapes=blendshapes_of(rest, jaw),
        turn=max(LEAST_TURN, 1 - abs(yaw_degrees(landmarks)) / SURE_YAW_DEG),
    )
