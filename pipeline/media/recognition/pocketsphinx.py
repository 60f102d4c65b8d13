"""pocketsphinx: phones of speech, aligned with a known text or recognised without one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder, get_model_path  # type: ignore[import-untyped]  # no types in it

from model.shapes import SPEECH_RATE
from pipeline.media.text.spoken_words import pronounce, words_of
from pipeline.nouns import Phone, Span
from pipeline.phones import SILENCE

Samples = NDArray[np.float32]

STEPS_PER_S = 100
_BEFORE_S, _AFTER_S = 0.1, 0.2  # pocketsphinx wants silence on both sides
_LOCK = Lock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aligned:
    """Known words found in speech: when each is said (None: it cannot be pronounced), and all
    phones, in seconds from the start of the speech."""

    words: tuple[Span | None, ...]
    phones: tuple[Phone, ...]


def align_phones(samples: Samples, text: str) -> tuple[Phone, ...] | None:
    """Phones of 16 kHz float speech that says `text`, in seconds; None when they do not fit."""
    found = align_words(samples, words_of(text))
    return None if found is None else found.phones


def align_words(samples: Samples, words: Sequence[str]) -> Aligned | None:
    """The `words`, as `words_of` gives them, in 16 kHz float speech; None when they do not fit."""
    with _LOCK:
        decoder = _aligner()
        names = [_known(decoder, word) for word in words]
        known = [name for name in names if name]
        parts = _two_passes(decoder, samples, known) if known and len(samples) else None
    if parts is None:
        return None
    length_s = len(samples) / SPEECH_RATE
    spans = iter([_span(part, length_s) for part in parts if part.name[:1] not in "<[+"])
    steps = [step for part in parts for step in part.phones]
    return Aligned(
        words=tuple(next(spans, None) if name else None for name in names),
        phones=tuple(_phones(steps, length_s=length_s)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    """A word or a filler (`<sil>`, `[NOISE]`), in steps of the decoder."""

    name: str
    phones: tuple[tuple[int, int, str], ...]


def _span(part: _Part, length_s: float) -> Span:
    start_s = part.phones[0][0] / STEPS_PER_S - _BEFORE_S
    stop_s = part.phones[-1][1] / STEPS_PER_S - _BEFORE_S
    start_s = min(max(start_s, 0.0), length_s)
    return Span(start_s=round(start_s, 3), stop_s=round(max(start_s, min(stop_s, length_s)), 3))


def _two_passes(
    decoder: Decoder, samples: Samples, words: Sequence[str]
) -> tuple[_Part, ...] | None:
    """Words first, then the phones inside them."""
    pcm = _pcm(samples)
    try:
        decoder.set_align_text(" ".join(words))
        _hear(decoder, pcm)
        if decoder.hyp() is None:
            return None
        decoder.set_alignment()
        _hear(decoder, pcm)
    except RuntimeError:  # pocketsphinx knows no other
        _aligner.cache_clear()  # it may be in the middle of an utterance
        return None
    return tuple(
        _Part(
            name=word.name,
            phones=tuple((phone.start, phone.start + phone.duration, phone.name) for phone in word),
        )
        for word in decoder.get_alignment()
    )


def recognise(samples: Samples) -> tuple[Phone, ...]:
    """Phones of 16 kHz float speech without a text; empty when nothing is found.

    About 60 % are right, and most of the others look alike on the lips.
    """
    with _LOCK:
        decoder = _recogniser()
        try:
            _hear(decoder, _pcm(samples))
        except RuntimeError:  # pocketsphinx knows no other
            _recogniser.cache_clear()  # it may be in the middle of an utterance
            return ()
        found = decoder.seg() or ()
        steps = [(part.start_frame, part.end_frame + 1, part.word) for part in found]
    return tuple(_phones(steps, length_s=len(samples) / SPEECH_RATE))


def _phones(steps: Iterable[tuple[int, int, str]], *, length_s: float) -> Iterator[Phone]:
    """Steps of 10 ms as seconds from 0 to `length_s`; whatever is no speech becomes `SIL`."""
    last_s = math.ceil(length_s * STEPS_PER_S) / STEPS_PER_S
    for start, stop, name in steps:
        start_s = max(round(start / STEPS_PER_S - _BEFORE_S, 2), 0.0)
        stop_s = min(round(stop / STEPS_PER_S - _BEFORE_S, 2), last_s)
        if stop_s > start_s and name != "(NULL)":
            speech = name.isalpha() and name != SILENCE
            yield Phone(start_s=start_s, stop_s=stop_s, name=name if speech else SILENCE)


def _pcm(samples: Samples) -> bytes:
    """16-bit samples with the silence around them."""
    around = (round(_BEFORE_S * SPEECH_RATE), round(_AFTER_S * SPEECH_RATE))
    whole = np.clip(np.rint(samples * np.float32(32768)), -32768, 32767)
    return bytes(np.pad(whole, around).astype("<i2"))


def _hear(decoder: Decoder, pcm: bytes) -> None:
    """Hear one utterance, as if it were the first that the decoder ever heard."""
    decoder.reinit_feat()
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


def _known(decoder: Decoder, word: str) -> str:
    """The name of a word in the decoder's dictionary, taught if need be; empty if unspeakable.

    A taught word is the same for every script: its phones follow from its letters alone.
    """
    if "/" in word:  # its phones were asked for
        name, _, asked_phones = word.partition("/")
        asked = f"{name}#{asked_phones.replace(' ', '-')}"
        if not decoder.lookup_word(asked):
            decoder.add_word(asked, asked_phones, True)
        return asked
    if decoder.lookup_word(word):
        return word
    taught = f"{word}#taught"
    if not decoder.lookup_word(taught):
        phones = pronounce(word)
        if not phones:
            return ""
        decoder.add_word(taught, " ".join(phones), True)
    return taught


@cache
def _aligner() -> Decoder:
    """Loaded once, in 0.13 s. Wider beams than the usual ones make the second pass fail."""
    return Decoder(lm=None, samprate=SPEECH_RATE, cmn="batch", loglevel="FATAL")


@cache
def _recogniser() -> Decoder:
    model = Path(get_model_path()) / "en-us"
    return Decoder(
        hmm=str(model / "en-us"), allphone=str(model / "en-us-phone.lm.bin"), cmn="batch",
        samprate=SPEECH_RATE, loglevel="FATAL", lw=2.0, beam=1e-20, pbeam=1e-20,
    )  # fmt: skip
