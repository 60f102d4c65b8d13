"""Portraits as they come: framed a little off, turned to one side, in other colours, light and
surroundings."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.animatic.controls import Control
from pipeline.animatic.points import INDEX, LEFT_EAR, RIGHT_EAR
from pipeline.animatic.puppet import make_puppet
from pipeline.animatic.rig import Rig, turned_points
from pipeline.dataset.glasses import with_glasses
from pipeline.media.face.face import PROFILE_DEG, head_box, yaw_degrees
from pipeline.media.framing import Crop, Size, frame_face

Pixels = NDArray[np.uint8]
Points = NDArray[np.float32]
Light = NDArray[np.float32]
"""[height, width, 3] in 0..1."""

HEAD_SHARE = 0.45
"""The demo's portraits are close-ups: cut as little as can be, their heads take 0.80 to 0.88."""

ZOOM, SHIFT, ROLL_DEG = (0.90, 1.12), 0.05, 8.0
OTHER_BACKGROUNDS, GREY_PICTURES = 0.6, 0.04
CUT_ROUNDS = 2

LEAST_DEG = 8.0
"""Of a turn: the material's portraits are all frontal, a studio's are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variety:
    """Shares of the portraits that look to one side, and that wear painted glasses."""

    turned_heads: float = 0.0
    glasses: float = 0.0


def varied(
    picture: Pixels,
    landmarks: Points,
    canvas: Size,
    rng: np.random.Generator,
    variety: Variety | None = None,
) -> tuple[Pixels, Points]:
    """The portrait on the canvas, and its mesh there: framed as a job's portrait is, but with a
    random zoom, shift, roll, colour, light and often another background."""
    if rng.random() < OTHER_BACKGROUNDS:
        picture = with_background(picture, landmarks, rng)
    if variety and rng.random() < variety.turned_heads:
        picture, landmarks = turned_shot(picture, landmarks, rng)
    if variety and rng.random() < variety.glasses:
        picture = with_glasses(picture, landmarks, rng)
    framed, points = framed_about(picture, landmarks, canvas, rng)
    return relit(framed, rng), points


def turned_shot(
    picture: Pixels, landmarks: Points, rng: np.random.Generator
) -> tuple[Pixels, Points]:
    """The portrait looking to a drawn side, and its mesh: never so far that the warp tears."""
    yaw = yaw_degrees(landmarks)
    side = 1.0 if rng.random() < 0.5 else -1.0  # noqa: PLR2004  either
    room = PROFILE_DEG - side * yaw
    share = rng.random()
    if room <= LEAST_DEG:
        return picture, landmarks
    puppet = make_puppet(picture, landmarks)
    row = np.zeros(len(Control), np.float32)
    row[Control.YAW] = side * np.radians(LEAST_DEG + share * (room - LEAST_DEG))
    return puppet.frame(row), turned_mesh(landmarks, puppet.rig, float(row[Control.YAW]))


def turned_mesh(landmarks: Points, rig: Rig, yaw: float) -> Points:
    """All points [468, 3] of a face, its mouth at rest, turned as the puppet turns its own."""
    frame, away = rig.frame, landmarks[:, 2].astype(np.float64) / rig.frame.unit
    flat = frame.enter(landmarks[:, :2].astype(np.float64))
    flat[INDEX] = rig.rest
    middle = away[[RIGHT_EAR, LEFT_EAR]].mean()
    row = np.zeros(len(Control))
    row[Control.YAW] = yaw * rig.turn
    pixels = frame.leave(turned_points(flat, middle - away, row))
    behind = (away - middle) * np.cos(row[Control.YAW]) + flat[:, 0] * np.sin(row[Control.YAW])
    return np.column_stack([pixels, (behind + middle) * frame.unit]).astype(np.float32)


def framed_about(
    picture: Pixels, landmarks: Points, canvas: Size, rng: np.random.Generator
) -> tuple[Pixels, Points]:
    """One affine map: the crop of `frame_face`, zoomed, shifted and rolled."""
    height, width = picture.shape[:2]
    head = head_box(landmarks, width, height)
    crop = frame_face(width, height, head, canvas, HEAD_SHARE)
    turn = _affine(crop, canvas, rng)
    drawn = cv2.warpAffine(
        picture,
        turn,
        (canvas.width, canvas.height),
        flags=cv2.INTER_AREA if turn[0, 0] < 1 else cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REFLECT_101,
    )
    points = landmarks.astype(np.float64).copy()
    points[:, :2] = points[:, :2] @ turn[:, :2].T + turn[:, 2]
    points[:, 2] *= np.sqrt(abs(np.linalg.det(turn[:, :2])))
    return np.asarray(drawn, np.uint8), points.astype(np.float32)


def _affine(crop: Crop, canvas: Size, rng: np.random.Generator) -> NDArray[np.float64]:
    """[2, 3]: from the picture's pixels to the canvas'."""
    scale = canvas.width / crop.size.width * rng.uniform(*ZOOM)
    angle = np.radians(rng.uniform(-ROLL_DEG, ROLL_DEG))
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    left, top = crop.left - crop.pad_left, crop.top - crop.pad_top
    centre = np.array([left + crop.size.width / 2, top + crop.size.height / 2])
    goal = np.array([canvas.width, canvas.height]) * (0.5 + rng.uniform(-SHIFT, SHIFT, 2))
    return np.column_stack([turn, goal - turn @ centre])


def relit(picture: Pixels, rng: np.random.Generator) -> Pixels:
    """Other exposure, white balance, saturation and contrast, and light from one side."""
    light = picture.astype(np.float32) / 255
    light = light ** rng.uniform(0.7, 1.45)
    light *= rng.uniform(0.75, 1.2) * rng.uniform(0.88, 1.12, 3).astype(np.float32)
    grey = light.mean(axis=2, keepdims=True)
    saturation = 0.0 if rng.random() < GREY_PICTURES else rng.uniform(0.5, 1.35)
    light = grey + saturation * (light - grey)
    middle = grey.mean()
    light = middle + rng.uniform(0.75, 1.2) * (light - middle)
    light *= _side_light(picture.shape[0], picture.shape[1], rng)[..., None]
    return np.asarray(np.clip(np.rint(light * 255), 0, 255), np.uint8)


def _side_light(height: int, width: int, rng: np.random.Generator) -> Light:
    angle = rng.uniform(0, 2 * np.pi)
    y, x = np.mgrid[-1 : 1 : height * 1j, -1 : 1 : width * 1j]
    ramp = np.cos(angle) * x + np.sin(angle) * y
    return np.asarray(1 + rng.uniform(0, 0.3) * ramp, np.float32)


def with_background(picture: Pixels, landmarks: Points, rng: np.random.Generator) -> Pixels:
    """What is behind the person replaced by a soft gradient of colours."""
    person = person_mask(picture, landmarks)[..., None]
    behind = _gradient(picture.shape[0], picture.shape[1], rng)
    mixed = picture * person + behind * (1 - person)
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _gradient(height: int, width: int, rng: np.random.Generator) -> Light:
    cells = int(rng.integers(1, 6))
    grey, tint = rng.uniform(0, 255), rng.uniform(0, 255, 3)
    base = grey + rng.uniform(0, 0.7) * (tint - grey)
    coarse = base + rng.uniform(-1, 1, (cells, cells, 3)) * rng.uniform(0, 90)
    smooth = cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(smooth, np.float32).clip(0, 255)


def person_mask(picture: Pixels, landmarks: Points) -> Light:
    """float32 [height, width]: 1 on the person, by GrabCut from the face mesh, with a soft edge."""
    height, width = picture.shape[:2]
    mask = np.full((height, width), cv2.GC_PR_BGD, np.uint8)
    head = head_box(landmarks, width, height)
    left, right = int(head.left), int(head.left + head.width)
    top, chin = int(head.top), int(head.top + head.height)
    mask[max(top, 0) : chin, max(left, 0) : right] = cv2.GC_PR_FGD
    mask[chin:, max(0, left - (right - left) // 2) : right + (right - left) // 2] = cv2.GC_PR_FGD
    face = cv2.convexHull(landmarks[:, :2].astype(np.int32))
    cv2.fillConvexPoly(mask, face, cv2.GC_FGD)
    mask[: max(2, height // 40)] = cv2.GC_BGD
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(0)  # its colour clusters begin at random
    cv2.grabCut(picture, mask, (0, 0, 1, 1), *models, CUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    person = np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(person, (0, 0), 1.5), np.float32)
