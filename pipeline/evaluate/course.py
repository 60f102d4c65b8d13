"""How a long clip goes: identity, background, sharpness, lips over time, measured as it flows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from model.conditions.face import FaceEncoder
from pipeline.evaluate.identity import Identity
from pipeline.evaluate.picture import Lab, background_difference, lab_of, outside, sharpness
from pipeline.evaluate.series import Drift, Series, drift_of
from pipeline.evaluate.takes import mesh_points
from pipeline.quality.enlarged_mesh import mesh_of
from pipeline.quality.looks import Pixels, lip_gap
from pipeline.renderer import Frames, TakeFiles

IDENTITY_EVERY = 5
"""Frames between two looks at who it is: a person does not change within 0.2 s."""

MOST_IDENTITY_CHANGE, MOST_BACKGROUND_CHANGE = 0.10, 6.0
"""Gates of the drift: a distance added by the end of a clip, and CIEDE2000."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likeness:
    """What the frames of a take are held against: its portrait [H, W, 3], who is in it, and which
    pixels [H, W] are `around` the head, in the colours `behind` [n, 3]."""

    portrait: Pixels
    identity: Identity
    around: NDArray[np.bool_]
    behind: Lab

    @classmethod
    def of(cls, files: TakeFiles, encoder: FaceEncoder) -> Self:
        """The portrait must be as large as the frames will be: framed for the canvas."""
        portrait = read_portrait(files)
        height, width = portrait.shape[:2]
        if (height, width) != (files.take.height, files.take.width):
            raise ValueError(f"a portrait of {width} x {height} is not on the take's canvas")
        identity = Identity.of(portrait, mesh_points(files.landmarks), encoder)
        around = outside(files.take.head, height, width)
        behind = lab_of(portrait[around])
        return cls(portrait=portrait, identity=identity, around=around, behind=behind)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Course:
    """One value a frame; `identity` one for every `IDENTITY_EVERY` frames."""

    identity: Series
    background: Series
    sharpness: Series
    lips: Series

    @classmethod
    def of(cls, batches: Iterable[Frames], likeness: Likeness) -> Self:
        """Measured batch by batch; no frames are kept."""
        who: list[float] = []
        rows: list[tuple[float, float, float]] = []
        for frame in (frame for batch in batches for frame in batch):
            if len(rows) % IDENTITY_EVERY == 0:
                who.append(likeness.identity.distance(frame))
            rows.append(_looked_at(frame, likeness))
        background, sharp, lips = np.array(rows).reshape(-1, 3).T
        return cls(identity=np.array(who), background=background, sharpness=sharp, lips=lips)

    @property
    def drifts(self) -> dict[str, Drift]:
        """Of each measure, between the first and the last five seconds."""
        return {
            "identity": drift_of(self.identity, IDENTITY_EVERY),
            "background": drift_of(self.background),
            "sharpness": drift_of(self.sharpness),
        }


def passes(drifts: dict[str, Drift]) -> bool:
    """Whether person and background stay as they were; without a face nothing passes."""
    identity, background = drifts["identity"].change, drifts["background"].change
    return identity <= MOST_IDENTITY_CHANGE and background <= MOST_BACKGROUND_CHANGE


def _looked_at(frame: Pixels, likeness: Likeness) -> tuple[float, float, float]:
    mesh = mesh_of(frame, likeness.identity.mesh)
    return (
        background_difference(frame, likeness.behind, likeness.around),
        sharpness(frame),
        float("nan") if mesh is None else lip_gap(mesh),
    )


def read_portrait(files: TakeFiles) -> Pixels:
    """[height, width, 3] RGB."""
    picture = cv2.imread(str(files.portrait), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise FileNotFoundError(files.portrait)
    return np.asarray(picture, np.uint8)
