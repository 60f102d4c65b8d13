"""Faces in a picture: where they are, whose counts, its 468 points, the box of its head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput
from pipeline.media.face.blazeface import Detections, Detector, Grid, detect, overlap, strongest
from pipeline.media.face.facemesh import (
    LEFT_EYE_OUTER,
    RIGHT_EYE_OUTER,
    Mesh,
    crop_around,
    fit_mesh,
)
from pipeline.media.face.tflite import FAR, NEAR
from pipeline.nouns import Box

SIDE = 160
"""Pixels to which a head is scaled before it is measured, so that its size does not count."""

LEAST_DETAIL = 8.0
"""Variance of the Laplacian of grey values. Thirteen sharp portraits had 33 to 1,220; blurred by
2 % of the head's width they had 2.6 to 7."""


def detail_of(picture: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> float:
    """How much fine detail the head in a picture [H, W, 3] has; `landmarks` are [468, 3] pixels.
    Of a head beside the picture, that of the nearest edge."""
    box = head_box(landmarks, picture.shape[1], picture.shape[0])
    left, top = min(int(box.left), picture.shape[1] - 1), min(int(box.top), picture.shape[0] - 1)
    head = picture[top : top + max(1, int(box.height)), left : left + max(1, int(box.width))]
    grey = cv2.cvtColor(head, cv2.COLOR_RGB2GRAY)
    scaled = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return float(cv2.Laplacian(scaled, cv2.CV_64F).var())


def focus_warnings(
    picture: NDArray[np.uint8], landmarks: NDArray[np.float32], name: str
) -> tuple[str, ...]:
    """A warning for a face that is out of focus, or was enlarged from a very small picture."""
    if detail_of(picture, landmarks) >= LEAST_DETAIL:
        return ()
    told = (
        f"portrait_blurred: the face in {name} is out of focus or was enlarged, so its drawn mouth"
        " will look sharper than it; give a sharper portrait"
    )
    return (told,)


Image = NDArray[np.uint8]
"""[height, width, 3] RGB."""

CLOSE_UP: Final = Detector(
    net=NEAR, grids=(Grid(stride=8, per_cell=2), Grid(stride=16, per_cell=6)), least_score=0.5
)
ROOM: Final = Detector(net=FAR, grids=(Grid(stride=4, per_cell=1),), least_score=0.5)

LEAST_PRESENCE = 0.5
MOST_OVERLAP = 0.5
LARGE_TILES, SMALL_TILES = (2,), (4, 8)
"""Tiles along the longer edge; the small ones are tried only when nothing was found."""

SMALLEST_TILE = 96
DOMINANT = 4.0
"""The largest face counts when its area is at least this many times the next one's."""

PROFILE_DEG = 28.0
"""Beyond this yaw a warp of the portrait tears; measured as 25-30 degrees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A face: the box around its mesh, the detector's score, six keypoints [6, 2], in pixels."""

    box: Box
    score: float
    keypoints: NDArray[np.float32]

    @property
    def area(self) -> float:
        return self.box.width * self.box.height


# Finding


def find_faces(image: Image) -> tuple[Face, ...]:
    """Every face that both the detector and the mesh believe in, largest first."""
    views = [detect(CLOSE_UP, image), detect(ROOM, image), *_in_tiles(image, LARGE_TILES)]
    faces = _confirmed(image, views)
    if not faces:
        faces = _confirmed(image, list(_in_tiles(image, SMALL_TILES)))
    return tuple(sorted(faces, key=lambda face: -face.area))


def _in_tiles(image: Image, divisions: tuple[int, ...]) -> Iterator[Detections]:
    """Far detections of half overlapping square tiles, in image pixels."""
    longer = max(image.shape[:2])
    for division in divisions:
        side = -(-longer // division)
        if side < SMALLEST_TILE:
            return
        tops, lefts = (
            range(0, max(length - side // 2, 1), side // 2) for length in image.shape[:2]
        )
        for top, left in product(tops, lefts):
            found = detect(ROOM, image[top : top + side, left : left + side])
            corner = np.array([left, top], np.float32)
            yield Detections(
                boxes=found.boxes + np.tile(corner, 2),
                keypoints=found.keypoints + corner,
                scores=found.scores,
            )


def _confirmed(image: Image, views: list[Detections]) -> list[Face]:
    if not views:
        return []
    candidates = strongest(_joined(views), MOST_OVERLAP)
    faces: list[Face] = []
    for score, keypoints in zip(candidates.scores, candidates.keypoints, strict=True):
        mesh = fit_keypoints(image, keypoints)
        face = Face(box=bounds(mesh.points), score=float(score), keypoints=keypoints)
        if mesh.presence >= LEAST_PRESENCE and not _repeated(face, faces):
            faces.append(face)
    return faces


def _joined(views: list[Detections]) -> Detections:
    return Detections(
        boxes=np.concatenate([view.boxes for view in views]),
        keypoints=np.concatenate([view.keypoints for view in views]),
        scores=np.concatenate([view.scores for view in views]),
    )


def _repeated(face: Face, faces: list[Face]) -> bool:
    """Two candidates may slide onto the same face when their meshes are fitted."""
    others = np.array([_edges(other.box) for other in faces], np.float32).reshape(-1, 4)
    return bool((overlap(_edges(face.box), others) >= MOST_OVERLAP).any())


def _edges(box: Box) -> NDArray[np.float32]:
    return np.array(
        [box.left, box.top, box.left + box.width, box.top + box.height], dtype=np.float32
    )


# Points


def landmarks_of(image: Image, face: Face) -> Mesh:
    """The face's 468 points, float32 [468, 3] in image pixels, and how sure the net is of them."""
    return fit_keypoints(image, face.keypoints)


def fit_keypoints(image: Image, keypoints: NDArray[np.float32]) -> Mesh:
    """The mesh of the face that a detector's six keypoints stand for.

    The keypoints end at the eyes and the mouth; brow and chin lie beyond.
    """
    right_eye, left_eye, mouth = keypoints[0], keypoints[1], keypoints[3]
    eyes = (right_eye + left_eye) / 2
    chin, brow = mouth + 0.6 * (mouth - eyes), eyes - 0.8 * (mouth - eyes)
    return fit_mesh(image, crop_around(np.stack([*keypoints, chin, brow]), right_eye, left_eye))


def bounds(landmarks: NDArray[np.float32]) -> Box:
    """The smallest upright box around the points."""
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    width, height = (high - low).tolist()
    return Box(left=float(low[0]), top=float(low[1]), width=width, height=height)


# Judging


def principal_face(faces: tuple[Face, ...], name: str) -> tuple[Face, tuple[str, ...]]:
    """The face that counts in the picture `name`, and warnings; else `BadInput`."""
    if not faces:
        raise BadInput(
            "no_face", f"{name}: no face was found; give a portrait with a visible face."
        )
    first, *others = sorted(faces, key=lambda face: -face.area)
    if not others:
        return first, ()
    if first.area < DOMINANT * others[0].area:
        raise BadInput(
            "several_faces", f"{name}: has {len(faces)} faces; crop it so that one person is shown."
        )
    return first, (f"smaller_faces: {len(others)} smaller faces in {name} stay as they are",)


def yaw_degrees(landmarks: NDArray[np.float32]) -> float:
    """How far the head turns from the camera; positive when it looks towards the right edge."""
    right_ear, left_ear = landmarks[234], landmarks[454]
    across = left_ear - right_ear
    return float(np.degrees(np.arctan2(across[2], np.hypot(across[0], across[1]))))


def roll_degrees(landmarks: NDArray[np.float32]) -> float:
    """How far the head is tilted in the picture; positive clockwise, 180 on its head."""
    across = landmarks[LEFT_EYE_OUTER, :2] - landmarks[RIGHT_EYE_OUTER, :2]
    return float(np.degrees(np.arctan2(across[1], across[0])))


def pose_warnings(landmarks: NDArray[np.float32], name: str) -> tuple[str, ...]:
    """What may look wrong about an animated portrait because of how the head is held."""
    yaw = abs(yaw_degrees(landmarks))
    if yaw <= PROFILE_DEG:
        return ()
    return (
        f"profile_view: {name} is turned by {yaw:.0f} degrees; a frontal portrait looks better",
    )


def head_box(landmarks: NDArray[np.float32], width: int, height: int) -> Box:
    """The box of the whole head with hair and chin, inside a picture of `width` x `height`."""
    flat = landmarks[:, :2]
    brow, chin, right_ear, left_ear = flat[10], flat[152], flat[234], flat[454]
    up, across = brow - chin, left_ear - right_ear
    crown = brow + 0.50 * up  # from the hairline to above the hair
    corners = [
        chin - 0.06 * up,
        crown + 0.45 * across,
        crown - 0.45 * across,
        left_ear + 0.28 * across,
        right_ear - 0.28 * across,
    ]
    points = np.concatenate([flat, np.stack(corners)])
    return bounds(np.clip(points, 0, np.array([width, height], np.float32)))
