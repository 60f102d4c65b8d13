"""The phones that a voice told, under the names and with the edges of those that are found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.media.text.ipa import ipa_name
from pipeline.media.voice.utterance import EnginePhone
from pipeline.nouns import Phone

CLOSURE_S = 0.04
"""espeak-ng tells a voiceless stop by its burst. The mouth closes before that, in a silence of 35
to 50 ms which it counts to the sound before."""

SHORTEST_PAUSE_S = 0.08
"""Shorter silences between phones are how they are joined: a stop of the voice, no rest of the
mouth."""

_CLOSED_BEFORE = ("p", "t", "k", "q", "c", "ʈ")


def sounding_phones(told: Sequence[EnginePhone], language: str) -> tuple[Phone, ...]:
    """Those that sound, named by the IPA alone; a stop begins with its closure."""
    named = [
        Phone(start_s=phone.start_s, stop_s=phone.stop_s, name=name)
        for phone in sorted(told, key=lambda phone: phone.start_s)
        if (name := ipa_name(phone.ipa, language)) and phone.stop_s > phone.start_s
    ]
    return tuple(_with_closures(_joined(named)))


def _joined(phones: Sequence[Phone]) -> list[Phone]:
    """What is no pause between two phones belongs to the first."""
    ends_s = [phone.start_s for phone in phones[1:]] + [phone.stop_s for phone in phones[-1:]]
    return [
        replace(phone, stop_s=end_s) if end_s - phone.stop_s < SHORTEST_PAUSE_S else phone
        for phone, end_s in zip(phones, ends_s, strict=True)
    ]


def _with_closures(phones: Sequence[Phone]) -> Iterator[Phone]:
    """What a stop needs comes from the sound before it, of which half stays. Behind a pause nobody
    hears when the lips closed, and the burst is what begins."""
    for index, phone in enumerate(phones):
        before = phones[index - 1] if index else None
        behind = phones[index + 1] if index + 1 < len(phones) else None
        yield replace(
            phone,
            start_s=phone.start_s - _closure_s(before, phone),
            stop_s=phone.stop_s - (_closure_s(phone, behind) if behind else 0.0),
        )


def _closure_s(before: Phone | None, stop: Phone) -> float:
    if before is None or stop.start_s > before.stop_s:
        return 0.0
    if not stop.name.startswith(_CLOSED_BEFORE):
        return 0.0
    return min(CLOSURE_S, (before.stop_s - before.start_s) / 2)
