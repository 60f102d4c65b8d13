"""Which way is up in a portrait: by its face, whatever its file says."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput
from pipeline.media.face.blazeface import detect
from pipeline.media.face.face import CLOSE_UP, Face, Image, find_faces, fit_keypoints, roll_degrees
from pipeline.nouns import Box

SURROUNDINGS = 2.5
"""Side of the square that is turned over the longer side of the face's box."""

VIEW_SIDE, STEP_DEG = 256, 45

AGREE_DEG = 35.0
"""Views whose faces stand within this angle say the same."""

LYING_DEG = 55.0
"""A head that is tilted less is a pose, not a picture that lies."""

LEAST_SHARE = 0.5
"""Of all that the views say, for the way up that wins: 0.6 to 1 was measured on portraits, also
dark, blurred, grainy, grey and tilted by 30 degrees."""

_WAYS = ("nothing", "a quarter to the left", "a half", "a quarter to the right")


@dataclass(frozen=True, slots=True, kw_only=True)
class UprightPicture:
    """A picture with its faces upright, largest first, after how many quarter turns to the left,
    and what is said of them."""

    pixels: Image
    faces: tuple[Face, ...]
    turns: int = 0
    told: tuple[str, ...] = ()


def stood_upright(image: Image, name: str) -> UprightPicture:
    """The picture turned by quarters until its largest face has its mouth below its eyes.

    Without a face it comes back as it is. Raises `BadInput("portrait_sideways")` where the views
    do not agree and the face does not stand as it is.
    """
    seen = _first_seen(image)
    if seen is None:
        return UprightPicture(pixels=image, faces=())
    turns, faces = seen
    tilt_deg, share = _tilt(np.ascontiguousarray(np.rot90(image, turns)), faces[0])
    if abs(tilt_deg) > LYING_DEG:
        turns = (turns + round(tilt_deg / 90)) % 4
        faces = find_faces(np.ascontiguousarray(np.rot90(image, turns)))
    if turns == 0:
        return UprightPicture(pixels=image, faces=faces)
    if share < LEAST_SHARE:
        raise BadInput(
            "portrait_sideways",
            f"{name}: which way the face is up cannot be told; turn the picture and save it again.",
        )
    pixels = np.ascontiguousarray(np.rot90(image, turns))
    told = f"portrait_turned: {name} was turned by {_WAYS[turns]}, so that its face is upright"
    return UprightPicture(pixels=pixels, faces=faces, turns=turns, told=(told,))


def _first_seen(image: Image) -> tuple[int, tuple[Face, ...]] | None:
    """After how many quarter turns faces are found; mostly after none."""
    for turns in (0, 2, 1, 3):
        faces = find_faces(np.ascontiguousarray(np.rot90(image, turns)))
        if faces:
            return turns, faces
    return None


def _tilt(image: Image, face: Face) -> tuple[float, float]:
    """By how many degrees the face is turned clockwise, and the share of all views that say so.

    The networks find many a face on its head, and take its brow for the mouth. But they read a face
    right that is turned by up to a quarter, so of views all around most speak for the true way.
    """
    tilts, weights = _said_by_views(_surroundings(image, face.box))
    if not weights.any():
        return 0.0, 0.0
    agree = np.abs((tilts[:, None] - tilts + 180) % 360 - 180) <= AGREE_DEG
    support = agree @ weights
    best = int(np.argmax(support))
    arrows = np.exp(1j * np.radians(tilts)) * weights * agree[best]
    return float(np.degrees(np.angle(arrows.sum()))), float(support[best] / weights.sum())


def _said_by_views(square: Image) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Tilts in degrees and how sure the networks are of each, of the square in steps of a turn."""
    small = cv2.resize(square, (VIEW_SIDE, VIEW_SIDE), interpolation=cv2.INTER_AREA)
    middle = ((VIEW_SIDE - 1) / 2, (VIEW_SIDE - 1) / 2)
    tilts, weights = [], []
    for turned_deg in range(0, 360, STEP_DEG):
        turn = cv2.getRotationMatrix2D(middle, turned_deg, 1)
        view = np.asarray(cv2.warpAffine(small, turn, (VIEW_SIDE, VIEW_SIDE)), np.uint8)
        found = detect(CLOSE_UP, view)
        if not len(found.scores):
            continue
        best = int(np.argmax(found.scores))
        mesh = fit_keypoints(view, found.keypoints[best])
        tilts.append(roll_degrees(mesh.points) + turned_deg)
        weights.append((float(found.scores[best]) * mesh.presence) ** 2)
    return np.array(tilts), np.array(weights)


def _surroundings(image: Image, box: Box) -> Image:
    """A square around the face, black beyond the picture."""
    side = round(SURROUNDINGS * max(box.width, box.height))
    left = round(box.left + (box.width - side) / 2)
    top = round(box.top + (box.height - side) / 2)
    square = np.zeros((side, side, 3), np.uint8)
    height, width = image.shape[:2]
    rows, columns = _shared(top, side, height), _shared(left, side, width)
    square[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = image[
        rows, columns
    ]
    return square


def _shared(start: int, length: int, whole: int) -> slice:
    return slice(max(0, start), max(0, min(whole, start + length)))
