"""Training shots from real clips: one person who speaks, one fixed crop, the sound beside it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.clips import RecordedClip
from manifests.errors import BadInput
from model.conditions.face import FaceEncoder, keypoints_of
from model.conditions.features import SpeechFeatures
from model.conditions.speech import SpeechEncoder
from model.shapes import FPS, SEGMENT_FRAMES
from pipeline.dataset.shot import TrainingShot
from pipeline.media.face.face import bounds, find_faces, head_box, landmarks_of
from pipeline.media.framing import Crop, Size, frame_face
from pipeline.media.picture.image import cut_out
from pipeline.media.picture.scale import resize
from pipeline.media.picture.video_reader import Footage, Pixels, open_footage
from pipeline.media.sound.audio import AudioLimits, decode_narration
from pipeline.media.sound.tracks import read_audio_header
from pipeline.media.sound.wav import read_speech
from pipeline.workspace.inputs import fetch_input

Points = NDArray[np.float32]
"""[468, 3]: a face mesh in pixels."""

LONGEST_SHOT = 10 * FPS
CHECKED_EVERY = FPS
LIMITS = AudioLimits(longest_s=3600.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Framed:
    """A clip seen through once: its fixed crop, its length, and a frame a second on the canvas
    with the mesh found there."""

    crop: Crop
    frames: int
    checked: tuple[tuple[Pixels, Points], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Recordings:
    """Makes shots of clips, always the same ones.

    `head_share` is the head's height in the first frame's crop. `texts` gives the features
    [tokens, channels] of a caption; without it they are zeros of the shape `prompt`.
    """

    canvas: Size
    head_share: float
    features: SpeechEncoder
    embedder: FaceEncoder
    seed: int = 0
    prompt: tuple[int, int] = (1, 32)
    texts: Callable[[str], NDArray[np.float32]] | None = None

    def shots(self, clip: RecordedClip, desk: Path) -> Iterator[TrainingShot]:
        """The clip in shots of at most 10 s; what is left at its end is one if it fills a segment.

        Raises `BadInput` before the first shot when it cannot be learned from: `no_face`,
        `several_faces`, `head_leaves`, `too_short`, and those of reading its files.
        """
        video = fetch_input(clip.video_uri, desk / "video.in")
        sound = video
        if clip.audio_uri is not None:
            sound = fetch_input(clip.audio_uri, desk / "sound.in")
        speech, heard = self._heard(clip, sound, desk)
        lead_s = read_audio_header(sound, name=clip.clip_id).lead_s if sound == video else 0.0
        footage = open_footage(video, name=clip.clip_id, lead_s=lead_s)
        framed = framed_clip(footage, self.canvas, self.head_share)
        frames = min(heard, framed.frames)
        _require_length(clip.clip_id, frames)
        rows = SpeechFeatures(
            read=partial(read_speech, speech), frames=frames, encoder=self.features
        )
        portrait, points = framed.checked[self._drawn(clip.clip_id, len(framed.checked))]
        face = self.embedder.embed(portrait, keypoints_of(points)).values[0].numpy()
        start = 0
        for part in _parts(_cropped(footage, framed.crop, self.canvas), frames):
            yield TrainingShot(
                frames=part,
                portrait=portrait,
                landmarks=points,
                speech=rows.rows(start, start + len(part)).numpy(),
                face=face,
                prompt=self._text(clip.caption),
            )
            start += len(part)

    def _heard(self, clip: RecordedClip, sound: Path, desk: Path) -> tuple[Path, int]:
        """16 kHz speech and how many frames it lasts, the last one perhaps padded."""
        speech, mix = desk / "speech.wav", desk / "mix.wav"
        told = decode_narration(
            sound, name=clip.audio_uri or clip.clip_id, speech=speech, mix=mix, limits=LIMITS
        )
        mix.unlink()
        return speech, told.frames

    def _drawn(self, clip_id: str, count: int) -> int:
        key = int.from_bytes(hashlib.sha256(clip_id.encode()).digest()[:8])
        return int(np.random.default_rng([self.seed, key]).integers(count))

    def _text(self, caption: str) -> NDArray[np.float32]:
        return np.zeros(self.prompt, np.float32) if self.texts is None else self.texts(caption)


def framed_clip(footage: Footage, canvas: Size, head_share: float) -> Framed:
    """Look at a frame a second, from the first: exactly one face, and it stays in the crop.

    The crop is laid about the head of the first frame. Hair may leave it, the face may not.
    """
    crop: Crop | None = None
    checked = []
    number = -1
    for number, frame in enumerate(footage.frames()):
        if number % CHECKED_EVERY:
            continue
        points = only_face(frame, f"{footage.name} at {number / FPS:g} s")
        if crop is None:
            height, width = frame.shape[:2]
            crop = frame_face(width, height, head_box(points, width, height), canvas, head_share)
        if not _inside(points, crop):
            raise BadInput(
                "head_leaves",
                f"{footage.name}: the face leaves its crop at {number / FPS:g} s;"
                " cut the clip where the head moves far.",
            )
        checked.append((_seen(frame, crop, canvas), _moved(points, crop, canvas)))
    if crop is None:
        raise BadInput("video_unreadable", f"{footage.name} has no frames; export it again.")
    return Framed(crop=crop, frames=number + 1, checked=tuple(checked))


def only_face(frame: Pixels, name: str) -> Points:
    """The mesh of the one face in a frame; `BadInput` (`no_face`, `several_faces`) otherwise."""
    faces = find_faces(frame)
    if not faces:
        raise BadInput("no_face", f"{name}: no face was found; cut the clip to where one is seen.")
    if len(faces) > 1:
        raise BadInput(
            "several_faces", f"{name}: there are {len(faces)} faces; crop it to one person."
        )
    return landmarks_of(frame, faces[0]).points


def is_clip_held_out(clip_id: str, share: float) -> bool:
    """Whether the clip is kept from training: decided by its id alone."""
    digest = hashlib.sha256(f"rushes/clip/{clip_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < share


def _require_length(name: str, frames: int) -> None:
    if frames < SEGMENT_FRAMES:
        raise BadInput(
            "too_short",
            f"{name}: picture and sound last {frames} frames at 25 a second together; at least"
            f" {SEGMENT_FRAMES} are needed.",
        )


def _inside(points: Points, crop: Crop) -> bool:
    face = bounds(points)
    across = crop.left <= face.left and face.left + face.width <= crop.left + crop.width
    down = crop.top <= face.top and face.top + face.height <= crop.top + crop.height
    return across and down


def _seen(frame: Pixels, crop: Crop, canvas: Size) -> Pixels:
    return resize(cut_out(frame, crop), canvas)


def _moved(points: Points, crop: Crop, canvas: Size) -> Points:
    across, down = canvas.width / crop.size.width, canvas.height / crop.size.height
    shift = np.array([crop.pad_left - crop.left, crop.pad_top - crop.top, 0.0])
    moved: Points = ((points + shift) * np.array([across, down, across])).astype(np.float32)
    return moved


def _cropped(footage: Footage, crop: Crop, canvas: Size) -> Iterator[Pixels]:
    return (_seen(frame, crop, canvas) for frame in footage.frames())


def _parts(frames: Iterator[Pixels], count: int) -> Iterator[NDArray[np.uint8]]:
    """The first `count` frames, 10 s at a time; a rest shorter than a segment is dropped."""
    gathered: list[Pixels] = []
    for _, frame in zip(range(count), frames, strict=False):
        gathered.append(frame)
        if len(gathered) == LONGEST_SHOT:
            yield np.stack(gathered)
            gathered = []
    if len(gathered) >= SEGMENT_FRAMES:
        yield np.stack(gathered)
