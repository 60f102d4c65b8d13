"""Phones and words of a take: aligned sentence by sentence, or recognised window by window."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import SPEECH_RATE
from pipeline.media.recognition.engine_phones import sounding_phones
from pipeline.media.recognition.engine_words import engine_spans, said_at
from pipeline.media.recognition.pocketsphinx import STEPS_PER_S, Samples, align_words, recognise
from pipeline.media.recognition.word_times import placed, spread
from pipeline.media.sound.wav import read_info, read_speech
from pipeline.media.text.lexicon import Lexicon
from pipeline.media.text.reading import read
from pipeline.media.text.spoken_words import words_by_written
from pipeline.media.text.written_words import is_spaced, written_words
from pipeline.media.voice.speech import Spoken, SpokenSentence
from pipeline.nouns import Phone, Span
from pipeline.phones import SILENCE, Phones, Source, concatenate
from pipeline.words import Phrase, Word, Words, WordSource, least_certain

STEP = SPEECH_RATE // 25
_FLOOR = 10 ** (-50 / 20)


def phones_of_loudness(samples: NDArray[np.float32]) -> tuple[Phone, ...]:
    """Per frame of 40 ms a wide vowel, a narrow one or silence, against the loud parts around."""
    whole = np.pad(samples, (0, -len(samples) % STEP)).reshape(-1, STEP)
    level = np.sqrt(np.mean(np.square(whole, dtype=np.float64), axis=1))
    loud = max(float(np.percentile(level, 90)) if len(level) else 0.0, _FLOOR)
    classes = np.digitize(level, [0.1 * loud, 0.5 * loud])
    return tuple(_runs(classes.tolist(), len(samples) / SPEECH_RATE))


def _runs(classes: list[int], length_s: float) -> Iterator[Phone]:
    runs = [(("SIL", "AH", "AA")[kind], len(list(run))) for kind, run in groupby(classes)]
    edges = np.cumsum([0, *(length for _, length in runs)]) * STEP / SPEECH_RATE
    for (name, _), (start, stop) in zip(runs, pairwise(edges.tolist()), strict=True):
        yield Phone(start_s=start, stop_s=min(stop, length_s), name=name)


ALIGNED_LANGUAGE = "en"
"""The dictionary's; other languages are recognised as if their sounds were English."""

LONGEST_WINDOW_S = 30.0
BREAK_S = 0.5
"""A recording is always parted at pauses of this length, so that a change stays local."""

MARGIN_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class AlignedSpeech:
    """What is said when: the phones and the words of a take."""

    phones: Phones
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phrase:
    """A sentence of the take with its phones, and its words as they are written."""

    phrase: Phrase
    phones: Phones
    written: tuple[str, ...]
    times: tuple[Span, ...]
    source: WordSource


def said_in_script(spoken: Spoken, speech: Path) -> AlignedSpeech:
    """Phones and words of the whole take, sentence by sentence; silence between them is `SIL`."""
    spaced = is_spaced(" ".join(sentence.text for sentence in spoken.sentences))
    parts = [
        _located(
            sentence,
            written_words(sentence.text, spaced=spaced, language=spoken.language),
            spoken,
            speech,
        )
        for sentence in spoken.sentences
    ]
    return AlignedSpeech(
        phones=tiled((part.phones for part in parts), length_s=length_s_of(speech)),
        words=_words_of_parts(parts, language=spoken.language, spaced=spaced),
    )


def _words_of_parts(parts: Sequence[_Phrase], *, language: str, spaced: bool) -> Words:
    return Words(
        words=tuple(
            Word(text=text, start_s=span.start_s, stop_s=span.stop_s, sentence=index)
            for index, part in enumerate(parts)
            for text, span in zip(part.written, part.times, strict=True)
        ),
        sentences=tuple(part.phrase for part in parts),
        source=least_certain([part.source for part in parts]),
        language=language,
        spaced=spaced,
    )


def _located(
    sentence: SpokenSentence, written: tuple[str, ...], spoken: Spoken, speech: Path
) -> _Phrase:
    """As the voice told it; else found in the sound."""
    if sentence.words and sentence.phones:
        return _told(sentence, written, spoken)
    samples = samples_of(speech, sentence.start_s, sentence.stop_s)
    english = spoken.language.partition("-")[0] == ALIGNED_LANGUAGE
    return _found(samples, sentence, written, spoken.lexicon, english=english)


def _told(sentence: SpokenSentence, written: tuple[str, ...], spoken: Spoken) -> _Phrase:
    sounding = sounding_phones(sentence.phones, spoken.language)
    reading = read(sentence.text, spoken.language, spoken.lexicon)
    pieces = reading.pieces if reading.said == sentence.said else None
    begins = said_at(written, sentence.text, sentence.said, pieces)
    whole = Span(start_s=sentence.start_s, stop_s=sentence.stop_s)
    return _Phrase(
        phrase=Phrase(text=sentence.text, start_s=sentence.start_s, stop_s=sentence.stop_s),
        phones=phone_columns(sounding, "engine"),
        written=written,
        times=engine_spans(written, begins, sentence.words, sounding, whole),
        source="engine",
    )


def _found(
    samples: Samples,
    sentence: SpokenSentence,
    written: tuple[str, ...],
    lexicon: Lexicon,
    *,
    english: bool,
) -> _Phrase:
    """Aligned where the text is English and fits; else its words are spread over its sound."""
    said = words_by_written(sentence.text, written, lexicon)
    flat = [word for words in said for word in words]
    aligned = align_words(samples, flat) if english else None
    whole = Span(start_s=0.0, stop_s=len(samples) / SPEECH_RATE)
    if aligned:
        phones = phone_columns(aligned.phones, "aligned")
        times = placed(written, [len(words) for words in said], aligned.words, whole)
    else:
        phones = guessed(samples)
        times = spread(written, whole.start_s, whole.stop_s)
    start_s = sentence.start_s
    return _Phrase(
        phrase=Phrase(text=sentence.text, start_s=start_s, stop_s=sentence.stop_s),
        phones=phones.shift(start_s),
        written=written,
        times=tuple(later(span, start_s) for span in times),
        source="aligned" if aligned else "spread",
    )


def later(span: Span, by_s: float) -> Span:
    return Span(start_s=round(span.start_s + by_s, 3), stop_s=round(span.stop_s + by_s, 3))


def phones_of_recording(speech: Path, spans: Sequence[Span]) -> Phones:
    """Phones of the whole take, window by window; what lies between the spans is `SIL`."""
    length_s = length_s_of(speech)
    return tiled(
        (
            guessed(samples_of(speech, window.start_s, window.stop_s)).shift(window.start_s)
            for window in windows_of(spans, length_s)
        ),
        length_s=length_s,
    )


def windows_of(spans: Sequence[Span], length_s: float) -> Iterator[Span]:
    """Spans joined over short pauses and widened a little, none longer than 30 s."""
    groups: list[list[Span]] = []
    for span in spans:
        if groups and _belongs(span, groups[-1]):
            groups[-1].append(span)
        else:
            groups.append([span])
    for group in groups:
        start_s = _on_grid(max(group[0].start_s - MARGIN_S, 0.0))
        stop_s = _on_grid(min(group[-1].stop_s + MARGIN_S, length_s))
        parts = math.ceil((stop_s - start_s) / LONGEST_WINDOW_S)
        edges = [_on_grid(edge) for edge in np.linspace(start_s, stop_s, parts + 1).tolist()]
        yield from (Span(start_s=start, stop_s=stop) for start, stop in pairwise(edges))


def _belongs(span: Span, group: Sequence[Span]) -> bool:
    joined_s = span.stop_s - group[0].start_s + 2 * MARGIN_S
    return span.start_s - group[-1].stop_s < BREAK_S and joined_s <= LONGEST_WINDOW_S


def _on_grid(time_s: float) -> float:
    return round(time_s * STEPS_PER_S) / STEPS_PER_S


def guessed(samples: Samples) -> Phones:
    """Recognised, or at least guessed from loudness."""
    recognised = recognise(samples)
    if any(phone.name != SILENCE for phone in recognised):
        return phone_columns(recognised, "recognised")
    return phone_columns(phones_of_loudness(samples), "energy")


def phone_columns(phones: Sequence[Phone], source: Source) -> Phones:
    return Phones(
        start_s=np.array([phone.start_s for phone in phones], np.float64),
        stop_s=np.array([phone.stop_s for phone in phones], np.float64),
        names=tuple(phone.name for phone in phones),
        source=source,
    )


def tiled(parts: Iterable[Phones], *, length_s: float) -> Phones:
    """The parts one after the other, without overlaps and with `SIL` in all gaps, to the end."""
    whole = concatenate(list(parts))
    tiles: list[Phone] = []
    for start_s, stop_s, name in zip(whole.start_s, whole.stop_s, whole.names, strict=True):
        _lay(tiles, float(start_s), SILENCE)
        _lay(tiles, float(min(stop_s, length_s)), name)
    _lay(tiles, length_s, SILENCE)
    return phone_columns(tiles, whole.source)


def _lay(tiles: list[Phone], stop_s: float, name: str) -> None:
    """Go on to `stop_s` with `name`, if that is later."""
    stop_s = round(stop_s, 3)
    start_s = tiles[-1].stop_s if tiles else 0.0
    if stop_s <= start_s:
        return
    if tiles and name == tiles[-1].name == SILENCE:
        start_s = tiles.pop().start_s
    tiles.append(Phone(start_s=start_s, stop_s=stop_s, name=name))


def samples_of(speech: Path, start_s: float, stop_s: float) -> Samples:
    return read_speech(speech, round(start_s * SPEECH_RATE), round(stop_s * SPEECH_RATE))


def length_s_of(speech: Path) -> float:
    info = read_info(speech)
    return 0.0 if info is None else info.samples / SPEECH_RATE
