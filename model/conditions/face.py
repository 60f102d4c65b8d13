"""Who is in a portrait: a face turned upright by its five points, and the vector of its identity.

`ArcFace` runs InsightFace's glintr100; model/conditions/dlib_face.py runs dlib's ResNet.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, Self

import cv2
import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # it ships no types
import torch
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (  # type: ignore[import-untyped]  # as above
    Fail,
    InvalidGraph,
    InvalidProtobuf,
)
from torch import Tensor

from model.conditions.picture import Picture

Keypoints = NDArray[np.floating]
"""[5, 2] in pixels, as seen: left eye, right eye, tip of the nose, left and right mouth corner."""

SIDE = 112
UPRIGHT: Keypoints = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ]
)
"""Where ArcFace wants the five points in its 112 x 112 input (Deng et al., 2019)."""

MESH_POINTS = ((33, 133, 159, 145), (263, 362, 386, 374), (1,), (61,), (291,))
"""Points of a face mesh whose mean is each of the five."""

FILE = "glintr100.onnx"
ON_HOST = ("CPUExecutionProvider",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceEmbedding:
    """`values` [1, channels] float32, not normalised; `weights` is the network's SHA-256."""

    values: Tensor
    weights: str


class FaceEncoder(Protocol):
    """What turns a face into the vector of its identity."""

    def embed(self, picture: Picture, keypoints: Keypoints) -> FaceEmbedding: ...


class ArcFace:
    """InsightFace's recognition network through onnxruntime, on one thread."""

    def __init__(self, content: bytes, providers: tuple[str, ...] = ON_HOST) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # bits do not depend on how many cores there are
        try:
            session = onnxruntime.InferenceSession(content, options, providers=list(providers))
        except (InvalidProtobuf, InvalidGraph, Fail) as error:
            raise ValueError(f"the face network is not a usable ONNX file: {error}") from error
        (given,) = session.get_inputs()
        if list(given.shape[1:]) != [3, SIDE, SIDE]:
            raise ValueError(f"the face network takes {given.shape}, not [n, 3, 112, 112]")
        self._session, self._input = session, given.name
        self._weights = hashlib.sha256(content).hexdigest()

    @classmethod
    def load(cls, folder: Path, providers: tuple[str, ...] = ON_HOST) -> Self:
        """From a folder of InsightFace models, with glintr100.onnx in it or in its `models`."""
        for path in (folder / FILE, folder / "models" / FILE):
            if path.is_file():
                return cls(path.read_bytes(), providers)
        raise FileNotFoundError(f"{folder} has no {FILE}; give InsightFace's antelopev2 folder")

    def embed(self, picture: Picture, keypoints: Keypoints) -> FaceEmbedding:
        upright = upright_face(picture, keypoints, UPRIGHT, SIDE)
        scaled = (upright.astype(np.float32) - 127.5) / 127.5
        outputs = self._session.run(None, {self._input: scaled.transpose(2, 0, 1)[None]})
        values = torch.from_numpy(np.asarray(outputs[0], np.float32).reshape(1, -1))
        return FaceEmbedding(values=values, weights=self._weights)


def no_face(channels: int) -> Tensor:
    """What the original uses when it finds no face: zeros. Rushes takes it only on demand."""
    return torch.zeros(1, channels)


def keypoints_of(landmarks: NDArray[np.floating]) -> Keypoints:
    """The five points from a face mesh [468 or more, 2 or 3] in pixels."""
    return np.stack([landmarks[list(points), :2].mean(axis=0) for points in MESH_POINTS])


def upright_face(picture: Picture, keypoints: Keypoints, template: Keypoints, side: int) -> Picture:
    """The face turned, scaled and moved so that its points lie on the template, black outside;
    uint8 [side, side, 3]."""
    move = similarity(keypoints, template)
    return np.asarray(cv2.warpAffine(picture, move, (side, side), borderValue=(0, 0, 0)), np.uint8)


def similarity(points: Keypoints, onto: Keypoints) -> NDArray[np.float64]:
    """The turn, scale and shift [2, 3] that brings `points` nearest to `onto` (Umeyama, 1991)."""
    if points.shape != onto.shape or not np.isfinite(points).all():
        raise ValueError(f"a face is aligned by {len(onto)} finite points, not {points.tolist()}")
    centre, goal = points.mean(axis=0), onto.mean(axis=0)
    spread = points - centre
    variance = float((spread**2).sum())
    if variance == 0.0:
        raise ValueError("the points of the face are all the same")
    left, strengths, right = np.linalg.svd((onto - goal).T @ spread)
    signs = np.array([1.0, np.sign(np.linalg.det(left) * np.linalg.det(right))])
    turn = (left * signs) @ right * float((strengths * signs).sum() / variance)
    return np.column_stack([turn, goal - turn @ centre])
