"""What is told of how a script is read: what no grammar knows, what is guessed, what is unsaid."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.media.text.lexicon import EMPTY, Lexicon
from pipeline.media.text.reading import Reading, ReadingPiece, read

SHOWN = 5
_LONGEST_SHOWN = 40


def reading_warnings(
    texts: Iterable[str], language: str, lexicon: Lexicon = EMPTY
) -> tuple[str, ...]:
    """One warning for each kind, with the first few words that it concerns."""
    by_voice: dict[str, None] = {}
    guessed: dict[str, None] = {}
    unspoken: dict[str, None] = {}
    for text in texts:
        reading = read(text, language, lexicon)
        for piece in reading.pieces:
            if piece.by == "voice":
                by_voice[_written(text, piece)] = None
            elif piece.by == "unspoken":
                unspoken[_written(text, piece)] = None
            elif piece.guessed:
                guessed[f"{_written(text, piece)} is read as {_said(reading, piece)}"] = None
    told = (
        f"read_by_voice: no grammar here reads {_few(by_voice)}; the voice says it",
        f"reading_guessed: {_few(guessed)}; write it in words if it means another",
        f"not_spoken: {_few(unspoken)} tells who speaks or how, so it was not said",
    )
    found = zip(told, (by_voice, guessed, unspoken), strict=True)
    return tuple(warning for warning, words in found if words)


def _written(text: str, piece: ReadingPiece) -> str:
    return repr(text[piece.written_start : piece.written_stop].strip()[:_LONGEST_SHOWN])


def _said(reading: Reading, piece: ReadingPiece) -> str:
    return repr(reading.said[piece.said_start : piece.said_stop].strip()[: 2 * _LONGEST_SHOWN])


def _few(words: dict[str, None]) -> str:
    more = f" and {len(words) - SHOWN} more" if len(words) > SHOWN else ""
    return ", ".join(list(words)[:SHOWN]) + more
