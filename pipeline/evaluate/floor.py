"""The least that weights must draw: four fixed segments, measured, against what was kept of them.

`benchmarks/tiny_floor.py` makes the file of floors; a test holds the carried weights to it, so that
no change of the program spoils the picture unseen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import NEW_FRAMES
from pipeline.evaluate.clips import reconstruction_db, rendered_frames, teacher_clip
from pipeline.evaluate.identity import Identity
from pipeline.evaluate.mouth import lip_gaps
from pipeline.evaluate.picture import sharpness
from pipeline.evaluate.takes import mesh_points
from pipeline.hallo3.renderer import Hallo3
from pipeline.quality.column_statistics import correlation, mean_of, median_of
from pipeline.renderer import TakeFiles

SEGMENTS = 4
FRAMES = SEGMENTS * NEW_FRAMES
SAID = (
    "Good morning. This is a test of the picture, and it takes a little while. "
    "Every word should be seen on the lips, from the first to the last."
)
"""Spoken, it fills the four segments."""

IDENTITY_EVERY, VAE_FRAMES = 10, 9
DEVIATIONS = 2.0

MEASURES: Mapping[str, tuple[float, float]] = {
    "lips": (1.0, 0.02),
    "identity": (-1.0, 0.01),
    "sharpness": (1.0, 0.5),
    "vae_db": (1.0, 0.002),
}
"""Whether more is better (1) or less (-1), and the least room, which processors that round
otherwise need: correlation of the lip gap with the teacher's of the same words; median distance of
the face to the portrait; mean variance of the Laplacian; decibels of a fixed picture, moved by a
pixel a frame, through the VAE and back. The last one depends on no seed and no speech."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What weights of this digest must reach, and what they reached over several seeds."""

    weights: str
    floors: Mapping[str, float]
    means: Mapping[str, float]
    deviations: Mapping[str, float]

    def missed(self, found: Mapping[str, float]) -> list[str]:
        """In words, what lies on the wrong side of its floor; NaN never reaches it."""
        return [
            f"{name} {found[name]:.3f}, floor {floor:.3f}"
            for name, floor in self.floors.items()
            if not MEASURES[name][0] * (found[name] - floor) >= 0
        ]


def measured(
    renderer: Hallo3, files: TakeFiles, picture: NDArray[np.uint8], seed: int
) -> dict[str, float]:
    """The measures of the take's first four segments in one chain, and of `picture` [H, W, 3], both
    sides a multiple of eight, through the VAE."""
    clip = np.concatenate(list(rendered_frames(renderer, files, FRAMES, seed)))
    teacher = teacher_clip(files, FRAMES)
    mesh = mesh_points(files.landmarks)
    identity = Identity.of(teacher[0], mesh, renderer.face)
    moved = np.stack([np.roll(picture, shift, axis=1) for shift in range(VAE_FRAMES)])
    return {
        "lips": correlation(lip_gaps(clip, mesh), lip_gaps(teacher, mesh)),
        "identity": median_of(identity.distances(clip[::IDENTITY_EVERY])),
        "sharpness": mean_of(np.array([sharpness(frame) for frame in clip[::IDENTITY_EVERY]])),
        "vae_db": reconstruction_db(renderer.networks.vae, moved),
    }


def floor_of(weights: str, found: Sequence[Mapping[str, float]]) -> Floor:
    """Two deviations on the worse side of the mean over seeds, and never nearer than the room."""
    means, deviations, floors = {}, {}, {}
    for name, (better, room) in MEASURES.items():
        values = np.array([each[name] for each in found])
        means[name], deviations[name] = float(values.mean()), float(values.std(ddof=1))
        floors[name] = means[name] - better * max(DEVIATIONS * deviations[name], room)
    return Floor(weights=weights, floors=floors, means=means, deviations=deviations)


def read_floor(path: Path) -> Floor:
    told = json.loads(path.read_text(encoding="utf-8"))
    return Floor(**{name: told[name] for name in Floor.__slots__})
