"""PCM WAV files of 16 or 24 bits, written as a stream and read by range, by libsndfile.

Samples are the file's own whole numbers; libsndfile's 32-bit ones hold them in their upper bits, so
nothing is ever scaled or rounded. The same samples are the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import soundfile  # type: ignore[import-untyped]  # no types in soundfile
from numpy.typing import NDArray

from manifests.errors import BadInput, Transient
from model.shapes import MIX_RATE, SPEECH_RATE

LARGEST_DATA_BYTES = 0xFFFFFFFF - 44
WAVS = frozenset({"WAV", "WAVEX", "RF64"})
SUBTYPES = {2: "PCM_16", 3: "PCM_24"}
_SHIFTS = {"PCM_16": 16, "PCM_24": 8}
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class WavInfo:
    """What a WAV file holds: `samples` per channel, of `sample_bytes` each (0: not of 16 or 24
    bits)."""

    rate: int
    channels: int
    sample_bytes: int
    samples: int


def read_info(path: Path) -> WavInfo | None:
    """Of a WAV or RF64 file; None when it is not one."""
    file = _opened(path)
    if file is None:
        return None
    with file:
        return WavInfo(
            rate=file.samplerate,
            channels=file.channels,
            sample_bytes=(32 - _SHIFTS.get(file.subtype, 32)) // 8,
            samples=file.frames,
        )


def _opened(path: Path) -> soundfile.SoundFile | None:
    """None when it is no WAV file; an `OSError` when the machine cannot open it."""
    with path.open("rb"):  # libsndfile does not tell why it cannot
        pass
    try:
        file = soundfile.SoundFile(path)
    except soundfile.LibsndfileError:
        return None
    if file.format in WAVS:
        return file
    file.close()
    return None


def read_pcm(path: Path, start: int = 0, stop: int | None = None) -> NDArray[np.int32]:
    """Samples `start` up to `stop`, [n, channels]: the file's own 16- or 24-bit whole numbers.

    Raises `BadInput("audio_unreadable")` when the file is not a PCM WAV of 16 or 24 bits.
    """
    file = _opened(path)
    if file is not None:
        with file:
            if file.subtype in _SHIFTS:
                return _range(file, start, stop) >> _SHIFTS[file.subtype]
    raise BadInput("audio_unreadable", f"{path.name} is not a 16- or 24-bit PCM WAV file.")


def _range(file: soundfile.SoundFile, start: int, stop: int | None) -> NDArray[np.int32]:
    start = min(start, file.frames)
    stop = file.frames if stop is None else min(stop, file.frames)
    file.seek(start)
    wide: NDArray[np.int32] = file.read(max(0, stop - start), dtype="int32", always_2d=True)
    return wide


def read_speech(
    path: Path, start_sample: int = 0, stop_sample: int | None = None
) -> NDArray[np.float32]:
    """Samples of a mono 16-bit file as float32 [n] in [-1, 1)."""
    pcm = read_pcm(path, start_sample, stop_sample)
    return pcm[:, 0].astype(np.float32) / np.float32(32768)


class WavWriter:
    """Writes samples as they come; the file is right once closed, and gone after an error.

    Raises `ValueError` past 4 GB, where the format ends (four hours of 24-bit stereo at 48 kHz).
    """

    def __init__(self, path: Path, *, rate: int, channels: int, sample_bytes: int) -> None:
        self.path = path
        self.samples = 0
        """Per channel, written so far."""
        self.channels = channels
        self._most = LARGEST_DATA_BYTES // (channels * sample_bytes)
        self._shift = _SHIFTS[SUBTYPES[sample_bytes]]
        with path.open("wb"):  # libsndfile does not tell why it cannot
            pass
        self._file = soundfile.SoundFile(
            path, "w", rate, channels, subtype=SUBTYPES[sample_bytes], format="WAV"
        )

    def append(self, pcm: NDArray[np.int32]) -> None:
        """Append whole-number samples [n, channels] in the file's own width."""
        if self.samples + len(pcm) > self._most:
            raise ValueError(f"{self.path.name} would pass 4 GB")
        try:
            self._file.write(pcm.astype(np.int32, copy=False) << self._shift)
        except soundfile.LibsndfileError as error:
            message = f"{self.path.name} could not be written; free space and run again."
            raise Transient("disk_full", message) from error
        self.samples += len(pcm)

    def pad_to(self, samples: int) -> None:
        """Append digital silence until the file holds `samples`."""
        while self.samples < samples:
            block = min(_BLOCK, samples - self.samples)
            self.append(np.zeros((block, self.channels), np.int32))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
        if kind is not None:
            self.path.unlink(missing_ok=True)


class SpeechWriter(WavWriter):
    """Speech as the networks hear it: 16 kHz, mono, 16 bits."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, rate=SPEECH_RATE, channels=1, sample_bytes=2)

    def append_speech(self, samples: NDArray[np.float32]) -> None:
        """Append float samples [n] in [-1, 1]; what is outside is clipped."""
        scaled = np.rint(samples.astype(np.float64) * 32768)
        self.append(np.clip(scaled, -32768, 32767).astype(np.int32)[:, None])


class MixWriter(WavWriter):
    """Sound as it is delivered: 48 kHz, 24 bits, mono or stereo."""

    def __init__(self, path: Path, *, channels: int) -> None:
        super().__init__(path, rate=MIX_RATE, channels=channels, sample_bytes=3)


def set_samples(path: Path, samples: int) -> None:
    """Cut a WAV file of 16 or 24 bits, or pad it with silence, to exactly `samples`.

    It is written anew: libsndfile would change a header of ffmpeg's in place to one of another
    length.
    """
    info = read_info(path)
    if info is None or not info.sample_bytes:
        raise ValueError(f"{path.name} is not a WAV file of 16 or 24 bits")
    made = path.with_suffix(".set.wav")
    with WavWriter(
        made, rate=info.rate, channels=info.channels, sample_bytes=info.sample_bytes
    ) as writer:
        for start in range(0, min(samples, info.samples), _BLOCK):
            writer.append(read_pcm(path, start, min(start + _BLOCK, samples)))
        writer.pad_to(samples)
    made.replace(path)
