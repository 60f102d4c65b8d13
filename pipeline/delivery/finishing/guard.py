"""The mouth guarded: what enlarges a face must not change whose it is, nor what its lips do.

Frames are measured alike before and after, as gates measure them. Each segment is asked how far
lips, person and face are moved; whether lips still go as they were drawn needs more speech than a
segment has, and is asked over the take. The limits stand here, and docs/profiles.md tells on what
they were calibrated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from pipeline.media.picture.optical_flow import Picture
from pipeline.quality.column_statistics import correlation
from pipeline.quality.enlarged_mesh import MESH_SIDE, enlarged, enlargement, mesh_of
from pipeline.quality.lip_figures import LEAST_SPEECH
from pipeline.quality.looks import NAN, Points, face_vector, lip_gap
from pipeline.quality.series import Column

if TYPE_CHECKING:
    from model.conditions.face import FaceEncoder

WHO_EVERY = 24
"""Frames between two looks at who it is, from the first on: one takes 60 ms."""

GUARD_LIMITS: Mapping[str, float] = {"lips_moved": 0.03, "identity_moved": 0.45, "faces_lost": 0.1}
"""What a segment may come to: the mean by which the gap of the lips differs (over the distance of
the eyes' outer corners), the mean distance of dlib's vectors of the same frame, and the share of
faces that are no longer seen. The carried networks came to 0.020 and 0.33 at most; a mouth that
stays shut to 0.054 or more where it speaks clearly, another person to 0.63 or more."""

LEAST_FOLLOWING = 0.7
"""Of the correlation of the lips' gap after with that before, over a take. Enlarged without a
network it is 0.97 or more; lips that come two frames late have 0.69 at most, frozen ones none."""

USUAL_FOLLOWING = 0.9
"""Less is delivered, and told: clear lips have 0.95 or more with the carried networks."""

NO_MOTION = 1e-6

LEAST_MOTION = 0.006
"""The deviation of the drawn lips' gap, in eye spans, from which on it is asked how they go: what
moves less is still, or no more than the noise of the measure."""

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
    gaps: list[tuple[int, float, float]] = field(default_factory=list)
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
        self.gaps.append((number, lip_gap(before), lip_gap(after)))
        if self.encoder is not None and number % WHO_EVERY == 0:
            vectors = [_vector(drawn, before, self.encoder), _vector(finished, after, self.encoder)]
            self.apart.append(float(np.linalg.norm(vectors[1] - vectors[0])))

    @property
    def figures(self) -> dict[str, float]:
        """By the names of the limits; NaN where nothing could be measured."""
        seen = len(self.gaps) + self.lost
        moved = [abs(after - before) for _, before, after in self.gaps]
        return {
            "lips_moved": float(np.mean(moved)) if moved else NAN,
            "identity_moved": float(np.mean(self.apart)) if self.apart else NAN,
            "faces_lost": self.lost / seen if seen else NAN,
        }


def breaches(figures: Mapping[str, float]) -> list[str]:
    """What is beyond its limit, in words; what was not measured, left out or NaN, is not."""
    return [
        f"{MEANINGS[name]} ({name} {figures[name]:.3f}, at most {limit:g})"
        for name, limit in GUARD_LIMITS.items()
        if figures.get(name, NAN) > limit
    ]


def lips_following(before: Column, after: Column) -> float:
    """How the gap of the lips goes with what it was, from -1 to 1; NaN where too few frames show a
    face or the drawn lips hardly move. Lips that do not move any more follow nothing: 0."""
    if len(before) < LEAST_SPEECH or float(np.std(before)) < LEAST_MOTION:
        return NAN
    return correlation(before, after) if float(np.std(after)) > NO_MOTION else 0.0


def following_breach(following: float) -> str:
    """What is wrong with lips that do not go as they were drawn, "" where nothing is."""
    if not following < LEAST_FOLLOWING:
        return ""
    return (
        "changes how the lips move: over the take they go with those that were drawn by "
        f"{following:.2f}, at least {LEAST_FOLLOWING:g}"
    )


def told_of_faces(following: float, measured: Collection[str]) -> tuple[str, ...]:
    """Warnings of a file that is delivered; `measured` are the names of the figures that there are
    of any of its segments."""
    told = []
    if following < USUAL_FOLLOWING:
        told.append(
            f"finish_lips: finished lips go with those that were drawn by {following:.2f}, less "
            f"than {USUAL_FOLLOWING:g}: look at them"
        )
    if "lips_moved" not in measured:
        told.append(
            "finish_unchecked: no face was seen in the drawn frames, so nothing compared them with "
            "the finished ones: look at them"
        )
    elif "identity_moved" not in measured:
        told.append(
            "finish_unchecked: nothing here could compare whose face it is before and after "
            "finishing; install the extra tiny, or look at it"
        )
    return tuple(told)


def _vector(frame: Picture, mesh: Points, encoder: FaceEncoder) -> Points:
    scale = np.float32(enlargement(frame, MESH_SIDE))
    return face_vector(enlarged(frame, MESH_SIDE), mesh * scale, encoder)
