"""Is it still the person of the portrait: distances between embeddings of faces."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.conditions.face import FaceEncoder
from pipeline.evaluate.series import Series
from pipeline.quality.enlarged_mesh import MESH_SIDE, enlarged, enlargement, mesh_of
from pipeline.quality.looks import Pixels, Points, face_vector


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Identity:
    """Whose face frames are held against: its mesh, its vector [channels], and the encoder."""

    encoder: FaceEncoder
    mesh: Points
    vector: NDArray[np.float32]

    @classmethod
    def of(cls, portrait: Pixels, mesh: Points, encoder: FaceEncoder) -> Self:
        return cls(encoder=encoder, mesh=mesh, vector=vector_of(portrait, mesh, encoder))

    def distance(self, frame: Pixels) -> float:
        """Euclidean; NaN where no face was found. dlib takes 0.6 and more for another person."""
        mesh = mesh_of(frame, self.mesh)
        if mesh is None:
            return float("nan")
        return float(np.linalg.norm(vector_of(frame, mesh, self.encoder) - self.vector))

    def distances(self, frames: Iterable[Pixels]) -> Series:
        return np.array([self.distance(frame) for frame in frames])


def vector_of(frame: Pixels, mesh: Points, encoder: FaceEncoder) -> NDArray[np.float32]:
    """The embedding [channels] of a face in a frame that is enlarged first, if it is small."""
    scale = np.float32(enlargement(frame, MESH_SIDE))
    return face_vector(enlarged(frame, MESH_SIDE), mesh * scale, encoder)
