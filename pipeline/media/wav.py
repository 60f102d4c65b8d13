"""PCM WAV files of 16 or 24 bits, written as a stream and read by range."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from manifests.errors import BadInput
from model.shapes import MIX_RATE, SPEECH_RATE

PCM, EXTENSIBLE = 1, 0xFFFE
UNKNOWN_BYTES = 0xFFFFFFFF
LARGEST_DATA_BYTES = UNKNOWN_BYTES - 44
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sI")
_ZEROS = bytes(1 << 16)


@dataclass(frozen=True, slots=True, kw_only=True)
class WavInfo:
    """What the header says: `declared_bytes` were announced, `present_bytes` are there."""

    encoding: int
    rate: int
    channels: int
    sample_bytes: int
    data_start: int
    declared_bytes: int
    present_bytes: int

    @property
    def frame_bytes(self) -> int:
        """Bytes of one sample of all channels."""
        return self.channels * self.sample_bytes

    @property
    def samples(self) -> int:
        """Samples per channel that are really there."""
        return self.present_bytes // self.frame_bytes

    @property
    def cut_short(self) -> bool:
        return self.present_bytes < self.declared_bytes


def read_info(path: Path) -> WavInfo | None:
    """The header of a WAV or RF64 file; None when it is not one."""
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
            return None
        chunk = b""
        while len(start := file.read(8)) == 8:  # noqa: PLR2004  # a chunk's name and size
            name, length = struct.unpack("<4sI", start)
            if name == b"data":
                return _info(chunk, file.tell(), length, size)
            if name == b"fmt ":
                chunk = file.read(16)
                length -= len(chunk)
            file.seek(length + length % 2, 1)
    return None


def _info(chunk: bytes, data_start: int, length: int, file_bytes: int) -> WavInfo | None:
    if len(chunk) < 16:  # noqa: PLR2004  # the shortest legal one
        return None
    encoding, channels, rate, _, frame_bytes, _ = struct.unpack("<HHIIHH", chunk)
    if not channels or frame_bytes < channels:
        return None
    there = file_bytes - data_start
    declared = there if length in (0, UNKNOWN_BYTES) else length  # streams and RF64 say nothing
    return WavInfo(
        encoding=encoding,
        rate=rate,
        channels=channels,
        sample_bytes=frame_bytes // channels,
        data_start=data_start,
        declared_bytes=declared,
        present_bytes=min(declared, there),
    )


def read_pcm(path: Path, start: int = 0, stop: int | None = None) -> NDArray[np.int32]:
    """Samples `start` up to `stop`, [n, channels]: the file's own 16- or 24-bit whole numbers.

    Raises `BadInput("audio_unreadable")` when the file is not a PCM WAV of 16 or 24 bits.
    """
    info = read_info(path)
    if info is None or info.encoding not in (PCM, EXTENSIBLE) or info.sample_bytes not in (2, 3):
        raise BadInput("audio_unreadable", f"{path.name} is not a 16- or 24-bit PCM WAV file.")
    start = min(start, info.samples)
    stop = info.samples if stop is None else min(stop, info.samples)
    with path.open("rb") as file:
        file.seek(info.data_start + start * info.frame_bytes)
        data = file.read(max(0, stop - start) * info.frame_bytes)
    flat = unpack24(data) if info.sample_bytes == 3 else _unpack16(data)  # noqa: PLR2004
    return flat.reshape(-1, info.channels)


def read_speech(
    path: Path, start_sample: int = 0, stop_sample: int | None = None
) -> NDArray[np.float32]:
    """Samples of a mono 16-bit file as float32 [n] in [-1, 1)."""
    pcm = read_pcm(path, start_sample, stop_sample)
    return pcm[:, 0].astype(np.float32) / np.float32(32768)


def unpack24(data: bytes) -> NDArray[np.int32]:
    """Little-endian 24-bit samples as int32 [n]."""
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return wide.view("<i4")[:, 0] >> 8


def pack24(samples: NDArray[np.int32]) -> bytes:
    """The reverse of `unpack24`; samples must lie in [-2^23, 2^23)."""
    wide = np.ascontiguousarray(samples, dtype="<i4").reshape(-1, 1).view(np.uint8)
    return wide[:, :3].tobytes()


def _unpack16(data: bytes) -> NDArray[np.int32]:
    return np.frombuffer(data, "<i2").astype(np.int32)


class WavWriter:
    """Writes samples as they come; the file is right once closed, and gone after an error.

    Raises `ValueError` past 4 GB, where the format ends (four hours of 24-bit stereo at 48 kHz).
    """

    def __init__(self, path: Path, *, rate: int, channels: int, sample_bytes: int) -> None:
        self.path = path
        self.rate = rate
        self.channels = channels
        self.sample_bytes = sample_bytes
        self._bytes = 0
        self._file: IO[bytes] = path.open("wb")
        self._file.write(self._header())

    @property
    def samples(self) -> int:
        """Samples per channel written so far."""
        return self._bytes // (self.channels * self.sample_bytes)

    def write(self, data: bytes) -> None:
        """Append raw little-endian samples, whole for all channels."""
        if self._bytes + len(data) > LARGEST_DATA_BYTES:
            raise ValueError(f"{self.path.name} would pass 4 GB")
        self._file.write(data)
        self._bytes += len(data)

    def append(self, pcm: NDArray[np.int32]) -> None:
        """Append whole-number samples [n, channels] in the file's own width."""
        wide = self.sample_bytes == 3  # noqa: PLR2004
        self.write(pack24(pcm) if wide else pcm.astype("<i2").tobytes())

    def pad_to(self, samples: int) -> None:
        """Append digital silence until the file holds `samples`."""
        missing = (samples - self.samples) * self.channels * self.sample_bytes
        while missing > 0:
            block = _ZEROS[:missing]
            self.write(block)
            missing -= len(block)

    def close(self) -> None:
        if self._bytes % 2:
            self._file.write(b"\0")  # chunks have even lengths
        self._file.seek(0)
        self._file.write(self._header())
        self._file.close()

    def _header(self) -> bytes:
        frame_bytes = self.channels * self.sample_bytes
        return _HEADER.pack(
            b"RIFF", 36 + self._bytes + self._bytes % 2, b"WAVE",
            b"fmt ", 16, PCM, self.channels, self.rate, self.rate * frame_bytes, frame_bytes,
            8 * self.sample_bytes, b"data", self._bytes,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is None:
            self.close()
        else:
            self._file.close()
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
    """Cut a WAV file whose data chunk comes last, or pad it with silence, to exactly `samples`."""
    info = read_info(path)
    if info is None:
        raise ValueError(f"{path.name} is not a WAV file")
    data_bytes = samples * info.frame_bytes
    end = info.data_start + data_bytes + data_bytes % 2
    with path.open("r+b") as file:
        file.truncate(info.data_start + min(data_bytes, info.present_bytes))
        file.truncate(end)  # growing a file fills it with zeros
        file.seek(4)
        file.write(struct.pack("<I", end - 8))
        file.seek(info.data_start - 4)
        file.write(struct.pack("<I", data_bytes))
