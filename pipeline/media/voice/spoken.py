"""What a voice said: a sentence by itself, in its take, and all sentences of a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from model.shapes import MIX_RATE
from pipeline.media.text.lexicon import EMPTY, Lexicon
from pipeline.media.voice.utterance import EnginePhone, WordEvent, moved_phones, moved_words

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenSentence:
    """A sentence and when its sound starts and stops, in seconds of the take.

    `said` is the text that the voice was given; `words` stand in it, and `phones` are of it.
    """

    text: str
    start_s: float
    stop_s: float
    said: str = ""
    words: tuple[WordEvent, ...] = ()
    phones: tuple[EnginePhone, ...] = ()

    def moved(self, when: Callable[[float], float]) -> SpokenSentence:
        """The same where its times are others."""
        return replace(
            self,
            start_s=when(self.start_s),
            stop_s=when(self.stop_s),
            words=moved_words(self.words, when),
            phones=moved_phones(self.phones, when),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenPiece:
    """A sentence as a voice said it: samples at 48 kHz without the near-silence at both ends, and
    words and phones in seconds of them."""

    samples: Samples
    said: str
    words: tuple[WordEvent, ...] = ()
    phones: tuple[EnginePhone, ...] = ()

    def sentence_at(self, start_s: float, text: str) -> SpokenSentence:
        """The sentence of the take that begins with these samples at `start_s`."""
        stop_s = start_s + len(self.samples) / MIX_RATE
        sentence = SpokenSentence(
            text=text,
            start_s=0.0,
            stop_s=stop_s - start_s,
            said=self.said,
            words=self.words,
            phones=self.phones,
        )
        return replace(sentence.moved(lambda time_s: start_s + time_s), stop_s=stop_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What was spoken. Sentences with nothing to say are left out, with a warning each."""

    frames: int
    sentences: tuple[SpokenSentence, ...]
    warnings: tuple[str, ...]
    language: str = "en"
    lexicon: Lexicon = EMPTY
