"""Draws the portrait as a still, with a waveform of the speech over a dark band at its foot.

A frame shows the second of sound before it (amber) and the second after it (white); what is
heard now is in the middle. The arithmetic of the picture is in `waveform_renderer.wave`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from manifests.fingerprint import fingerprint
from pipeline.nouns import Chunk, Segment
from pipeline.presets import Preset
from pipeline.renderer import Frames, RenderedSegment, State, TakeFiles
from waveform_renderer import wave

BATCH = 8  # frames that are yielded together


def load_waveform(preset: Preset, memory: str = "") -> Waveform:
    """The renderer, called once for each worker; it has no weights, so `memory` is ignored."""
    return Waveform()


class Waveform:
    """The renderer: opens the chunks of a take."""

    def open(self, files: TakeFiles, chunk: Chunk, seed: int) -> WaveformChain:
        """A chunk, ready to be drawn; nothing is random here, so `seed` is not used."""
        with Image.open(files.portrait) as picture:
            portrait = np.asarray(picture.convert("RGB"))
        chin = int(files.take.head.top + files.take.head.height)
        band = wave.band_height(portrait.shape[0], chin)
        looks = files.take.portrait.sha256
        return WaveformChain(portrait=portrait, looks=looks, band=band, speech=files.speech)


@dataclass(frozen=True, kw_only=True)
class WaveformChain:
    """One chunk being drawn; no frame depends on another, so the state carries only a count.

    `portrait` is uint8 [height, width, 3], `looks` its digest, `band` the height of the band in
    pixels and `speech` the path of the take's sound.
    """

    portrait: Frames
    looks: str
    band: int
    speech: Path

    @property
    def width(self) -> int:
        """Of the frames, in pixels."""
        return int(self.portrait.shape[1])

    @property
    def height(self) -> int:
        """Of the frames, in pixels."""
        return int(self.portrait.shape[0])

    def start(self) -> State:
        """What the first segment goes on from."""
        return state(0)

    def conditions(self, segment: Segment) -> str:
        """The segment's name: portrait, band, count of frames and the sound that is in sight."""
        name: str = fingerprint(
            "waveform segment",
            portrait=self.looks,
            band=self.band,
            frames=segment.stop - segment.start,
            sound=hashlib.sha256(self.sound(segment).astype("<i2").tobytes()).hexdigest(),
        )
        return name

    def render(self, segment: Segment, state_before: State) -> RenderedSegment:
        """The segment's frames, drawn as they are asked for, and the state behind them."""
        return RenderedSegment(self.batches(segment), lambda: state(state_before.done + 1))

    def batches(self, segment: Segment) -> Iterator[Frames]:
        """Frames in order, uint8 [n, height, width, 3] with n up to BATCH."""
        heights = wave.half_heights(self.sound(segment), self.band)
        count = segment.stop - segment.start
        for first in range(0, count, BATCH):
            numbers = range(first, min(first + BATCH, count))
            yield np.stack([self.drawn(heights, number) for number in numbers])

    def drawn(self, heights: wave.Whole, number: int) -> Frames:
        """Frame `number` of its segment, uint8 [height, width, 3]."""
        frame = self.portrait.copy()
        first = number * wave.BINS
        wave.paint(frame, heights[first : first + wave.SHOWN + wave.EDGE], self.band)
        return frame

    def sound(self, segment: Segment) -> wave.Samples:
        """The samples that the segment's frames show, int16 [n]; silence outside of the take."""
        first, stop = wave.span(segment.start, segment.stop)
        return samples(self.speech, first, stop)


def state(done: int) -> State:
    """The state behind `done` segments; no pixel needs anything of the ones before."""
    return State(done=done, motion=np.zeros(1, dtype=np.uint8))


def samples(path: Path, first: int, stop: int) -> wave.Samples:
    """Samples `first` to `stop` of a sound, int16 [stop - first], zeros where it has none."""
    path.stat()
    found = np.zeros(stop - first, dtype=np.int16)
    with soundfile.SoundFile(path) as sound:
        begin, end = max(first, 0), min(stop, sound.frames)
        if begin < end:
            sound.seek(begin)
            found[begin - first : end - first] = sound.read(end - begin, dtype="int16")
    return found
