"""What Rushes measures with what it carries, under names of its own: lips by FaceMesh, identity by
dlib, colours and sharpness over a clip's course, its own VAE. None of it is a paper's figure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from numpy.typing import NDArray

from model.conditions.dlib_face import DlibFace
from model.conditions.face import FaceEncoder
from pipeline.evaluate.clips import reconstruction_db
from pipeline.evaluate.course import Course, Likeness
from pipeline.evaluate.identity import Identity, vector_of
from pipeline.evaluate.picture import lab_of, outside
from pipeline.evaluate.series import Series
from pipeline.media.face.face import head_box
from pipeline.presets import BUNDLED
from pipeline.quality.brought.face_track import FaceTrack
from pipeline.quality.column_statistics import correlation, mean_of, median_of
from pipeline.quality.looks import Pixels

SHORTER_SIDE = 256
"""To which larger frames are brought first."""

VAE_FRAMES, VAE_SIDE = 9, 128
OF_A_PAIR = "identity (dlib distance)"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnTools:
    """What is carried: who a face is, and the VAE of `tiny`."""

    encoder: FaceEncoder
    vae: AutoencoderKLCogVideoX


def own_tools() -> OwnTools:
    """Raises `FileNotFoundError` that names what is not installed."""
    encoder = DlibFace.load()
    vae = AutoencoderKLCogVideoX.from_pretrained(Path(BUNDLED) / "vae", local_files_only=True)
    return OwnTools(encoder=encoder, vae=vae.eval())


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnReference:
    """What a clip of the same name is held against: who is in it, and its lip gaps."""

    vector: NDArray[np.float32]
    gaps: Series


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnFigures:
    """By names of the table of figures; what could not be measured is left out."""

    values: dict[str, float]
    reference: OwnReference


def own_figures(
    frames: Iterable[Pixels], track: FaceTrack, tools: OwnTools, real: OwnReference | None
) -> OwnFigures:
    """Of a clip; against `real` where there is one of its name."""
    small = (_small(frame) for frame in frames)
    held = [next(small) for _ in range(track.at + 1)]  # what comes before the first face
    first = held[-1]
    likeness = _likeness(first, track, tools, real)
    start: list[Pixels] = []
    course = Course.of(_noted(held, small, start), likeness)
    values = {
        OF_A_PAIR: median_of(course.identity),
        "sharpness (Laplacian)": mean_of(course.sharpness),
        **_drifts(course),
        "VAE of tiny (PSNR)": _vae_db(start, tools),
    }
    if real is not None:
        values["lips (FaceMesh correlation)"] = correlation(course.lips, real.gaps)
    own = vector_of(first, likeness.identity.mesh, tools.encoder)
    return OwnFigures(
        values={name: value for name, value in values.items() if np.isfinite(value)},
        reference=OwnReference(vector=own, gaps=course.lips),
    )


def _likeness(
    first: Pixels, track: FaceTrack, tools: OwnTools, real: OwnReference | None
) -> Likeness:
    height, width = first.shape[:2]
    mesh = track.first * np.float32(_scale_of(track, first))
    identity = Identity.of(first, mesh, tools.encoder)
    if real is not None:
        identity = Identity(encoder=tools.encoder, mesh=mesh, vector=real.vector)
    around = outside(head_box(mesh, width, height), height, width)
    behind = lab_of(first[around])
    return Likeness(portrait=first, identity=identity, around=around, behind=behind)


def _scale_of(track: FaceTrack, first: Pixels) -> float:
    return float(min(first.shape[:2]) / track.shorter_side)


def _drifts(course: Course) -> dict[str, float]:
    """Nothing of clips that are too short for two spans."""
    try:
        drifts = course.drifts
    except ValueError:
        return {}
    return {
        "identity drift (dlib distance)": drifts["identity"].change,
        "background drift (CIEDE2000)": drifts["background"].change,
        "sharpness drift (Laplacian)": drifts["sharpness"].change,
    }


def _noted(
    held: list[Pixels], frames: Iterator[Pixels], start: list[Pixels]
) -> Iterator[NDArray[np.uint8]]:
    """Batches of one frame; the first nine go into `start` too."""
    while held:
        yield from _one(held.pop(0), start)
    for frame in frames:
        yield from _one(frame, start)


def _one(frame: Pixels, start: list[Pixels]) -> Iterator[NDArray[np.uint8]]:
    if len(start) < VAE_FRAMES:
        start.append(frame)
    yield frame[None]


def _vae_db(start: list[Pixels], tools: OwnTools) -> float:
    if len(start) < VAE_FRAMES:
        return float("nan")
    size = (VAE_SIDE, VAE_SIDE)
    frames = [cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in start]
    return reconstruction_db(tools.vae, np.stack(frames).astype(np.uint8))


def _small(frame: Pixels) -> Pixels:
    height, width = frame.shape[:2]
    scale = SHORTER_SIDE / min(height, width)
    if scale >= 1:
        return frame
    size = (round(width * scale), round(height * scale))
    return np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
