"""espeak-ng as the package espeakng_loader carries it: robotic, but there is hardly a language that
it does not speak. It is GPL, so a program of its own speaks (`espeak_program`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from signal import SIGKILL
from tempfile import mkdtemp
from typing import Any

from manifests.artifact import sha256_of
from manifests.errors import Transient
from pipeline.media.process import ProgramFailed, run_program
from pipeline.media.voice.batches import batches
from pipeline.media.voice.espeak_events import PartedText, parted, phones_told, words_told
from pipeline.media.voice.espeak_voices import files_by_tag, variants
from pipeline.media.voice.utterance import Utterance

CARRIER = "espeakng_loader"
PROGRAM = Path(__file__).with_name("espeak_program.py")
ENGINE = "espeak"
VERSION = "1"
"""Of what `espeak_program` does with a sentence; digests of voices hold it."""


_START_S = 60.0
_PER_BYTE_S = 0.01  # 0.0001 were measured on a core of 2026
_WORDS_A_MINUTE = 175


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """The library with its data, as a package has brought them here."""

    library: Path
    data: Path
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Espeak:
    """A voice file of espeak-ng, `file`, by the tag of a language that it speaks.

    `variant` is a file of `voices/!v` that gives it another throat; `rate` is how fast it speaks.
    """

    tag: str
    file: str
    carried: Carried
    variant: str = ""
    reads_phones: bool = False
    rate: float = 1.0

    def paced(self, rate: float) -> Espeak:
        """The same voice, speaking that many times as fast."""
        return replace(self, rate=rate)

    @property
    def name(self) -> str:
        return f"{ENGINE}:{self.tag}" + (f"+{self.variant}" if self.variant else "")

    @property
    def languages(self) -> tuple[str, ...]:
        return (self.tag,)

    @property
    def digest(self) -> str:
        return self.carried.digest

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Utterance | None]:
        """One process for each of the `batches`, with one child per sentence; see `Voice.speak`."""
        for batch in batches(sentences):
            home = Path(mkdtemp(dir=folder))
            paths = [home / f"{index:06}.wav" for index in range(len(batch))]
            texts = [parted(text) for text in batch]
            answers = self._answers([each.text for each in texts], paths)
            for text, path, told in zip(texts, paths, answers, strict=True):
                yield self._utterance(text, path, told)

    def _answers(self, batch: Sequence[str], paths: Sequence[Path]) -> list[Mapping[str, Any]]:
        asked = [
            {
                "voice": self.file,
                "variant": self.variant,
                "rate": round(_WORDS_A_MINUTE * self.rate),
                "text": text,
                "wav": str(path),
            }
            for text, path in zip(batch, paths, strict=True)
        ]
        answers = ask_espeak(self.carried, asked)
        if len(answers) != len(batch):
            message = f"{self.name} spoke {len(answers)} of {len(batch)} sentences"
            raise Transient("voice_failed", message)
        return answers

    def _utterance(self, text: PartedText, path: Path, told: Mapping[str, Any]) -> Utterance | None:
        """None where the library broke down over the sentence, or had nothing to say."""
        if "refused" in told or told.get("broke") == -SIGKILL:
            raise Transient("voice_failed", f"{self.name}: {dict(told)}")
        if not path.exists():
            return None
        words = text.events_given(words_told(told))
        return Utterance(path=path, words=words, phones=phones_told(told))


def ask_espeak(carried: Carried, requests: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """What `espeak_program` answers to each request. Raises `Transient("voice_failed")`."""
    command = [sys.executable, "-I", "-S", str(PROGRAM), str(carried.library), str(carried.data)]
    lines = "".join(f"{json.dumps(request)}\n" for request in requests).encode()
    try:
        answers = run_program(
            command, stdin=lines, timeout_s=_START_S + _PER_BYTE_S * len(lines)
        ).output
    except ProgramFailed as failure:
        raise Transient("voice_failed", f"{ENGINE}: {failure}") from failure
    return [json.loads(line) for line in answers.splitlines()]


@cache
def carried_espeak() -> Carried | None:
    """None where the package is not installed."""
    spec = find_spec(CARRIER)
    if spec is None or not spec.submodule_search_locations:
        return None
    home = Path(spec.submodule_search_locations[0])
    data = home / "espeak-ng-data"
    libraries = [home / name for name in ("libespeak-ng.so", "libespeak-ng.dylib")]
    library = next((path for path in libraries if path.is_file()), None)
    if library is None or not data.is_dir():
        return None
    return Carried(library=library, data=data, digest=_digest_of(library, data))


def _digest_of(library: Path, data: Path) -> str:
    """Of all that the sound depends on: 18 MB in 50 ms."""
    whole = sha256(f"{VERSION} {sha256_of(library)}".encode())
    for path in sorted(path for path in data.rglob("*") if path.is_file()):
        whole.update(f"{path.relative_to(data).as_posix()} {sha256_of(path)}\n".encode())
    return whole.hexdigest()


@cache
def espeak_voices() -> tuple[Espeak, ...]:
    """One voice for each tag of a language."""
    carried = carried_espeak()
    if carried is None:
        return ()
    files = files_by_tag(carried.data).items()
    return tuple(Espeak(tag=tag, file=file, carried=carried) for tag, file in files)


def espeak_named(name: str, tag: str) -> Espeak | None:
    """The voice of a name that is none of a language alone: `espeak:fr+f2`, `espeak:roa/fr`, and
    `espeak:+f2`, which is that variant in the language `tag`. None where there is none."""
    engine, _, rest = name.partition(":")
    which, _, variant = rest.partition("+")
    carried = carried_espeak()
    if engine != ENGINE or carried is None or rest in ("", "+"):
        return None
    if variant and variant not in variants(carried.data):
        return None
    files = files_by_tag(carried.data)
    if not which:
        which = next((each for each in (tag, tag.partition("-")[0]) if each in files), "")
    by_file = {file: each for each, file in reversed(list(files.items()))}
    spoken = by_file.get(which, which)
    if spoken not in files:
        return None
    file = which if which in by_file else files[spoken]
    return Espeak(tag=spoken, file=file, carried=carried, variant=variant)
