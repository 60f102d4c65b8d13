"""Checksums that a format keeps of its sound: whether what was decoded is what was recorded."""

from __future__ import annotations

from pathlib import Path

from pipeline.media.ffmpeg import command
from pipeline.media.process import ProgramFailed, run_program
from pipeline.media.sound.recording import TIMEOUT_S, Recording

_PCM = {8: "pcm_s8", 16: "pcm_s16le", 24: "pcm_s24le", 32: "pcm_s32le"}
_HEADER_BYTES = 42
"""A FLAC file's mark, and its first part with the MD5 of all samples at the end."""


def checksum_wrong(recording: Recording, said: str) -> bool:
    """Whether decoding, where ffmpeg `said` something, or the sum over all samples tells of other
    bytes than were written."""
    if "CRC" in said:
        return True
    kept = _kept_md5(recording.source)
    return kept is not None and kept[1] != _md5(recording, _PCM[kept[0]])


def _kept_md5(path: Path) -> tuple[int, str] | None:
    """The bits of a sample and the MD5 that a FLAC file keeps of them all; None if it keeps none,
    or of samples that ffmpeg would widen first."""
    with path.open("rb") as file:
        head = file.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES or head[:4] != b"fLaC" or not any(head[26:]):
        return None
    bits = ((head[20] & 1) << 4 | head[21] >> 4) + 1
    return (bits, head[26:].hex()) if bits in _PCM else None


def _md5(recording: Recording, codec: str) -> str:
    sums = command(recording.sound().output("pipe:1", format="md5", acodec=codec))
    try:
        return run_program(sums, timeout_s=TIMEOUT_S).output.decode().strip().removeprefix("MD5=")
    except ProgramFailed as failure:
        raise recording.unreadable(failure) from failure
