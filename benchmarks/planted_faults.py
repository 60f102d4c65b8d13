"""Faults that are planted into good clips: pure functions of frames and of what is said.

Frames are uint8 [n, H, W, 3] RGB at 25 a second; a fault begins at a frame.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from model.sampling.colour import to_lab, to_rgb
from model.shapes import FPS, SPEECH_SAMPLES_PER_FRAME
from pipeline.phones import SILENCE, Phones, concatenate
from pipeline.renderer import Frames


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Said:
    """The sound of a clip, float32 at 16 kHz, and its phones."""

    samples: NDArray[np.float32]
    phones: Phones

    @property
    def frames(self) -> int:
        return len(self.samples) // SPEECH_SAMPLES_PER_FRAME


# Of frames


def swapped(frames: Frames, others: Frames, at: int) -> Frames:
    """Another person from a frame on."""
    return np.concatenate([frames[:at], others[at : len(frames)]])


def blackened(frames: Frames, at: int, count: int) -> Frames:
    """So many frames black."""
    found = frames.copy()
    found[at : at + count] = 0
    return found


def frozen(frames: Frames, at: int, count: int) -> Frames:
    """So many frames show the one before them again; then it goes on where it would be."""
    found = frames.copy()
    found[at : at + count] = frames[at - 1]
    return found


def tinted(frames: Frames, lab: tuple[float, float, float], full_at: int) -> Frames:
    """A colour that grows frame by frame until it is `lab` off in CIE Lab, and stays."""
    shares = np.minimum(np.arange(len(frames)) / max(full_at, 1), 1)
    return np.stack(
        [
            tinted_frame(frame, (share * lab[0], share * lab[1], share * lab[2]))
            for frame, share in zip(frames, shares, strict=True)
        ]
    )


def tinted_frame(frame: NDArray[np.uint8], lab: tuple[float, ...]) -> NDArray[np.uint8]:
    unit = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
    moved = to_rgb(to_lab(unit) + torch.tensor(lab).view(1, 3, 1, 1))[0].permute(1, 2, 0)
    return np.ascontiguousarray((moved * 255).round().to(torch.uint8).numpy())


def blurred(frames: Frames, sigma: float, full_at: int) -> Frames:
    """A softness that grows frame by frame until it is `sigma` pixels, and stays."""
    sigmas = sigma * np.minimum(np.arange(len(frames)) / max(full_at, 1), 1)
    return np.stack(
        [
            frame if amount < 0.05 else np.asarray(cv2.GaussianBlur(frame, (0, 0), amount))  # noqa: PLR2004
            for frame, amount in zip(frames, sigmas, strict=True)
        ]
    ).astype(np.uint8)


def jumped(frames: Frames, at: int, pixels: float) -> Frames:
    """From a frame on all is moved to the right, as where two segments do not meet."""
    height, width = frames.shape[1:3]
    matrix = np.array([[1, 0, pixels], [0, 1, 0]], np.float64)
    moved = [
        cv2.warpAffine(frame, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
        for frame in frames[at:]
    ]
    return np.concatenate([frames[:at], np.stack(moved).astype(np.uint8)])


# Of what is said


def later(said: Said, frames: int) -> Said:
    """The sound so many frames later than the picture (before it, if negative), as long as it
    was."""
    shift = frames * SPEECH_SAMPLES_PER_FRAME
    samples = np.roll(said.samples, shift)
    silent = slice(0, shift) if shift >= 0 else slice(shift, None)
    samples[silent] = 0
    return Said(samples=samples, phones=said.phones.shift(frames / FPS))


def hushed(said: Said, start: int, stop: int) -> Said:
    """Digital silence from frame `start` to `stop`, whatever was said there."""
    samples = said.samples.copy()
    samples[start * SPEECH_SAMPLES_PER_FRAME : stop * SPEECH_SAMPLES_PER_FRAME] = 0
    begin, end = start / FPS, stop / FPS
    phones = said.phones
    before = phones.between(0, begin)
    behind = phones.between(end, said.frames / FPS)
    silence = Phones(
        start_s=np.array([begin]),
        stop_s=np.array([end]),
        names=(SILENCE,),
        source=phones.source,
    )
    return Said(
        samples=samples,
        phones=concatenate([_cut(before, 0, begin), silence, _cut(behind, end, np.inf)]),
    )


def other_words(said: Said, other: Said) -> Said:
    """What is said elsewhere, as long as this: from its start again where it is shorter."""
    times = -(-len(said.samples) // len(other.samples))
    phones = concatenate([other.phones.shift(index * other.frames / FPS) for index in range(times)])
    samples = np.tile(other.samples, times)[: len(said.samples)]
    return Said(samples=samples, phones=_cut(phones, 0, said.frames / FPS))


def _cut(phones: Phones, start_s: float, stop_s: float) -> Phones:
    """Those inside, none of them beyond the ends."""
    inside = phones.between(start_s, stop_s)
    return Phones(
        start_s=inside.start_s.clip(start_s, stop_s),
        stop_s=inside.stop_s.clip(start_s, stop_s),
        names=inside.names,
        source=inside.source,
    )
