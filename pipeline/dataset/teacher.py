"""The teacher: the animatic renderer on augmented portraits, any number of shots by their index."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from model.conditions.dlib_face import DlibFace
from model.conditions.face import keypoints_of
from model.conditions.logmel import LogMelFeatures
from model.shapes import NEW_FRAMES
from pipeline.animatic.controls import Control
from pipeline.animatic.curves import Performance
from pipeline.animatic.puppet import make_puppet
from pipeline.dataset.augment import Variety, varied
from pipeline.dataset.material import FacePicture, SpokenTake
from pipeline.dataset.shot import TrainingShot
from pipeline.media.framing import Size
from pipeline.media.sound.wav import read_speech
from pipeline.phones import load_phones

HEAD_MOTION = (Control.YAW, Control.PITCH, Control.ROLL, Control.SHIFT_X, Control.SHIFT_Y,
               Control.ZOOM, Control.BROW)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Teacher:
    """Renders shot `index` of a series named by `seed`, always the same one.

    `head_motion` scales the animatic's sway: the student hears nothing that foretells it.
    `variety` is what the portraits get that they have not; without it shots are as they were
    before there was any.
    """

    faces: Sequence[FacePicture]
    takes: Sequence[SpokenTake]
    canvas: Size
    features: LogMelFeatures
    embedder: DlibFace
    seed: int = 0
    head_motion: float = 0.35
    variety: Variety | None = None
    prompt: tuple[int, int] = (1, 32)

    def __post_init__(self) -> None:
        if not any(take.frames > NEW_FRAMES for take in self.takes):
            raise ValueError(f"no speech is longer than a segment of {NEW_FRAMES} frames")

    def shot(self, index: int) -> TrainingShot:
        """A face, a take and an augmentation, all drawn by (seed, index)."""
        rng = np.random.default_rng([self.seed, index])
        face = self.faces[int(rng.integers(len(self.faces)))]
        long_enough = [take for take in self.takes if take.frames > NEW_FRAMES]
        take = long_enough[int(rng.integers(len(long_enough)))]
        picture = cv2.imread(str(face.path), cv2.IMREAD_COLOR_RGB)
        if picture is None:
            raise FileNotFoundError(face.path)
        portrait, points = varied(
            np.asarray(picture, np.uint8), face.landmarks, self.canvas, rng, self.variety
        )
        return self.performed(portrait, points, take, seed=int(rng.integers(2**31)))

    def performed(
        self, portrait: NDArray[np.uint8], points: NDArray[np.float32], take: SpokenTake, seed: int
    ) -> TrainingShot:
        """The portrait, which is on the canvas, speaks the take."""
        puppet = make_puppet(portrait, points)
        performance = Performance(phones=load_phones(take.phones), speech=take.speech, seed=seed)
        curves = performance.between(0, take.frames).copy()
        curves[:, HEAD_MOTION] *= self.head_motion
        rows = self.features.encode(read_speech(take.speech))[: take.frames]
        return TrainingShot(
            frames=np.stack([puppet.frame(row) for row in curves]),
            portrait=portrait,
            landmarks=points,
            speech=rows.numpy(),
            face=self.embedder.embed(portrait, keypoints_of(points)).values[0].numpy(),
            prompt=np.zeros(self.prompt, np.float32),
        )
