"""ffmpeg command lines: what may be read, and whose fault a failure is."""

from __future__ import annotations

import errno
import platform
from functools import cache
from pathlib import Path
from typing import Any

import ffmpeg  # type: ignore[import-untyped]  # the package has no types
import imageio_ffmpeg  # type: ignore[import-untyped]  # the package has no types

from manifests.errors import BadInput, RushesError, Transient
from pipeline.media.process import ProgramFailed

PROTOCOLS = "file,pipe"

# Containers that hold their own sound. Left out: whatever names other files (concat, hls, dash,
# imf, image2, sdp), and avi, whose subtitle track may hold any other format.
DEMUXERS = "wav,w64,mp3,flac,ogg,mov,matroska,aac,aiff,caf,au,amr,ac3,eac3,asf,wv"

UNTRUSTED = {
    "protocol_whitelist": PROTOCOLS,
    "format_whitelist": DEMUXERS,
}
"""libavformat options for every file of a studio."""

# Resampling and AAC differ in their last bits between CPUs with and without AVX and FMA, so every
# x86 machine computes as the oldest does. It costs no time; x264 looks at the CPU by itself, and
# its bytes are the same on all.
_OLDEST_X86 = "mmx+mmxext+sse+sse2+sse3+ssse3+sse4.1+sse4.2"
_SAME_MATHS = ("-cpuflags", _OLDEST_X86) if platform.machine() in {"x86_64", "AMD64"} else ()

GLOBAL = (
    "-hide_banner", "-nostdin", "-y", "-loglevel", "error", "-filter_complex_threads", "1",
    *_SAME_MATHS,
)  # fmt: skip
"""Quiet, asking nothing, overwriting, the same bytes on every machine."""

UNTAGGED: dict[str, str | int] = {"map_metadata": -1, "map_chapters": -1, "flags": "+bitexact"}
"""Output options that keep the source's tags out of a file."""

REPRODUCIBLE = UNTAGGED | {"fflags": "+bitexact"}
"""The same, without versions and random numbers of the container."""

Graph = Any  # ffmpeg-python has no types


@cache
def program() -> str:
    """Path of the ffmpeg that the wheel carries."""
    return str(imageio_ffmpeg.get_ffmpeg_exe())


def name_of(path: Path) -> str:
    """A path that is never taken for a protocol or an option."""
    return f"file:{path.resolve()}"


def untrusted_input(path: Path, **options: str | float) -> Graph:
    return ffmpeg.input(name_of(path), **UNTRUSTED, **options)


def command(*outputs: Graph) -> list[str]:
    """The command line of a graph."""
    graph = ffmpeg.merge_outputs(*outputs) if len(outputs) > 1 else outputs[0]
    return [str(part) for part in graph.global_args(*GLOBAL).compile(cmd=program())]


_MACHINES = frozenset(
    {errno.EACCES, errno.EAGAIN, errno.EIO, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC}
)
"""Errors over a file of our own desk that say nothing of what is in it."""

_ENDED_BY_SIGNAL = 255
"""How ffmpeg exits when it was asked to end."""


def blame(failure: ProgramFailed, *, code: str, message: str) -> RushesError:
    """The error for a program that failed over a file: the file's fault, unless the machine's."""
    if "No space left on device" in failure.said:
        return Transient("disk_full", "The disk of the worker is full; free space and run again.")
    if failure.of_the_machine or failure.code == _ENDED_BY_SIGNAL:
        return _stopped(failure)
    return BadInput(code, message)


def blame_library(
    error: Exception, *, code: str, message: str, what: str = "The decoder"
) -> RushesError:
    """The same for what libavformat and libavcodec raise in our own process."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) in _MACHINES:
        return Transient("program_stopped", f"{what} was stopped by the machine: {error}")
    return BadInput(code, message)


def _stopped(failure: ProgramFailed) -> Transient:
    """What it said last is of the machine where it was not even started."""
    why = failure.said.splitlines()[-1][:200] if failure.said and failure.code >= 0 else ""
    told = f": {why}" if why and not failure.timed_out else ""
    return Transient("program_stopped", f"{failure.program} was stopped by the machine{told}.")
