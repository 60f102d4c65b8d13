"""A small guest that keeps all it owes, and its planted faults: each breaks one promise.

A test copies this file to where only a package's path finds it: it imports nothing of tests.
"""

from __future__ import annotations

import itertools
import os
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import soundfile
from numpy.typing import NDArray
from PIL import Image

from manifests.fingerprint import fingerprint
from model.shapes import SPEECH_SAMPLES_PER_FRAME
from pipeline.guests.guest import Guest
from pipeline.nouns import Chunk, Segment
from pipeline.presets import Preset
from pipeline.renderer import Frames, RenderedSegment, State, TakeFiles

BATCH = 8


@dataclass(kw_only=True)
class BlinkingChain:
    """The portrait, darker where the voice is loud; each frame keeps a little of the one before."""

    files: TakeFiles
    seed: int
    portrait: Frames
    kept: list[Frames] = field(default_factory=list)
    at: int = 0

    @property
    def width(self) -> int:
        return int(self.portrait.shape[1])

    @property
    def height(self) -> int:
        return int(self.portrait.shape[0])

    def start(self) -> State:
        return State(done=0, motion=np.stack([self.portrait] * 2))

    def conditions(self, segment: Segment) -> str:
        return fingerprint("blinking", **self.named(segment))

    def named(self, segment: Segment) -> dict[str, str]:
        heard = self.loudness(segment)
        return {
            "portrait": self.files.take.portrait.sha256,
            "heard": heard.tobytes().hex(),
            "frames": str(len(heard)),
        }

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        motion = [np.asarray(state.motion, np.uint8)]

        def batches() -> Iterator[Frames]:
            heard = self.loudness(segment)
            for first in range(0, len(heard), BATCH):
                batch = np.stack([self.frame(level) for level in heard[first : first + BATCH]])
                batch = batch // 2 + self.before(motion[0])[-1:] // 2
                motion[0] = np.concatenate([motion[0], batch])[-2:]
                yield batch

        return RenderedSegment(batches(), lambda: State(done=state.done + 1, motion=motion[0]))

    def before(self, motion: Frames) -> Frames:
        return motion

    def frame(self, level: int) -> Frames:
        return self.portrait // (1 + level)

    def loudness(self, segment: Segment) -> NDArray[np.uint8]:
        """0 to 7 for each frame of the segment."""
        self.files.speech.stat()  # an OSError where it is gone; soundfile raises its own
        with soundfile.SoundFile(self.files.speech) as file:
            file.seek(segment.start * SPEECH_SAMPLES_PER_FRAME)
            count = segment.stop - segment.start
            samples = file.read(count * SPEECH_SAMPLES_PER_FRAME).reshape(count, -1)
        return np.asarray(8 * np.minimum(np.abs(samples).max(axis=1), 0.99), np.uint8)


class Drifting(BlinkingChain):
    """Other bits the second time."""

    times: ClassVar[Iterator[int]] = itertools.count()

    def frame(self, level: int) -> Frames:
        return self.portrait // (1 + level) + np.uint8(next(self.times) % 251)


class Forgetful(BlinkingChain):
    """Goes on from what it holds in memory, and from the portrait where that is gone."""

    def before(self, motion: Frames) -> Frames:
        self.kept = [self.kept[0] // 2 + motion // 2 if self.kept else motion]
        return self.kept[0]


class Hoarding(BlinkingChain):
    """Memory that grows with every frame."""

    def frame(self, level: int) -> Frames:
        self.kept.append(self.portrait.repeat(4, axis=0))
        return super().frame(level)


class Caching(BlinkingChain):
    """The last segment of every portrait at hand, for ever."""

    drawn: ClassVar[dict[str, list[Frames]]] = {}

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        rendered = super().render(segment, state)
        self.drawn[self.files.take.portrait.sha256] = held = list[Frames]()
        kept = (held.append(batch.repeat(2, axis=0)) or batch for batch in rendered)
        return RenderedSegment(kept, lambda: rendered.state)


class Collecting(BlinkingChain):
    """A little of every take, for ever."""

    seen: ClassVar[list[Frames]] = []

    def start(self) -> State:
        self.seen.append(self.portrait.repeat(16, axis=0))
        return super().start()


class Hashing(BlinkingChain):
    """As dark as the hash of a text is, which each process has its own of."""

    def frame(self, level: int) -> Frames:
        told = (hash("a voice") % (1 << 24)).to_bytes(3)
        return super().frame(level) ^ np.frombuffer(told, np.uint8)


class Unsorted(BlinkingChain):
    """Named by what a set of texts begins with."""

    def named(self, segment: Segment) -> dict[str, str]:
        return {**super().named(segment), "first": next(iter({str(n) for n in range(999)}))}


class Located(BlinkingChain):
    """Named by where an object lies in memory."""

    def named(self, segment: Segment) -> dict[str, str]:
        return {**super().named(segment), "chain": str(id(BlinkingChain))}


class Born(BlinkingChain):
    """Drawn by a number that was drawn when the module was imported."""

    number: ClassVar[int] = int(np.random.default_rng().integers(1 << 24))

    def frame(self, level: int) -> Frames:
        return super().frame(level) ^ np.frombuffer(self.number.to_bytes(3), np.uint8)


class Remembering(BlinkingChain):
    """Goes on from all frames of the segment before, which its class holds and no state."""

    by_stop: ClassVar[dict[tuple[str, int], Frames]] = {}

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        take = self.files.take.portrait.sha256
        first = self.by_stop.get((take, segment.start), self.portrait)
        rendered, drawn = super().render(segment, state), list[Frames]()

        def batches() -> Iterator[Frames]:
            for batch in rendered:
                drawn.append(batch // 2 + first // 2)
                yield drawn[-1]
            self.by_stop[take, segment.stop] = drawn[0][0]

        return RenderedSegment(batches(), lambda: rendered.state)


class Short(BlinkingChain):
    """One frame fewer than was asked."""

    def loudness(self, segment: Segment) -> NDArray[np.uint8]:
        return super().loudness(segment)[:46]


class Unnamed(BlinkingChain):
    """The sound is heard and not named."""

    def named(self, segment: Segment) -> dict[str, str]:
        return {**super().named(segment), "heard": ""}


class Placed(BlinkingChain):
    """Darker the later it is, which its name does not tell."""

    def loudness(self, segment: Segment) -> NDArray[np.uint8]:
        self.at = segment.start
        return super().loudness(segment)

    def frame(self, level: int) -> Frames:
        return super().frame(level) // (1 + self.at // 20)


class Prolonged(BlinkingChain):
    """As dark as the take is long."""

    def frame(self, level: int) -> Frames:
        return super().frame(level) // (1 + self.files.take.frames // 100)


class Headed(BlinkingChain):
    """White down to where the head begins."""

    def frame(self, level: int) -> Frames:
        frame = super().frame(level).copy()
        frame[: int(self.files.take.head.top) + 10] = 255
        return frame


class Uncounted(BlinkingChain):
    """A still, named alike however many frames it has."""

    def frame(self, level: int) -> Frames:
        del level
        return super().frame(0)

    def named(self, segment: Segment) -> dict[str, str]:
        return {**super().named(segment), "heard": "", "frames": ""}


class Early(BlinkingChain):
    """Each segment named by what the first one hears."""

    def named(self, segment: Segment) -> dict[str, str]:
        del segment
        return super().named(Segment(index=0, start=0, stop=47))


class Reusing(BlinkingChain):
    """One array for all batches."""

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        rendered = super().render(segment, state)
        room = np.empty((BATCH, self.height, self.width, 3), np.uint8)

        def batches() -> Iterator[Frames]:
            for batch in rendered:
                room[: len(batch)] = batch
                yield room[: len(batch)]

        return RenderedSegment(batches(), lambda: rendered.state)


class Toiling(BlinkingChain):
    """A thread that draws on where nobody asks any more."""

    ahead: ClassVar[threading.Event] = threading.Event()

    def frame(self, level: int) -> Frames:
        threading.Thread(target=self.ahead.wait, name="the drawing one", daemon=True).start()
        return super().frame(level)


class Worldly(BlinkingChain):
    """As dark as a variable says."""

    def frame(self, level: int) -> Frames:
        return super().frame(level) // (2 if os.environ.get("SEED") else 1)


class Counting(BlinkingChain):
    """As dark as the machine has cores."""

    def frame(self, level: int) -> Frames:
        return super().frame(level) ^ np.uint8(16 * (os.cpu_count() or 0) % 251)


class Threaded(BlinkingChain):
    """As dark as a library has threads."""

    def frame(self, level: int) -> Frames:
        return super().frame(level) ^ np.uint8(16 * cv2.getNumThreads() % 251)


class Pathed(BlinkingChain):
    """Named by where its portrait lies."""

    def named(self, segment: Segment) -> dict[str, str]:
        return {**super().named(segment), "portrait": str(self.files.portrait)}


class Littering(BlinkingChain):
    """Files that a cancelled segment leaves behind."""

    def frame(self, level: int) -> Frames:
        tempfile.mkstemp()
        return super().frame(level)


class Miscounting(BlinkingChain):
    """A state that says nothing of how far it is."""

    def render(self, segment: Segment, state: State) -> RenderedSegment:
        rendered = super().render(segment, state)
        return RenderedSegment(rendered, lambda: State(done=0, motion=rendered.state.motion))


class Silent(BlinkingChain):
    """Draws on where its sound is gone."""

    def loudness(self, segment: Segment) -> NDArray[np.uint8]:
        if not self.files.speech.exists():
            return np.zeros(segment.stop - segment.start, np.uint8)
        return super().loudness(segment)


class Raising(BlinkingChain):
    """Code of others may raise anything, and here it does where a chunk is short."""

    def loudness(self, segment: Segment) -> NDArray[np.uint8]:
        if segment.stop - segment.start == 2:
            raise LookupError("two frames are none")
        return super().loudness(segment)


FAULTS = {
    "blinking": BlinkingChain,
    "drifting": Drifting,
    "forgetful": Forgetful,
    "hoarding": Hoarding,
    "caching": Caching,
    "collecting": Collecting,
    "hashing": Hashing,
    "unsorted": Unsorted,
    "located": Located,
    "born": Born,
    "remembering": Remembering,
    "short": Short,
    "unnamed": Unnamed,
    "placed": Placed,
    "prolonged": Prolonged,
    "headed": Headed,
    "uncounted": Uncounted,
    "early": Early,
    "reusing": Reusing,
    "toiling": Toiling,
    "worldly": Worldly,
    "counting": Counting,
    "threaded": Threaded,
    "pathed": Pathed,
    "littering": Littering,
    "miscounting": Miscounting,
    "silent": Silent,
    "raising": Raising,
}


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Nothing to load."""

    chain: type[BlinkingChain]

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> BlinkingChain:
        del chunk
        with Image.open(files.portrait) as picture:
            portrait = np.asarray(picture.convert("RGB"))
        return self.chain(files=files, seed=seed, portrait=portrait)


def load_planted(preset: Preset, memory: str = "") -> Planted:
    del memory
    return Planted(chain=FAULTS[preset.name])


GUEST = Guest(protocol=1, version="planted/1", loader=f"{__name__}:load_planted", segment_s=0.5)
PLANTED = Path(__file__)
