"""espeak-ng: robotic, but there is hardly a language that it does not speak (GPL)."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.errors import Transient
from pipeline.media.process import ProgramFailed, run_program

_TIMEOUT_S = 60.0
_OWN_RATE = 175
"""Words a minute."""

_SHORT = {"cmn": "zh", "en-us": "en", "fr-fr": "fr", "nb": "no"}
"""Languages that espeak-ng knows only by a longer or another name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Espeak:
    """One language of the program `program`, by the name that espeak-ng gives it."""

    voice: str
    program: str
    digest: str
    reads_phones: bool = False
    rate: float = 1.0

    def paced(self, rate: float) -> Espeak:
        """The same voice, speaking that many times as fast."""
        return replace(self, rate=rate)

    @property
    def name(self) -> str:
        return f"espeak:{self.voice}"

    @property
    def languages(self) -> tuple[str, ...]:
        short = _SHORT.get(self.voice)
        return (self.voice,) if short is None else (self.voice, short)

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        """One short process per sentence; see `Voice.speak`."""
        pace = ["-s", str(round(_OWN_RATE * self.rate))] if self.rate != 1 else []
        for index, sentence in enumerate(sentences):
            path = folder / f"{index:06}.wav"
            command = [self.program, "-v", self.voice, *pace, "-b", "1", "--stdin", "-w", str(path)]
            try:
                run_program(command, stdin=sentence.encode(), timeout_s=_TIMEOUT_S)
            except ProgramFailed as failure:
                raise Transient("voice_failed", f"{self.name}: {failure}") from failure
            yield path if path.exists() else None


def espeak_voices() -> tuple[Espeak, ...]:
    """One voice per language of the espeak-ng on the PATH."""
    program = shutil.which("espeak-ng")
    return () if program is None else _voices_of(program)


@cache
def _voices_of(program: str) -> tuple[Espeak, ...]:
    try:
        table = run_program([program, "--voices"], timeout_s=_TIMEOUT_S).output.decode(
            errors="replace"
        )
    except ProgramFailed as failure:
        if failure.of_the_moment:
            raise Transient("voice_failed", f"espeak-ng: {failure}") from failure
        return ()  # an espeak-ng that cannot even list its voices is none
    digest = sha256_of(Path(program))
    rows = [line.split() for line in table.splitlines()[1:]]
    tags = dict.fromkeys(row[1].lower() for row in rows if len(row) > 1)
    return tuple(Espeak(voice=tag, program=program, digest=digest) for tag in tags)
