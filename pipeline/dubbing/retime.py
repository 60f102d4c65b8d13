"""A take's sound without some of its silence, and stretched without a change of pitch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.errors import Transient
from model.shapes import FPS, MIX_RATE, MIX_SAMPLES_PER_FRAME
from pipeline.dubbing.slots import Fit
from pipeline.media.process import ProgramFailed, run_program
from pipeline.media.sound.speech_file import TIMEOUT_S, our_wav, wav_output, write_speech
from pipeline.media.sound.wav import MixWriter, read_info, read_pcm, set_samples

FADE = MIX_RATE // 200
"""5 ms on each side of a cut, so that room tone does not click."""

BLOCK = 30 * MIX_RATE

Pcm = NDArray[np.int32]


def retime(speech: Path, mix: Path, voice: Path, fit: Fit, desk: Path) -> None:
    """Make all files of a take `fit.frames` frames long, in place.

    `speech` is made of `voice`, which may be the mix itself. Raises `Transient`.
    """
    try:
        for sound in {mix, voice}:
            _retime(sound, fit, desk)
        write_speech(voice, speech, fit.frames)
    except ProgramFailed as failure:
        raise Transient(
            "stretch_failed", f"the speech could not be stretched: {failure}"
        ) from failure


def _retime(sound: Path, fit: Fit, desk: Path) -> None:
    shorter, whole = desk / "trimmed.wav", desk / "retimed.wav"
    info = read_info(sound)
    if info is None:
        raise ValueError(f"{sound.name} is no WAV file")
    with MixWriter(shorter, channels=info.channels) as writer:
        for block in _kept(sound, info.samples, fit):
            writer.append(block)
    run_program(_stretching(shorter, whole, fit), timeout_s=TIMEOUT_S)
    set_samples(whole, fit.frames * MIX_SAMPLES_PER_FRAME)
    whole.replace(sound)
    shorter.unlink()


def _kept(mix: Path, samples: int, fit: Fit) -> Iterator[Pcm]:
    """The samples of all that is not removed, in blocks, faded at the cuts."""
    edges = [0]
    for span in fit.removed:
        edges += [round(span.start_s * MIX_RATE), round(span.stop_s * MIX_RATE)]
    edges.append(samples)
    for start, stop in zip(edges[::2], edges[1::2], strict=True):
        for at in range(start, stop, BLOCK):
            block = read_pcm(mix, at, min(at + BLOCK, stop)).astype(np.float64)
            if at == start and start > 0:
                _fade(block[:FADE])
            if at + BLOCK >= stop and stop < samples:
                _fade(block[::-1][:FADE])
            yield np.rint(block).astype(np.int32)


def _fade(samples: NDArray[np.float64]) -> None:
    samples *= np.linspace(0.0, 1.0, len(samples))[:, None]


def _stretching(source: Path, path: Path, fit: Fit) -> list[str]:
    sound = our_wav(source)
    if abs(fit.factor - 1) * fit.frames / FPS > 1 / MIX_RATE:
        sound = sound.filter("aformat", sample_fmts="dbl").filter("atempo", 1 / fit.factor)
    return wav_output(sound, path, "pcm_s24le")
