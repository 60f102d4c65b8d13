"""What a recording says: recognised window by window, and then found in the sound as known text.

The recogniser knows the words, the aligner their phones and exact times. Without a recogniser for
the language there are no words, and phones are recognised alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.media.recognition.align import (
    ALIGNED_LANGUAGE,
    AlignedSpeech,
    guessed,
    later,
    length_s_of,
    phone_columns,
    samples_of,
    tiled,
    windows_of,
)
from pipeline.media.recognition.pocketsphinx import Samples, align_words
from pipeline.media.recognition.recognisers import HeardWindow, RecognitionSettings
from pipeline.media.recognition.whisperx_json import Recognised
from pipeline.media.recognition.word_times import placed
from pipeline.media.text.spoken_words import words_by_written
from pipeline.media.text.written_words import is_spaced
from pipeline.nouns import Span
from pipeline.phones import Phones
from pipeline.words import Phrase, Word, Words

LONGEST_GAP_S = 0.8
_STRAY_S = 0.5
_ENDS = (".", "!", "?", "…", "。", "！", "？", "؟", "۔", "।")  # noqa: RUF001  # of all scripts


@dataclass(frozen=True, slots=True, kw_only=True)
class _Window:
    """Phones of a window, its words and when they are said: seconds of the take."""

    phones: Phones
    words: tuple[str, ...] = ()
    times: tuple[Span, ...] = ()


def said_in_recording(
    speech: Path, spans: Sequence[Span], language: str, hearing: RecognitionSettings
) -> AlignedSpeech:
    """Phones and words of the whole take; what lies between the spans is silence."""
    length_s = length_s_of(speech)
    windows = tuple(windows_of(spans, length_s))
    english = language.partition("-")[0].lower() == ALIGNED_LANGUAGE
    found = [
        _window(samples_of(speech, window.start_s, window.stop_s), window, heard, english=english)
        for window, heard in _heard(speech, windows, language, hearing)
    ]
    return AlignedSpeech(
        phones=tiled((window.phones for window in found), length_s=length_s),
        words=_words(found, language),
    )


def _heard(
    speech: Path, windows: Sequence[Span], language: str, hearing: RecognitionSettings
) -> Iterator[HeardWindow]:
    recogniser = hearing.recogniser(language)
    if recogniser is None:
        return ((window, ()) for window in windows)
    return recogniser.hear(hearing, speech, windows, language)


def _window(
    samples: Samples, window: Span, heard: Sequence[Recognised], *, english: bool
) -> _Window:
    words = tuple(word for part in heard for word in part.words)
    rough = [span for part in heard for span in part.times]
    said = words_by_written(" ".join(words), words)
    aligned = align_words(samples, [each for every in said for each in every]) if english else None
    whole = Span(start_s=0.0, stop_s=window.stop_s - window.start_s)
    heard_times = placed(words, [1] * len(words), rough, whole)
    if aligned is None or not words:
        phones, times = guessed(samples), heard_times
    else:
        phones = phone_columns(aligned.phones, "recognised")
        times = placed(words, [len(each) for each in said], aligned.words, whole)
        if strays(times, rough):
            phones, times = guessed(samples), heard_times
    return _Window(
        phones=phones.shift(window.start_s),
        words=words,
        times=tuple(later(span, window.start_s) for span in times),
    )


def strays(aligned: Sequence[Span], rough: Sequence[Span | None]) -> bool:
    """Whether the aligner put half of the words far from where the recogniser heard them."""
    away_s = [
        abs(exact.start_s - about.start_s)
        for exact, about in zip(aligned, rough, strict=True)
        if about is not None
    ]
    return bool(away_s) and float(np.median(away_s)) > _STRAY_S


def _words(windows: Sequence[_Window], language: str) -> Words:
    texts = [text for window in windows for text in window.words]
    spans = in_order([span for window in windows for span in window.times])
    groups = list(sentences_of(texts, spans))
    spaced = is_spaced(" ".join(texts))
    between = " " if spaced else ""
    return Words(
        words=tuple(
            Word(text=texts[at], start_s=spans[at].start_s, stop_s=spans[at].stop_s, sentence=index)
            for index, group in enumerate(groups)
            for at in group
        ),
        sentences=tuple(
            Phrase(
                text=between.join(texts[at] for at in group),
                start_s=spans[group[0]].start_s,
                stop_s=spans[group[-1]].stop_s,
            )
            for group in groups
        ),
        source="recognised",
        language=language,
        spaced=spaced,
    )


def in_order(spans: Sequence[Span]) -> list[Span]:
    """The spans without overlaps: each begins where the one before has ended, or later."""
    ordered: list[Span] = []
    now_s = 0.0
    for span in spans:
        start_s = max(now_s, span.start_s)
        now_s = max(start_s, span.stop_s)
        ordered.append(Span(start_s=start_s, stop_s=now_s))
    return ordered


def sentences_of(texts: Sequence[str], spans: Sequence[Span]) -> Iterator[range]:
    """Indices of the words of each sentence: up to its end mark, or to a long pause."""
    first = 0
    for index, text in enumerate(texts):
        last = index + 1 == len(texts)
        gap_s = 0.0 if last else spans[index + 1].start_s - spans[index].stop_s
        if last or text.endswith(_ENDS) or gap_s > LONGEST_GAP_S:
            yield range(first, index + 1)
            first = index + 1
