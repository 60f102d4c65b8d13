"""flite, a small English synthesiser that most distributions carry."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.errors import Transient
from pipeline.media.process import ProgramFailed, run_program

PREFERRED = ("slt", "rms", "awb", "kal16")
"""Best first. Left out: kal, of 8 kHz, and awb_time, which can only tell the time."""

_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Flite:
    """One voice of the program `program`."""

    voice: str
    program: str
    digest: str
    languages: tuple[str, ...] = ("en-us", "en")
    reads_phones: bool = False
    rate: float = 1.0

    def paced(self, rate: float) -> Flite:
        """The same voice, speaking that many times as fast."""
        return replace(self, rate=rate)

    @property
    def name(self) -> str:
        return f"flite:{self.voice}"

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        """One short process per sentence; see `Voice.speak`."""
        stretch = f"duration_stretch={1 / self.rate:.4f}"
        pace = ["--setf", stretch] if self.rate != 1 else []
        for index, sentence in enumerate(sentences):
            path = folder / f"{index:06}.wav"
            command = [self.program, "-voice", self.voice, *pace, "-f", "-", "-o", str(path)]
            try:
                run_program(command, stdin=sentence.encode(), timeout_s=_TIMEOUT_S)
            except ProgramFailed as failure:
                raise Transient("voice_failed", f"{self.name}: {failure}") from failure
            yield path


def flite_voices() -> tuple[Flite, ...]:
    """Those of the flite on the PATH, best first."""
    program = shutil.which("flite")
    return () if program is None else _voices_of(program)


@cache
def _voices_of(program: str) -> tuple[Flite, ...]:
    try:
        there = (
            run_program([program, "-lv"], timeout_s=_TIMEOUT_S)
            .output.decode(errors="replace")
            .split()
        )
    except ProgramFailed as failure:
        if failure.of_the_moment:
            raise Transient("voice_failed", f"flite: {failure}") from failure
        return ()  # a flite that cannot even list its voices is none
    digest = sha256_of(Path(program))
    return tuple(
        Flite(voice=voice, program=program, digest=digest) for voice in PREFERRED if voice in there
    )
