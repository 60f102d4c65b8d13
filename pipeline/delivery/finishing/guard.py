"""The mouth guarded: what enlarges a face must not change whose it is, nor what its lips do.

Frames are measured alike before and after, as gates measure them; the limits stand here, and what
the carried networks come to in docs/profiles.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipeline.media.picture.optical_flow import Picture
from pipeline.quality.enlarged_mesh import MESH_SIDE, enlarged, enlargement, mesh_of
from pipeline.quality.looks import NAN, Points, face_vector, lip_gap

if TYPE_CHECKING:
    from model.conditions.face import FaceEncoder

WHO_EVERY = 24
"""Frames between two looks at who it is, from the first on: one takes 60 ms."""

GUARD_LIMITS: Mapping[str, float] = {"lips_moved": 0.02, "identity_moved": 0.35, "faces_lost": 0.1}
"""What a segment may come to: the mean by which the gap of the lips differs (over the distance of
the eyes' outer corners), the mean distance of dlib's vectors of the same frame, and the share of
faces that are no longer seen."""

MEANINGS: Mapping[str, str] = {
    "lips_moved": "moves the lips",
    "identity_moved": "changes whose face it is",
    "faces_lost": "loses the face",
}


@dataclass(slots=True, kw_only=True, eq=False)
class FaceGuard:
    """Compares the frames of a segment as they pass; `mesh` is the portrait's, in drawn pixels."""

    mesh: Points
    encoder: FaceEncoder | None
    moved: list[float] = field(default_factory=list)
    apart: list[float] = field(default_factory=list)
    lost: int = 0
    _number: int = 0

    def look(self, drawn: Picture, finished: Picture) -> None:
        """At one frame before and after; where no face was seen before, nothing is guarded."""
        number, self._number = self._number, self._number + 1
        before = mesh_of(drawn, self.mesh)
        if before is None:
            return
        scale = np.float32(finished.shape[0] / drawn.shape[0])
        after = mesh_of(finished, self.mesh * scale)
        if after is None:
            self.lost += 1
            return
        self.moved.append(abs(lip_gap(after) - lip_gap(before)))
        if self.encoder is not None and number % WHO_EVERY == 0:
            vectors = [_vector(drawn, before, self.encoder), _vector(finished, after, self.encoder)]
            self.apart.append(float(np.linalg.norm(vectors[1] - vectors[0])))

    @property
    def figures(self) -> dict[str, float]:
        """By the names of the limits; NaN where nothing could be measured."""
        seen = len(self.moved) + self.lost
        return {
            "lips_moved": float(np.mean(self.moved)) if self.moved else NAN,
            "identity_moved": float(np.mean(self.apart)) if self.apart else NAN,
            "faces_lost": self.lost / seen if seen else NAN,
        }


def breaches(figures: Mapping[str, float]) -> list[str]:
    """What is beyond its limit, in words; what was not measured is not."""
    return [
        f"{MEANINGS[name]} ({name} {figures[name]:.3f}, at most {limit:g})"
        for name, limit in GUARD_LIMITS.items()
        if math.isfinite(figures[name]) and figures[name] > limit
    ]


def _vector(frame: Picture, mesh: Points, encoder: FaceEncoder) -> Points:
    scale = np.float32(enlargement(frame, MESH_SIDE))
    return face_vector(enlarged(frame, MESH_SIDE), mesh * scale, encoder)
