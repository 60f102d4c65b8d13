"""The voice of a recording without its music, for the lips alone: an MDX-Net separator such as
Kim_Vocal_2 on onnxruntime, window by window in constant memory.

Windows overlap and are faded into each other by Hann curves, so that a join is never heard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # no types in onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi.onnxruntime_pybind11_state import (  # type: ignore[import-untyped]
    Fail,
    InvalidArgument,
    InvalidGraph,
    InvalidProtobuf,
    RuntimeException,
)
from onnxruntime.capi.onnxruntime_pybind11_state import (
    NotImplemented as NotKnown,
)

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable, Transient
from model.shapes import MIX_RATE
from pipeline.media.ffmpeg import REPRODUCIBLE, command
from pipeline.media.process import ProgramFailed, reading, run_program
from pipeline.media.sound.speech_file import TIMEOUT_S, our_wav, wav_output, write_speech
from pipeline.media.sound.wav import WavWriter, read_info, set_samples

RATE = 44_100
SPECTRUM, HOP = 7680, 1024
BANDS, SPECTRA = 3072, 256
WINDOW = HOP * (SPECTRA - 1)
"""Samples of one call of a network: 5.9 s."""

MARGIN = SPECTRUM // 2
RUMBLE = 3
"""The lowest bands, below 17 Hz, are not shown to the network."""

SHAPE = (1, 4, BANDS, SPECTRA)
"""Left real, left imaginary, right real, right imaginary."""

Sound = NDArray[np.float32]
"""[2, samples]."""

Spectra = NDArray[np.float32]
"""[1, 4, bands, spectra]."""

_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(SPECTRUM) / SPECTRUM)).astype(np.float32)


def spectra_of(sound: Sound) -> Spectra:
    """Of exactly `WINDOW` samples, mirrored at both ends."""
    from scipy import fft  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load

    mirrored = np.pad(sound, ((0, 0), (MARGIN, MARGIN)), mode="reflect")
    pieces = np.lib.stride_tricks.sliding_window_view(mirrored, SPECTRUM, axis=1)[:, ::HOP]
    bands = fft.rfft(pieces * _HANN, axis=-1)[..., :BANDS]  # [side, spectrum, band]
    bands[..., :RUMBLE] = 0
    parts = np.stack([bands.real, bands.imag], axis=1)  # [side, part, spectrum, band]
    return np.ascontiguousarray(parts.swapaxes(2, 3).reshape(SHAPE), np.float32)


def sound_of(spectra: Spectra) -> Sound:
    """The reverse of `spectra_of`; what lay above the highest band is gone."""
    from scipy import fft  # noqa: PLC0415 - slow to load

    parts = spectra.reshape(2, 2, BANDS, SPECTRA)
    bands = (parts[:, 0] + 1j * parts[:, 1]).swapaxes(1, 2)
    pieces = fft.irfft(bands, n=SPECTRUM, axis=-1) * _HANN
    total = np.zeros((2, WINDOW + SPECTRUM), np.float32)
    weight = np.zeros(WINDOW + SPECTRUM, np.float32)
    for index in range(SPECTRA):
        at = slice(index * HOP, index * HOP + SPECTRUM)
        total[:, at] += pieces[:, index]
        weight[at] += _HANN**2
    inside = slice(MARGIN, MARGIN + WINDOW)
    return total[:, inside] / weight[inside]


VERSION = 1
"""Of the way in which voices are taken out; names of takes hold it."""

STEP = WINDOW * 3 // 4
_FULL_SCALE = 1 << 23
_BROKEN = (Fail, InvalidArgument, InvalidGraph, InvalidProtobuf, NotKnown, RuntimeException)
_REMEDY = (
    "give the file Kim_Vocal_2.onnx or another vocal MDX-Net of its shape, or take `vocals` out "
    "of the settings"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocals:
    """A separator's file with the digest that it had when the run began; empty: none."""

    network: str = ""
    sha256: str = ""

    @property
    def part(self) -> tuple[str, ...]:
        """What it adds to the name of a take of a recording."""
        return (f"vocals/{VERSION}", self.sha256) if self.network else ()


def vocals_of(network: Path) -> Vocals:
    """The separator of a file; raises `ManifestUnusable` `vocals_missing` or `vocals_wrong`."""
    if not network.is_file():
        raise ManifestUnusable("vocals_missing", f"vocals: {network} is no file; {_REMEDY}.")
    stat = network.stat()
    return _looked_at(network.resolve(), stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=4)
def _looked_at(network: Path, _changed_ns: int, _bytes: int) -> Vocals:
    vocals = Vocals(network=str(network), sha256=sha256_of(network))
    _separator(vocals)
    return vocals


def isolate(mix: Path, vocals: Path, speech: Path, separator: Vocals, *, frames: int) -> None:
    """Write the voice in `mix` to `vocals`, 48 kHz stereo of the same length, and as the take's
    `speech`; `mix` stays as it is. Raises `Transient("vocals_failed")`."""
    info = read_info(mix)
    if info is None:
        raise ValueError(f"{mix.name} is no WAV file")
    raw = vocals.with_suffix(".44100.wav")
    try:
        _write_voice(mix, info.channels, raw, _separator(separator))
        resampled = our_wav(raw).filter("aresample", MIX_RATE)
        run_program(wav_output(resampled, vocals, "pcm_s24le"), timeout_s=TIMEOUT_S)
        set_samples(vocals, info.samples)
        write_speech(vocals, speech, frames)
    except ProgramFailed as failure:
        message = f"the voice could not be taken out of the recording: {failure}"
        raise Transient("vocals_failed", message) from failure
    raw.unlink()


def _write_voice(mix: Path, channels: int, path: Path, separate: Callable[[Sound], Sound]) -> None:
    sound = our_wav(mix).filter("aresample", RATE).filter("aformat", sample_fmts="flt")
    heard = command(sound.output("pipe:1", format="f32le", acodec="pcm_f32le", **REPRODUCIBLE))
    with (
        WavWriter(path, rate=RATE, channels=2, sample_bytes=3) as writer,
        reading(heard, block_bytes=4 * channels * RATE, timeout_s=TIMEOUT_S) as blocks,
    ):
        sounds = (_both_sides(np.frombuffer(block, "<f4"), channels) for block in blocks)
        for voice in separated(sounds, separate):
            writer.append(_pcm(voice))


def _both_sides(samples: NDArray[np.float32], channels: int) -> Sound:
    """A lone voice is as loud on both sides."""
    return np.broadcast_to(samples.reshape(-1, channels).T, (2, len(samples) // channels))


def separated(sounds: Iterable[Sound], separate: Callable[[Sound], Sound]) -> Iterator[Sound]:
    """The voice in a sound of any length, which comes in blocks; some silence follows at the
    end."""
    fade = (0.5 - 0.5 * np.cos(2 * np.pi * (np.arange(WINDOW) + 0.5) / WINDOW)).astype(np.float32)
    total, weight = np.zeros((2, WINDOW), np.float32), np.zeros(WINDOW, np.float32)
    before = MARGIN
    for window in _windows(sounds):
        total += fade * separate(window)
        weight += fade
        yield (total[:, :STEP] / weight[:STEP])[:, before:]
        total = np.pad(total[:, STEP:], ((0, 0), (0, STEP)))
        weight = np.pad(weight[STEP:], (0, STEP))
        before = 0
    rest = WINDOW - STEP
    yield total[:, :rest] / weight[:rest]


def _windows(sounds: Iterable[Sound]) -> Iterator[Sound]:
    """Windows of a sound with silence around it, a step apart; the last is filled up."""
    silence = np.zeros((2, MARGIN), np.float32)
    held = silence
    for sound in chain(sounds, [silence]):
        held = np.concatenate([held, sound], axis=1)
        while held.shape[1] >= WINDOW:
            yield held[:, :WINDOW]
            held = held[:, STEP:]
    yield np.pad(held, ((0, 0), (0, WINDOW - held.shape[1])))


def _pcm(sound: Sound) -> NDArray[np.int32]:
    whole = np.clip(np.rint(sound.T * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE - 1)
    return whole.astype(np.int32)


@cache
def _separator(vocals: Vocals) -> Callable[[Sound], Sound]:
    """One window through the network, on one thread: its bits do not depend on the cores."""
    path = Path(vocals.network)
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != vocals.sha256:
        message = f"vocals: {path} is not the file that the run began with; put that one there."
        raise ManifestUnusable("vocals_changed", message)
    session = _session(content, path)
    name = session.get_inputs()[0].name

    def separate(sound: Sound) -> Sound:
        (voice,) = session.run(None, {name: spectra_of(sound)})
        return sound_of(voice)

    return separate


def _session(content: bytes, path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # what is wrong is raised
    try:
        session = onnxruntime.InferenceSession(
            content, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except _BROKEN as error:
        message = f"vocals: {path} is not a usable ONNX file; {_REMEDY}."
        raise ManifestUnusable("vocals_wrong", message) from error
    given, made = session.get_inputs(), session.get_outputs()
    shapes = [list(each.shape[1:]) for each in (*given, *made)]
    if len(given) != 1 or len(made) != 1 or shapes != [list(SHAPE[1:])] * 2:
        told = " -> ".join(str([list(each.shape) for each in ends]) for ends in (given, made))
        raise ManifestUnusable(
            "vocals_wrong",
            f"vocals: {path} turns {told}, not one [n, 4, 3072, 256] into another; {_REMEDY}.",
        )
    return session
