"""A known script against what was heard of its recording: which sentences are missing, which words
were said that it does not have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pipeline.media.text.sentences import split_script
from pipeline.media.text.spoken_words import words_of
from pipeline.words import Words

MISSING_SHARE = 0.5
"""A sentence is missing when more than this share of its words was not heard: recognisers err."""

EXTRA_WORDS = 5
"""Fewer words in a row that are not in the script are taken for errors of the recogniser."""

_SHOWN = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptDifference:
    """A sentence of the script that was not `heard`, or else heard words that it does not have;
    `at_s` is where in the take, None where nothing around it was heard."""

    text: str
    heard: bool
    at_s: float | None

    def __str__(self) -> str:
        text = self.text if len(self.text) <= _SHOWN else f"{self.text[:_SHOWN]}..."
        at = "" if self.at_s is None else f" near {self.at_s:.1f} s"
        told = "is said and not in the script" if self.heard else "is in the script and not said"
        return f"{text!r} {told}{at}"


def differences(script: str, words: Words) -> tuple[TranscriptDifference, ...]:
    """Where a recording and its script part, in order of the script."""
    sentences = [sentence.text for sentence in split_script(script, language=words.language)]
    asked = [(index, word) for index, text in enumerate(sentences) for word in words_of(text)]
    said = [(at, word) for at, each in enumerate(words.words) for word in words_of(each.text)]
    matcher = SequenceMatcher(
        None, [word for _, word in asked], [word for _, word in said], autojunk=False
    )
    blocks = matcher.get_matching_blocks()
    found = [*_missing(sentences, asked, blocks, said, words), *_extra(blocks, said, words)]
    return tuple(found)


def _missing(
    sentences: Sequence[str],
    asked: Sequence[tuple[int, str]],
    blocks: Sequence[tuple[int, int, int]],
    said: Sequence[tuple[int, str]],
    words: Words,
) -> Iterator[TranscriptDifference]:
    matched = {a + step: b + step for a, b, size in blocks for step in range(size)}
    for index, text in enumerate(sentences):
        places = [place for place, (sentence, _) in enumerate(asked) if sentence == index]
        heard = [place for place in places if place in matched]
        if places and len(places) - len(heard) > MISSING_SHARE * len(places):
            before = max((p for p in matched if p < places[0]), default=None)
            at_s = None if before is None else words.words[said[matched[before]][0]].stop_s
            yield TranscriptDifference(text=text, heard=False, at_s=at_s)


def _extra(
    blocks: Sequence[tuple[int, int, int]], said: Sequence[tuple[int, str]], words: Words
) -> Iterator[TranscriptDifference]:
    """Runs of words that stand between two matches, much longer than what stands there in the
    script."""
    a_stop = b_stop = 0
    for a, b, size in blocks:
        if (b - b_stop) - (a - a_stop) >= EXTRA_WORDS:
            places = dict.fromkeys(said[at][0] for at in range(b_stop, b))
            run = [words.words[place] for place in places]
            text = " ".join(word.text for word in run)
            yield TranscriptDifference(text=text, heard=True, at_s=run[0].start_s)
        a_stop, b_stop = a + size, b + size
