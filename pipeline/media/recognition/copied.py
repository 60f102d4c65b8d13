"""Words and phones of a script, also where its voice tells nothing and no aligner knows its
language: espeak-ng speaks a copy, and the times of that are carried over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from manifests.errors import BadInput
from pipeline.media.recognition.align import ALIGNED_LANGUAGE, AlignedSpeech, said_in_script
from pipeline.media.recognition.transcribed import (
    OTHER_COST,
    WARPING,
    carried_over,
    copying_voice,
    why_unused,
)
from pipeline.media.voice.speech import Spoken
from pipeline.words import Phrase, Word


def copying_part(language: str) -> tuple[str, ...]:
    """What names of takes hold of this."""
    return () if language.partition("-")[0].lower() == ALIGNED_LANGUAGE else (WARPING,)


def said_in_speech(spoken: Spoken, speech: Path) -> AlignedSpeech:
    """What was spoken, when: as the voice told it, as an aligner finds it, as a copy is warped to
    it, or spread."""
    found = said_in_script(spoken, speech)
    if found.words.source != "spread":
        return found
    return _by_copy(found, spoken, speech) or found


def _by_copy(found: AlignedSpeech, spoken: Spoken, speech: Path) -> AlignedSpeech | None:
    """None where a copy cannot be made, says another text or is too far from the sound."""
    voice = copying_voice(spoken.language)
    if voice is None or why_unused(spoken.language):
        return None
    try:
        script = "\n\n".join(sentence.text for sentence in spoken.sentences)
        carried, warp = carried_over(speech, script, voice)
    except BadInput:
        return None
    if carried is None or warp is None or warp.cost > OTHER_COST:
        return None
    if [word.text for word in carried.words.words] != [word.text for word in found.words.words]:
        return None
    words = _inside(carried.words.words, found)
    source = carried.words.source
    return AlignedSpeech(
        phones=carried.phones, words=replace(found.words, words=words, source=source)
    )


def _inside(carried: Sequence[Word], found: AlignedSpeech) -> tuple[Word, ...]:
    """Each within its sentence, whose time is known."""
    return tuple(
        replace(
            word,
            start_s=_clipped(word.start_s, phrase),
            stop_s=_clipped(word.stop_s, phrase),
            sentence=known.sentence,
        )
        for word, known in zip(carried, found.words.words, strict=True)
        for phrase in (found.words.sentences[known.sentence],)
    )


def _clipped(time_s: float, phrase: Phrase) -> float:
    return min(max(time_s, phrase.start_s), phrase.stop_s)
