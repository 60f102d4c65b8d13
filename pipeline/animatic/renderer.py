"""The renderer `animatic`: chunks of a take as frames of the warped portrait, in its own size."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from manifests.fingerprint import fingerprint
from model.shapes import MOTION_FRAMES
from pipeline.animatic.curves import Performance
from pipeline.animatic.puppet import Puppet, make_puppet
from pipeline.guests.table import ANIMATIC_VERSION
from pipeline.media.face.facemesh import load_mesh
from pipeline.nouns import Chunk, Segment
from pipeline.phones import load_phones
from pipeline.presets import Preset
from pipeline.renderer import Frames, RenderedSegment, State, TakeFiles, last_frames

BATCH_BYTES = 32 << 20
LARGEST_BATCH = 8


def load_animatic(preset: Preset, memory: str = "") -> Animatic:
    """Nothing depends on the preset, and no network needs a memory profile."""
    del preset, memory
    return Animatic()


class Animatic:
    """Nothing to load: the rig is made from the portrait."""

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> AnimaticChain:
        """Begin a chunk; the curves are those of the take, so they run on across joins."""
        portrait = cv2.imread(str(files.portrait), cv2.IMREAD_COLOR_RGB)
        if portrait is None:
            raise FileNotFoundError(files.portrait)
        landmarks = load_mesh(files.landmarks)
        return AnimaticChain(
            puppet=make_puppet(np.asarray(portrait, np.uint8), landmarks),
            performance=Performance(
                phones=load_phones(files.phones), speech=files.speech, seed=seed
            ),
            face=f"{files.take.portrait.sha256} {files.take.landmarks.sha256}",
            chunk=chunk,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AnimaticChain:
    """One chunk being rendered. No frame depends on another: the state only keeps count."""

    puppet: Puppet
    performance: Performance
    face: str
    chunk: Chunk

    @property
    def width(self) -> int:
        return int(self.puppet.portrait.shape[1])

    @property
    def height(self) -> int:
        return int(self.puppet.portrait.shape[0])

    def start(self) -> State:
        """The portrait, twice."""
        return State(done=0, motion=np.stack([self.puppet.portrait] * MOTION_FRAMES))

    def conditions(self, segment: Segment) -> str:
        """Digest of the segment's curves, of the portrait with its mesh, and of this renderer."""
        curves = self.performance.between(segment.start, segment.stop)
        return fingerprint(
            "animatic segment",
            renderer=ANIMATIC_VERSION,
            face=self.face,
            curves=hashlib.sha256(curves.astype("<f4").tobytes()).hexdigest(),
        )

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        """The segment's frames; the motion frames behind it are the last two that were drawn."""
        motion = np.asarray(state.motion, np.uint8)
        tail = Tail(self._batches(segment), motion)
        return RenderedSegment(tail, lambda: State(done=state.done + 1, motion=tail.frames))

    def _batches(self, segment: Segment) -> Iterator[Frames]:
        """uint8 [n, height, width, 3] batches of the segment's frames, in order."""
        curves = self.performance.between(segment.start, segment.stop)
        count = max(1, min(LARGEST_BATCH, BATCH_BYTES // self.puppet.portrait.nbytes))
        for first in range(0, len(curves), count):
            with torch.inference_mode():
                batch = [self.puppet.frame(row) for row in curves[first : first + count]]
            yield np.stack(batch)


class Tail(Iterator[Frames]):
    """Passes batches of frames on and keeps the last two frames, those before it included."""

    def __init__(self, batches: Iterator[Frames], before: Frames) -> None:
        self._batches = batches
        self.frames = before

    def __next__(self) -> Frames:
        batch = next(self._batches)
        self.frames = last_frames(self.frames, batch)
        return batch
