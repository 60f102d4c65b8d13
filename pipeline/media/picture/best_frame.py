"""The frame of a video that makes the best portrait: sharp, frontal, the mouth closed, the eyes
open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput
from model.shapes import FPS
from pipeline.media.face.face import Face, find_faces, landmarks_of, principal_face, yaw_degrees
from pipeline.media.face.upright import stood_upright
from pipeline.media.framing import fit_source
from pipeline.media.picture.colours import white_nits_of
from pipeline.media.picture.video_reader import Footage, Pixels, open_footage

SUFFIXES = (".mp4", ".mov", ".mkv", ".webm")
"""Portraits named so are videos."""

LOOKED_AT = 48
"""Frames in which a face is looked for: the sharpest of as many equal stretches of the video."""

LONGEST_FRAMES = 5 * 60 * FPS
"""No more of a video is read: five minutes show a face often enough."""

STEP = 5
"""Every fifth frame is looked at."""

SMALL_SIDE = 480
"""Of the copies that are compared; the one chosen is decoded again at full size."""

CHEAP_PIXELS = 1920 * 1080 * 25 * 20
"""Twenty seconds of HD are decoded whole; of more only the key frames, if there are enough."""

LEAST_KEY_FRAMES = 12

LEAST_PRESENCE = 0.8
"""More than of a picture is asked: a wrong face turns up sooner or later in as many frames."""

_UPPER_LIP, _LOWER_LIP, _RIGHT_CORNER, _LEFT_CORNER = 13, 14, 78, 308
_EYES = ((159, 145, 33, 133), (386, 374, 263, 362))
"""Upper lid, lower lid, outer and inner corner of each eye."""

_YAW_SCALE_DEG, _OPEN_SCALE = 20.0, 0.08


@dataclass(frozen=True, slots=True, kw_only=True)
class Still:
    """Frame `index` of a video (25 a second), and what was measured in it.

    `mouth` is the gap between the lips over the mouth's width, `eyes` that of the lids, `sharpness`
    the variance of the face's Laplacian at one size.
    """

    index: int
    sharpness: float
    yaw_deg: float
    mouth: float
    eyes: float

    @property
    def told(self) -> str:
        """For people: which frame was taken and why."""
        return (
            f"portrait_frame: the frame at {self.index / FPS:.2f} s of the video is the portrait "
            f"(turned by {abs(self.yaw_deg):.0f} degrees, lips {self.mouth:.0%} open)"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BestStill:
    """The frame of a video that is its portrait, what was measured in it, and what is said."""

    pixels: Pixels
    still: Still
    told: tuple[str, ...]


def is_video(uri: str) -> bool:
    return uri.lower().endswith(SUFFIXES)


def best_still(path: Path, *, name: str) -> BestStill:
    """The frame, at its full size, and which it is.

    Raises `BadInput` (`video_unreadable`, `video_too_large`, `video_too_costly`, `no_face`,
    `several_faces`).
    """
    footage = open_footage(path, name=name)
    candidates, key_frames = _candidates(footage)
    measured = _all_measured(candidates, name)
    best, picture = measured[int(np.argmax(scores([still for still, _ in measured])))]
    frame = footage.frame_at(best.index, key_frames=key_frames, white_nits=white_nits_of(picture))
    return BestStill(pixels=frame, still=best, told=(best.told, *footage.told))


def _all_measured(
    candidates: Sequence[tuple[int, Pixels]], name: str
) -> list[tuple[Still, Pixels]]:
    """What is seen in each frame that has one face; upright, also where the whole video lies."""
    try:
        measured = _measured_as_they_are(candidates, name)
    except BadInput as refusal:
        if refusal.code != "no_face":
            raise
        turns = _turns(
            [picture for _, picture in candidates[:: max(1, len(candidates) // 3)]], name
        )
        if not turns:
            raise
    else:
        best = int(np.argmax(scores([still for still, _ in measured])))
        turns = _turns([measured[best][1]], name)
    if not turns:
        return measured
    upright = [(index, np.ascontiguousarray(np.rot90(each, turns))) for index, each in candidates]
    return _measured_as_they_are(upright, name)


def _turns(pictures: Sequence[Pixels], name: str) -> int:
    """By how many quarters to the left the first of them that has a face must be turned."""
    for picture in pictures:
        upright = stood_upright(picture, name)
        if upright.faces:
            return upright.turns
    return 0


def _measured_as_they_are(
    candidates: Sequence[tuple[int, Pixels]], name: str
) -> list[tuple[Still, Pixels]]:
    measured, refusals = [], []
    for index, picture in candidates:
        try:
            measured.append((_measured(index, picture, name), picture))
        except BadInput as refusal:
            refusals.append(refusal)
    if not measured:
        raise max(refusals, key=lambda refusal: refusal.code == "several_faces")
    return measured


def _candidates(footage: Footage) -> tuple[list[tuple[int, Pixels]], bool]:
    """The sharpest frames, small, and whether only key frames were decoded: enough of a large or
    long video, unless it has few of them."""
    size = fit_source(footage.size.width, footage.size.height, SMALL_SIDE)

    def sharpest(*, key_frames: bool) -> list[tuple[int, Pixels]]:
        frames = footage.looked_through(
            size, every=STEP, until=LONGEST_FRAMES, key_frames=key_frames
        )
        return list(_sharpest(frames))

    stored = min(footage.stored_frames, LONGEST_FRAMES * 2)
    if footage.size.width * footage.size.height * stored > CHEAP_PIXELS:
        found = sharpest(key_frames=True)
        if len(found) >= LEAST_KEY_FRAMES:
            return found, True
    found = sharpest(key_frames=False)
    if not found:
        raise BadInput("video_unreadable", f"{footage.name} has no frame; export it again.")
    return found, False


def scores(stills: Sequence[Still]) -> NDArray[np.float64]:
    """How good each of a video's frames is, from 0 to 1. Sharpness counts against the video's own
    best: grain and codecs make other videos sharper without being better."""
    sharpest = max(still.sharpness for still in stills) or 1.0
    widest = max(still.eyes for still in stills) or 1.0
    return np.array(
        [
            (still.sharpness / sharpest) ** 0.5
            * np.exp(-((still.yaw_deg / _YAW_SCALE_DEG) ** 2))
            * np.exp(-((still.mouth / _OPEN_SCALE) ** 2))
            * min(1.0, still.eyes / (0.8 * widest))
            for still in stills
        ]
    )


def _sharpest(frames: Iterable[tuple[int, Pixels]]) -> Iterator[tuple[int, Pixels]]:
    """The sharpest frame of each stretch. Stretches double when a video turns out longer, so that
    one pass in constant memory does. A frame that only repeats the one before is left out."""
    stretch = STEP
    before: Pixels | None = None
    kept: list[tuple[int, float, Pixels]] = []
    for index, picture in frames:
        if before is not None and np.array_equal(before, picture):
            continue
        before = picture
        sharp = _sharpness(picture)
        if kept and kept[-1][0] // stretch == index // stretch:
            kept[-1] = max(kept[-1], (index, sharp, picture), key=lambda each: each[1])
            continue
        kept.append((index, sharp, picture))
        if len(kept) > LOOKED_AT:
            stretch *= 2
            kept = list(_thinned(kept, stretch))
    yield from ((index, picture) for index, _, picture in kept)


def _thinned(
    kept: Sequence[tuple[int, float, Pixels]], stretch: int
) -> Iterator[tuple[int, float, Pixels]]:
    best: tuple[int, float, Pixels] | None = None
    for each in kept:
        if best is not None and best[0] // stretch != each[0] // stretch:
            yield best
            best = None
        best = each if best is None or each[1] > best[1] else best
    if best is not None:
        yield best


def _measured(index: int, frame: Pixels, name: str) -> Still:
    """What is seen in a frame; `BadInput` when no face in it counts."""
    face, _ = principal_face(find_faces(frame), name)
    mesh = landmarks_of(frame, face)
    if mesh.presence < LEAST_PRESENCE:
        raise BadInput("no_face", f"{name}: no face is seen well enough; give a closer video.")
    points = mesh.points
    flat = points[:, :2]
    return Still(
        index=index,
        sharpness=_sharpness(_face_of(frame, face)),
        yaw_deg=yaw_degrees(points),
        mouth=_openness(flat, _UPPER_LIP, _LOWER_LIP, _RIGHT_CORNER, _LEFT_CORNER),
        eyes=min(_openness(flat, *eye) for eye in _EYES),
    )


def _openness(points: NDArray[np.float32], upper: int, lower: int, one: int, other: int) -> float:
    across = float(np.linalg.norm(points[one] - points[other]))
    return float(np.linalg.norm(points[upper] - points[lower])) / max(across, 1e-6)


def _face_of(frame: Pixels, face: Face) -> Pixels:
    box = face.box
    left, top = max(0, int(box.left)), max(0, int(box.top))
    cut = frame[top : int(box.top + box.height) + 1, left : int(box.left + box.width) + 1]
    return np.asarray(cv2.resize(cut, (128, 128), interpolation=cv2.INTER_AREA), np.uint8)


def _sharpness(picture: Pixels) -> float:
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(grey, cv2.CV_64F).var())
