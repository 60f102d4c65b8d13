"""What espeak-ng tells of a text, its words and phones; and blanks between words for it, since it
takes a run of letters for one word."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from pipeline.media.text.written_words import written_words
from pipeline.media.voice.utterance import EnginePhone, WordEvent

_ONE_WORD = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff]")
"""Thai, Lao, Burmese and Khmer: espeak-ng tells one event for a sentence. Chinese has one for each
entry of its dictionary, and kana are told apart well enough by their phones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartedText:
    """The text for a voice, and the place of each of its characters in the text that was given."""

    text: str
    given: tuple[int, ...]

    def events_given(self, events: Sequence[WordEvent]) -> tuple[WordEvent, ...]:
        """Words of the voice's text at their places in the one that was given."""
        last = len(self.given) - 1
        return tuple(replace(event, at=self.given[min(max(event.at, 0), last)]) for event in events)


def parted(text: str) -> PartedText:
    """The text with a blank before each word, where its script puts none."""
    begins = _begins(text) if _ONE_WORD.search(text) else frozenset()
    letters: list[str] = []
    given: list[int] = []
    for at, letter in enumerate(text):
        if at in begins and letters and not letters[-1].isspace():
            letters.append(" ")
            given.append(at)
        letters.append(letter)
        given.append(at)
    return PartedText(text="".join(letters), given=(*given, len(text)))


def _begins(text: str) -> frozenset[int]:
    places = [at for at, letter in enumerate(text) if not letter.isspace()]
    used, begins = 0, set()
    for word in written_words(text, spaced=False):
        begins.update(places[used : used + 1])
        used += sum(not letter.isspace() for letter in word)
    return frozenset(begins)


def words_told(told: Mapping[str, Any]) -> tuple[WordEvent, ...]:
    return tuple(
        WordEvent(at=at, length=length, start_s=start / 1000) for at, length, start in told["words"]
    )


def phones_told(told: Mapping[str, Any]) -> tuple[EnginePhone, ...]:
    """Each ends where the next begins; those without a name are pauses."""
    begun = [*told["phones"], ["", told["stop"]]]
    return tuple(
        EnginePhone(ipa=ipa, start_s=start / 1000, stop_s=stop / 1000)
        for (ipa, start), (_, stop) in pairwise(begun)
        if ipa and stop > start
    )
