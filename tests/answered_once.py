"""What nights ask of whole networks and of programs, answered once for all tests of a call of
pytest: whisper over a window of speech, dlib over a face, the decoder of portraits. An answer is
kept under all that it depends on. Tests of the three themselves ask them plainly."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from manifests.artifact import sha256_of
from model.conditions.dlib_face import DlibFace
from model.conditions.face import FaceEmbedding, Keypoints
from model.conditions.picture import Picture
from pipeline import take_portrait
from pipeline.media.picture.image import ImageLimits, OpenedPicture, open_portrait
from pipeline.media.recognition import faster_whisper
from tests.said_once import answers_folder

_embed, _hear = DlibFace.embed, faster_whisper.hear


@contextmanager
def answered_once() -> Iterator[None]:
    """For nights. What a test has put in the place of one of the three stays there."""
    ours: tuple[tuple[Any, str, Any, Any], ...] = (
        (DlibFace, "embed", _embed, _embedded),
        (faster_whisper, "hear", _hear, _heard),
        (take_portrait, "open_portrait", open_portrait, _opened),
    )
    with pytest.MonkeyPatch.context() as patch:
        for owner, name, plain, kept in ours:
            if getattr(owner, name) is plain:
                patch.setattr(owner, name, kept)
        yield


Answer = TypeVar("Answer")


def once(of: tuple[bytes | str, ...], ask: Callable[[], Answer]) -> Answer:
    """What was answered before to the same, in any process."""
    parts = [part.encode() if isinstance(part, str) else part for part in of]
    digest = hashlib.sha256(b"".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    file = answers_folder() / digest
    if file.exists():
        kept: Answer = pickle.loads(file.read_bytes())  # noqa: S301 - written here
        return kept
    answer = ask()
    new = file.with_name(f".{os.getpid()}-{digest}")
    new.write_bytes(pickle.dumps(answer))
    new.rename(file)
    return answer


def _array(values: np.ndarray[Any, Any]) -> tuple[bytes | str, ...]:
    return f"{values.dtype} {values.shape}", values.tobytes()


def _embedded(self: DlibFace, picture: Picture, keypoints: Keypoints) -> FaceEmbedding:
    of = "dlib", self._weights, *_array(picture), *_array(keypoints)
    return once(of, lambda: _embed(self, picture, keypoints))


def _heard(samples: np.ndarray[Any, np.dtype[np.float32]]) -> object:
    return once(("whisper", *_array(samples)), lambda: _hear(samples))


class _Told(Exception):
    def __init__(self, opened: OpenedPicture) -> None:
        self.opened = opened


def _opened(path: Path, *, name: str, limits: ImageLimits) -> OpenedPicture:
    """A warning or a refusal has the picture's name in it, and is never kept."""

    def pixels() -> Picture:
        opened = open_portrait(path, name=name, limits=limits)
        if opened.told:
            raise _Told(opened)
        return opened.pixels

    try:
        found = once(("portrait", sha256_of(path), repr(limits)), pixels)
    except _Told as told:
        return told.opened
    found.flags.writeable = False
    return OpenedPicture(pixels=found, told=())
