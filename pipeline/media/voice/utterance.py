"""What a voice made of one sentence: its sound, and when it says which word and which phone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class WordEvent:
    """The word of `length` characters at `at` in the text that the voice was given begins."""

    at: int
    length: int
    start_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class EnginePhone:
    """A phone in IPA, as the engine writes it."""

    ipa: str
    start_s: float
    stop_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """A sentence as a mono 16-bit WAV, with times in its seconds, as far as the engine tells."""

    path: Path
    words: tuple[WordEvent, ...] = ()
    phones: tuple[EnginePhone, ...] = ()


def utterance_of(spoken: Utterance | Path | None) -> Utterance | None:
    """Voices of other packages may tell no more than a path."""
    return Utterance(path=spoken) if isinstance(spoken, Path) else spoken


def moved_words(
    words: tuple[WordEvent, ...], when: Callable[[float], float]
) -> tuple[WordEvent, ...]:
    return tuple(replace(word, start_s=when(word.start_s)) for word in words)


def moved_phones(
    phones: tuple[EnginePhone, ...], when: Callable[[float], float]
) -> tuple[EnginePhone, ...]:
    """Phones of which nothing is left are dropped."""
    moved = (
        replace(phone, start_s=when(phone.start_s), stop_s=when(phone.stop_s)) for phone in phones
    )
    return tuple(phone for phone in moved if phone.stop_s > phone.start_s)
