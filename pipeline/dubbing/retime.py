"""A take's sound without some of its silence, and stretched without a change of pitch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.errors import Transient
from model.shapes import FPS, MIX_RATE, MIX_SAMPLES_PER_FRAME
from pipeline.dubbing.cue_fit import CueFit
from pipeline.dubbing.slots import Fit
from pipeline.media.process import ProgramFailed, run_program
from pipeline.media.sound.speech_file import TIMEOUT_S, our_wav, wav_output, write_speech
from pipeline.media.sound.wav import MixWriter, read_info, read_pcm, set_samples
from pipeline.nouns import Span

FADE = MIX_RATE // 200
"""5 ms on each side of a cut, so that room tone does not click."""

_TAIL = MIX_RATE // 5
"""Silence behind a cue that is stretched, or its end would be lost in ffmpeg's last window."""

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
        for block in _kept(sound, info.samples, fit.removed):
            writer.append(block)
    run_program(_stretching(shorter, whole, fit), timeout_s=TIMEOUT_S)
    set_samples(whole, fit.frames * MIX_SAMPLES_PER_FRAME)
    whole.replace(sound)
    shorter.unlink()


def fitted_cue(sound: Path, fit: CueFit, lead_s: float, folder: Path) -> Path:
    """The mono sound of one cue with what its fit does to it; itself where that is nothing.

    Its first sound comes after `lead_s`, and a stretched one ends where the fit says: ffmpeg keeps
    to a length by some milliseconds. Raises `Transient`.
    """
    if not fit.removed and fit.factor == 1:
        return sound
    shorter = folder / f"{sound.stem}.trimmed.wav"
    with MixWriter(shorter, channels=1) as writer:
        for block in _kept(sound, samples_of_wav(sound), fit.removed):
            writer.append(block)
        writer.pad_to(writer.samples + (_TAIL if fit.factor != 1 else 0))
    if fit.factor == 1:
        return shorter
    whole = folder / f"{sound.stem}.stretched.wav"
    graph = our_wav(shorter).filter("aformat", sample_fmts="dbl").filter("atempo", 1 / fit.factor)
    try:
        run_program(wav_output(graph, whole, "pcm_s24le"), timeout_s=TIMEOUT_S)
    except ProgramFailed as failure:
        raise Transient("stretch_failed", f"a cue could not be stretched: {failure}") from failure
    pcm = read_pcm(whole, 0, round((lead_s * fit.factor + fit.length_s) * MIX_RATE))
    last = pcm[::-1][:FADE].astype(np.float64)
    _fade(last)
    pcm[::-1][:FADE] = np.rint(last).astype(np.int32)
    with MixWriter(shorter, channels=1) as writer:
        writer.append(pcm)
    whole.unlink()
    return shorter


def samples_of_wav(path: Path) -> int:
    info = read_info(path)
    if info is None:
        raise ValueError(f"{path.name} is no WAV file")
    return info.samples


def _kept(mix: Path, samples: int, removed: Sequence[Span]) -> Iterator[Pcm]:
    """The samples of all that is not removed, in blocks, faded at the cuts."""
    edges = [0]
    for span in removed:
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
