"""A take's sound without some of its silence, and stretched without a change of pitch."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import ffmpeg  # type: ignore[import-untyped]  # the package has no types
import numpy as np
from numpy.typing import NDArray

from manifests.errors import Transient
from model.shapes import FPS, MIX_RATE, MIX_SAMPLES_PER_FRAME, SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.ffmpeg import PROTOCOLS, REPRODUCIBLE, command, name_of
from pipeline.media.process import ProgramFailed, run
from pipeline.media.wav import MixWriter, read_info, read_pcm, set_samples
from pipeline.slots import Fit

TIMEOUT_S = 1800.0
FADE = MIX_RATE // 200
"""5 ms on each side of a cut, so that room tone does not click."""

BLOCK = 30 * MIX_RATE

Pcm = NDArray[np.int32]


def retime(speech: Path, mix: Path, fit: Fit, desk: Path) -> None:
    """Make both files of a take `fit.frames` frames long, in place. Raises `Transient`."""
    shorter, whole = desk / "trimmed.wav", desk / "retimed.wav"
    info = read_info(mix)
    if info is None:
        raise ValueError(f"{mix.name} is no WAV file")
    with MixWriter(shorter, channels=info.channels) as writer:
        for block in _kept(mix, info.samples, fit):
            writer.append(block)
    try:
        run(_stretching(shorter, whole, fit), timeout_s=TIMEOUT_S)
        set_samples(whole, fit.frames * MIX_SAMPLES_PER_FRAME)
        run(_hearing(whole, speech), timeout_s=TIMEOUT_S)
        set_samples(speech, fit.frames * SPEECH_SAMPLES_PER_FRAME)
    except ProgramFailed as failure:
        raise Transient(
            "stretch_failed", f"the speech could not be stretched: {failure}"
        ) from failure
    whole.replace(mix)
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
    sound = ffmpeg.input(name_of(source), protocol_whitelist=PROTOCOLS, format="wav")
    if abs(fit.factor - 1) * fit.frames / FPS > 1 / MIX_RATE:
        sound = sound.filter("aformat", sample_fmts="dbl").filter("atempo", 1 / fit.factor)
    return command(
        sound.output(name_of(path), format="wav", acodec="pcm_s24le", threads=1, **REPRODUCIBLE)
    )


def _hearing(mix: Path, speech: Path) -> list[str]:
    sound = ffmpeg.input(name_of(mix), protocol_whitelist=PROTOCOLS, format="wav")
    mono = sound.filter("aresample", SPEECH_RATE).filter(
        "aformat", sample_fmts="s16", channel_layouts="mono"
    )
    return command(
        mono.output(name_of(speech), format="wav", acodec="pcm_s16le", threads=1, **REPRODUCIBLE)
    )
