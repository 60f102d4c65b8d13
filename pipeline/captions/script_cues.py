"""Captions of a timed script: its own texts at its own times."""

from __future__ import annotations

from collections.abc import Iterator

from model.shapes import FPS
from pipeline.captions.cue import Cue, HouseRules
from pipeline.captions.layout import MeasuredText, fitting
from pipeline.media.text.written_words import written_words
from pipeline.words import Word, Words


def script_cues(words: Words, frames: int, rules: HouseRules) -> tuple[Cue, ...]:
    """The cues of the script whose words these are, up to the end of the take."""
    return tuple(_shown(words, frames / FPS, rules))


def _shown(words: Words, end_s: float, rules: HouseRules) -> Iterator[Cue]:
    for fitted in words.cues:
        cue = fitted.cue
        if cue.start_s < end_s:
            yield Cue(
                start_s=cue.start_s,
                stop_s=min(cue.stop_s, end_s),
                lines=in_lines(cue.lines, rules, spaced=words.spaced, language=words.language),
                speaker=cue.speaker,
            )


def in_lines(
    lines: tuple[str, ...], rules: HouseRules, *, spaced: bool, language: str = "und"
) -> tuple[str, ...]:
    """The lines as they are where they are short enough; else laid out anew, if that helps:
    translations often come in one line."""
    if all(rules.width(line) <= rules.line_characters for line in lines):
        return lines
    whole = (" " if spaced else "").join(lines)
    written = written_words(whole, spaced=spaced, language=language)
    words = [Word(text=text, start_s=0.0, stop_s=0.0, sentence=0) for text in written]
    measured = MeasuredText(list(fitting(words, rules)), rules, spaced=spaced, language=language)
    count = len(measured.words)
    return measured.lines(0, count) if measured.layout(0, count) else lines
