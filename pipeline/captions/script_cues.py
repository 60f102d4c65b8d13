"""Captions of a timed script: its own texts at its own times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from model.shapes import FPS
from pipeline.captions.cue import Cue, HouseRules
from pipeline.captions.layout import MeasuredText, fitting
from pipeline.media.text.written_words import written_words
from pipeline.words import Word, Words

ROOM_FOR_SENSE = 6
"""Where lines must be wider than the picture has room for, they may be wider by this part of
themselves, so that a line ends where it reads well."""


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
    """The lines as they are where they are short enough; else laid out anew, in lines as short as
    can be: translations often come in one line. What is still too wide is drawn smaller."""
    widest = max(map(rules.width, lines), default=0)
    whole = (" " if spaced else "").join(lines)
    written = written_words(whole, spaced=spaced, language=language)
    words = [Word(text=text, start_s=0.0, stop_s=0.0, sentence=0) for text in written]
    for longest in range(rules.line_characters, widest):
        found = _broken(words, replace(rules, line_characters=longest), spaced, language)
        if found and longest == rules.line_characters:
            return found
        if found:
            roomier = longest + longest // ROOM_FOR_SENSE
            return _broken(words, replace(rules, line_characters=roomier), spaced, language)
    return lines


def _broken(words: list[Word], rules: HouseRules, spaced: bool, language: str) -> tuple[str, ...]:
    """In at most the house's lines; nothing where they do not fit."""
    fitted = list(fitting(words, rules))
    measured = MeasuredText(fitted, rules, spaced=spaced, language=language)
    return measured.lines(0, len(fitted)) if measured.layout(0, len(fitted)) else ()
