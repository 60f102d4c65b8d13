"""Speech features without a network: log-mel energies on the frame grid, for small models."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from model.conditions.mel import TRANSFORM_SAMPLES, mel_bands
from model.conditions.speech import Sound
from model.shapes import SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME, frames_of

SPAN_SAMPLES = 400
FLOOR = 1e-6
MEAN, DEVIATION = -5.0, 4.3
"""Of the natural logarithm of the mel energies of speech at -23 LUFS: constants, so that a frame's
features depend on nothing but the sound around it."""


@dataclass(frozen=True)  # no slots: the bands are cached
class LogMelFeatures:
    """Each frame of 640 samples is cut into `blocks` steps of `channels` mel bands.

    A frame hears what sounds `ahead` frames later, for networks whose pictures come late.
    """

    blocks: int
    channels: int
    ahead: int = 0

    def __post_init__(self) -> None:
        if SPEECH_SAMPLES_PER_FRAME % self.blocks:
            raise ValueError(f"a frame of 640 samples has no {self.blocks} equal steps")

    @property
    def reach(self) -> int:
        """Samples beyond a frame that the spans of its first and last step cover."""
        beyond = max(0, -((SPEECH_SAMPLES_PER_FRAME // self.blocks - SPAN_SAMPLES) // 2))
        return beyond + self.ahead * SPEECH_SAMPLES_PER_FRAME

    def encode(self, sound: Sound, silence: int = 0) -> Tensor:
        """[frames + silence, blocks, channels], about zero mean and unit variance in speech."""
        if not len(sound):
            raise ValueError("there is no sound to hear")
        frames = frames_of(len(sound), SPEECH_RATE) + silence
        spectrum = np.fft.rfft(self._spans(sound, frames) * _HANN, TRANSFORM_SAMPLES)
        energies = (np.abs(spectrum) ** 2) @ self._bands
        features = (np.log(energies + FLOOR) - MEAN) / DEVIATION
        shape = (frames, self.blocks, self.channels)
        return torch.from_numpy(features.reshape(shape).astype(np.float32))

    def _spans(self, sound: Sound, frames: int) -> NDArray[np.float64]:
        """[frames x blocks, 400] samples about the middle of each step, zeros beyond the ends."""
        step = SPEECH_SAMPLES_PER_FRAME // self.blocks
        before = (SPAN_SAMPLES - step) // 2  # negative when a step is longer than a span
        later = self.ahead * SPEECH_SAMPLES_PER_FRAME
        end = frames * SPEECH_SAMPLES_PER_FRAME + SPAN_SAMPLES + later
        around = np.pad(sound.astype(np.float64), (SPAN_SAMPLES, end - len(sound)))
        spans = np.lib.stride_tricks.sliding_window_view(around, SPAN_SAMPLES)
        return spans[SPAN_SAMPLES - before + later :: step][: frames * self.blocks]

    @cached_property
    def _bands(self) -> NDArray[np.float64]:
        return mel_bands(self.channels)


_HANN = np.hanning(SPAN_SAMPLES + 1)[:-1]
