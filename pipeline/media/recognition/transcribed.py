"""A recording whose text is known: espeak-ng speaks the text too, and the times of its words and
phones are carried over to the recording."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from manifests.errors import BadInput
from pipeline.media.recognition.align import (
    ALIGNED_LANGUAGE,
    AlignedSpeech,
    length_s_of,
    phone_columns,
    said_in_script,
    samples_of,
    tiled,
)
from pipeline.media.recognition.long_warp import Speech, warp_speech
from pipeline.media.recognition.quiet import (
    levels_db,
    quiet_spans,
    sounding_parts,
    within_sound,
)
from pipeline.media.recognition.recognise import in_order, strays
from pipeline.media.recognition.warp import Warp, warping_is_here
from pipeline.media.voice.espeak import Espeak, espeak_voices
from pipeline.media.voice.speech import Spoken, SpokenSentence, speak_script
from pipeline.nouns import Phone, Span
from pipeline.phones import SILENCE, Phones
from pipeline.words import Words

WARPING = "warped/1"
"""Changes with how times are carried over; names of takes hold it."""

OTHER_COST = 19.2
"""A path costs up to 18.8 a step where the recording says the text, 20.3 and more where it says
another of like length; two speeches that have nothing in common cost 26 where neither waits."""

SHORTEST_GAP_S = 0.06
"""Between phones of one stretch of sound."""

TOLD_LATE_S = 0.01
"""espeak-ng tells a phone about 9 ms behind the word that it begins, and words carried over by
phones come late by as much, on all truths of benchmarks/warped_words.py."""

CLOSURE_S = 0.12
"""Shorter quiet stretches may be closures of stops, which are sounds of the mouth."""

_BLOCK_S = 30.0
_MARGIN_S = 0.2


def copying_voice(language: str) -> Espeak | None:
    """The voice that speaks the texts of recordings in a language; None where there is none."""
    tag = language.lower().replace("_", "-")
    wanted = (tag, tag.partition("-")[0])
    fitting = (voice for each in wanted for voice in espeak_voices() if each in voice.languages)
    return next(fitting, None)


def why_unused(language: str) -> str:
    """Why a transcript in a language cannot be carried over here; empty where it can."""
    if not warping_is_here():
        return "dtaidistance is not installed, which Linux on aarch64 has no wheel of"
    if copying_voice(language) is None:
        return f"espeak-ng is not installed (the extra `speech`), or does not speak {language!r}"
    return ""


def said_in_transcribed(speech: Path, transcript: str, voice: Espeak) -> AlignedSpeech:
    """Words and phones of a recording that says the transcript; English ones as the aligner finds
    them where they were carried over to.

    Raises `BadInput`: `transcript_other`; `transcript_unspoken`, where `speak_script` refuses it.
    """
    carried, warp = carried_over(speech, transcript, voice)
    if carried is None or warp is None or warp.cost > OTHER_COST:
        raise BadInput("transcript_other", _told(warp))
    if voice.languages[0].partition("-")[0] != ALIGNED_LANGUAGE:
        return carried
    return _aligned(carried, speech) or carried


def carried_over(
    speech: Path, transcript: str, voice: Espeak
) -> tuple[AlignedSpeech | None, Warp | None]:
    """What the recording would say when if it said the transcript, and how the copy was warped;
    nothing where their lengths have nothing to do with each other."""
    with TemporaryDirectory(dir=speech.parent) as folder:
        copy, mix = Path(folder, "speech.wav"), Path(folder, "mix.wav")
        spoken = _spoken(transcript, voice, copy, mix)
        mix.unlink()
        said = said_in_script(spoken, copy)
        recording = speech_of(speech)
        warp = warp_speech(speech_of(copy), recording)
    if warp is None:
        return None, None
    words = carried_words(said.words, warp, recording)
    return AlignedSpeech(words=words, phones=carried_phones(said.phones, warp, recording)), warp


def _spoken(transcript: str, voice: Espeak, speech: Path, mix: Path) -> Spoken:
    try:
        return speak_script(transcript, voice, speech=speech, mix=mix)
    except BadInput as error:
        message = f"The transcript cannot be spoken ({error.code}): {error.message}"
        raise BadInput("transcript_unspoken", message) from error


def _told(warp: Warp | None) -> str:
    how = (
        "its length is another's altogether"
        if warp is None
        else f"the sounds part by {warp.cost:.1f} a step, at most {OTHER_COST:g} is one text"
    )
    return (
        f"The recording does not say its transcript ({how}); hand over the text of this recording, "
        "or leave `transcript` out."
    )


def speech_of(path: Path) -> Speech:
    """A 16 kHz file, of which a block at a time is held."""
    length_s = length_s_of(path)
    starts = np.arange(0.0, length_s, _BLOCK_S).tolist()
    blocks = [levels_db(samples_of(path, each, min(each + _BLOCK_S, length_s))) for each in starts]
    quiet = quiet_spans(np.concatenate(blocks)) if blocks else ()
    return Speech(
        read=lambda start_s, stop_s: samples_of(path, start_s, stop_s),
        length_s=length_s,
        quiet=quiet,
    )


def carried_words(words: Words, warp: Warp, recording: Speech) -> Words:
    """The words when the recording says them: in order, inside, and not in its silences."""
    spans = [Span(start_s=word.start_s, stop_s=word.stop_s) for word in words.words]
    times = in_order([_carried(span, warp, recording) for span in spans])
    carried = tuple(
        replace(word, start_s=round(span.start_s, 3), stop_s=round(span.stop_s, 3))
        for word, span in zip(words.words, times, strict=True)
    )
    whole = replace(words, words=carried, source="warped")
    sentences = tuple(
        replace(phrase, start_s=said[0].start_s, stop_s=said[-1].stop_s)
        for index, phrase in enumerate(words.sentences)
        if (said := whole.of_sentence(index))
    )
    return replace(whole, sentences=sentences)


def _carried(span: Span, warp: Warp, recording: Speech) -> Span:
    start_s = min(warp.when(span.start_s - TOLD_LATE_S), recording.length_s)
    stop_s = min(max(start_s, warp.when(span.stop_s - TOLD_LATE_S)), recording.length_s)
    return within_sound(Span(start_s=start_s, stop_s=stop_s), recording.quiet)


def carried_phones(phones: Phones, warp: Warp, recording: Speech) -> Phones:
    """The phones when the recording says them; they tile it, with `SIL` where it is quiet."""
    named = zip(phones.start_s.tolist(), phones.stop_s.tolist(), phones.names, strict=True)
    found = list(_carried_phones(named, warp, recording))
    return tiled([phone_columns(_closed(found), "aligned")], length_s=recording.length_s)


def _closed(phones: Sequence[Phone]) -> list[Phone]:
    """Each goes on to the next where that is near: no mouth shuts for a moment between them."""
    behind = [*(phone.start_s for phone in phones[1:]), np.inf]
    return [
        replace(phone, stop_s=next_s) if 0 < next_s - phone.stop_s < SHORTEST_GAP_S else phone
        for phone, next_s in zip(phones, behind, strict=True)
    ]


def _carried_phones(
    phones: Iterable[tuple[float, float, str]], warp: Warp, recording: Speech
) -> Iterator[Phone]:
    quiet = [each for each in recording.quiet if each.stop_s - each.start_s >= CLOSURE_S]
    for start_s, stop_s, name in phones:
        whole = Span(
            start_s=warp.when(start_s - TOLD_LATE_S), stop_s=warp.when(stop_s - TOLD_LATE_S)
        )
        if name == SILENCE or whole.stop_s <= whole.start_s:
            continue
        parts = sounding_parts(whole, quiet)
        part = max(parts, key=lambda each: each.stop_s - each.start_s, default=whole)
        yield Phone(start_s=part.start_s, stop_s=part.stop_s, name=name)


def _aligned(carried: AlignedSpeech, speech: Path) -> AlignedSpeech | None:
    """The English text as the aligner finds it, sentence by sentence where its times were carried
    over to; None where it does not find it there."""
    sentences = tuple(_heard_sentences(carried.words, length_s_of(speech)))
    spoken = Spoken(frames=0, sentences=sentences, warnings=(), language=ALIGNED_LANGUAGE)
    found = said_in_script(spoken, speech)
    starts = [Span(start_s=word.start_s, stop_s=word.stop_s) for word in found.words.words]
    rough = [Span(start_s=word.start_s, stop_s=word.stop_s) for word in carried.words.words]
    if found.words.source != "aligned" or strays(starts, rough):
        return None
    language = carried.words.language
    return AlignedSpeech(phones=found.phones, words=replace(found.words, language=language))


def _heard_sentences(words: Words, length_s: float) -> Iterator[SpokenSentence]:
    """Each sentence with a little of the silence around it, and nothing of its neighbours."""
    edges = [0.0]
    for before, after in pairwise(words.sentences):
        edges.append((before.stop_s + after.start_s) / 2)
    edges.append(length_s)
    for phrase, (first_s, last_s) in zip(words.sentences, pairwise(edges), strict=True):
        yield SpokenSentence(
            text=phrase.text,
            start_s=max(first_s, phrase.start_s - _MARGIN_S),
            stop_s=min(last_s, phrase.stop_s + _MARGIN_S),
        )
