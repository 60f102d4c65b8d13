"""The cues of a timed script, spoken one by one into files of their own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path

import numpy as np

from manifests.errors import BadInput
from model.shapes import MIX_RATE
from pipeline.dubbing.cast import Cast
from pipeline.dubbing.cue_fit import CueSound
from pipeline.dubbing.slots import LEAST_PAUSE_S
from pipeline.limits import CueLimits
from pipeline.media.sound.wav import MixWriter
from pipeline.media.text.lexicon import Lexicon
from pipeline.media.text.reading_warnings import reading_warnings
from pipeline.media.text.sentences import Sentence
from pipeline.media.voice.speech import (
    PAUSE_S,
    check_lexicon,
    left_out,
    sentences_for,
    spoken_pieces,
)
from pipeline.media.voice.spoken import Samples, SpokenPiece, SpokenSentence
from pipeline.media.voice.voices import PacedVoice, Voice
from pipeline.nouns import Span
from pipeline.timed_cues import ScriptCue

QUIET = 10 ** (-50 / 20)
"""Of full scale; nothing louder is a silence."""

_FULL_SCALE_24 = 1 << 23


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenCue:
    """A cue as a voice said it: a mono WAV at 48 kHz whose first sound comes after `lead_s`, with
    the sentences in its seconds."""

    sound: CueSound
    path: Path
    lead_s: float = 0.0
    sentences: tuple[SpokenSentence, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CueSpeaker:
    """Speaks cues by the voices of a cast into a folder."""

    cast: Cast
    lexicon: Lexicon
    limits: CueLimits
    folder: Path

    def speak(self, cues: Sequence[ScriptCue], rates: Mapping[int, float]) -> dict[int, SpokenCue]:
        """Each cue whose place in `rates` has a rate, at that rate; those of one voice and rate
        together, since to load a voice takes a second."""
        wanted = sorted(
            ((self.cast.voice_of(cues[at].speaker), rate, at) for at, rate in rates.items()),
            key=lambda each: (each[0].name, each[1], each[2]),
        )
        spoken: dict[int, SpokenCue] = {}
        for (_, rate), group in groupby(wanted, key=lambda each: (each[0].name, each[1])):
            together = list(group)
            places = [at for _, _, at in together]
            said = self._by_one(together[0][0], rate, [cues[at] for at in places])
            spoken.update(zip(places, said, strict=True))
        return spoken

    def _by_one(self, voice: Voice, rate: float, cues: Sequence[ScriptCue]) -> Iterator[SpokenCue]:
        check_lexicon(self.lexicon, voice)
        lexicon = self.lexicon.for_voice(reads_phones=voice.reads_phones)
        texts = [sentences_of_cue(cue, voice, lexicon) for cue in cues]
        fastest = 1 + self.limits.most_rate if isinstance(voice, PacedVoice) else 1.0
        reader = voice.paced(rate) if isinstance(voice, PacedVoice) and rate != 1 else voice
        together = [sentence for text in texts for sentence in text]
        pieces = spoken_pieces(together, reader, lexicon, self.folder)
        for cue, text in zip(cues, texts, strict=True):
            parts = [(sentence, next(pieces)) for sentence in text]
            read = reading_warnings((each.text for each in text), voice.languages[0], lexicon)
            made = self._kept(cue, parts, rate, fastest)
            told = (f"{each} ({cue.label})" for each in read)
            yield replace(made, warnings=(*made.warnings, *told))

    def _kept(
        self,
        cue: ScriptCue,
        parts: Sequence[tuple[Sentence, SpokenPiece | None]],
        rate: float,
        fastest: float,
    ) -> SpokenCue:
        """The sentences of a cue one after the other, in its file."""
        path = self.folder / f"cue-{cue.number:06}.wav"
        silent = [f"{left_out(sentence)} ({cue.label})" for sentence, piece in parts if not piece]
        joined, sentences = joined_sentences(parts)
        loud = np.flatnonzero(np.abs(joined) > QUIET)
        if not len(loud):
            quiet = CueSound(length_s=0.0, rate=rate, fastest=fastest)
            return SpokenCue(sound=quiet, path=path, warnings=tuple(silent) or (_unsaid(cue),))
        with MixWriter(path, channels=1) as writer:
            scaled = np.rint(joined * _FULL_SCALE_24)
            whole = np.clip(scaled, -_FULL_SCALE_24, _FULL_SCALE_24 - 1)
            writer.append(whole.astype(np.int32)[:, None])
        sound = CueSound(
            length_s=(int(loud[-1]) + 1 - int(loud[0])) / MIX_RATE,
            spare=tuple(spare_silences(loud)),
            rate=rate,
            fastest=fastest,
        )
        return SpokenCue(
            sound=sound,
            path=path,
            lead_s=int(loud[0]) / MIX_RATE,
            sentences=sentences,
            warnings=tuple(silent),
        )


def _unsaid(cue: ScriptCue) -> str:
    return f"unspeakable_text: {cue.text[:40]!r} was left out of the speech ({cue.label})"


def sentences_of_cue(cue: ScriptCue, voice: Voice, lexicon: Lexicon) -> tuple[Sentence, ...]:
    """The pieces in which a voice says a cue; none where there is nothing to say, as in music.

    Raises `BadInput` as `check_script` does, with the cue's number and time.
    """
    try:
        return sentences_for(cue.said, voice, lexicon)
    except BadInput as error:
        if error.code == "nothing_to_speak":
            return ()
        raise BadInput(error.code, f"{cue.label.capitalize()}: {error.message}") from error


def joined_sentences(
    parts: Sequence[tuple[Sentence, SpokenPiece | None]],
) -> tuple[Samples, tuple[SpokenSentence, ...]]:
    """What was said of a cue, with pauses between."""
    blocks: list[Samples] = []
    sentences: list[SpokenSentence] = []
    at, pause = 0, 0
    for sentence, piece in parts:
        if piece is None:
            continue
        blocks += [np.zeros(pause), piece.samples]
        at += pause
        sentences.append(piece.sentence_at(at / MIX_RATE, sentence.text))
        at += len(piece.samples)
        pause = round(PAUSE_S[sentence.pause] * MIX_RATE)
    return np.concatenate([np.zeros(0), *blocks]), tuple(sentences)


def spare_silences(loud: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Iterator[Span]:
    """What may go of the silences between samples that are `loud`: all but the least pause."""
    rest = round(LEAST_PAUSE_S * MIX_RATE)
    for gap in np.flatnonzero(np.diff(loud) > rest):
        start, stop = int(loud[gap]) + 1 + rest // 2, int(loud[gap + 1]) - rest // 2
        if stop > start:
            yield Span(start_s=start / MIX_RATE, stop_s=stop / MIX_RATE)
