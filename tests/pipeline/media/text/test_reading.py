"""A text as it is said, piece by piece beside what is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.text.lexicon import lexicon_of
from pipeline.media.text.reading import Reading, read

LANGUAGES = ["en", "en-GB", "de", "fr", "es", "it", "ja", "zh", "th", "und"]


def beside(text: str, reading: Reading) -> list[tuple[str, str, str]]:
    return [
        (
            text[piece.written_start : piece.written_stop],
            reading.said[piece.said_start : piece.said_stop],
            piece.by,
        )
        for piece in reading.pieces
    ]


def test_what_is_said_stands_beside_what_is_written() -> None:
    text = "Nguyen paid $5."
    lexicon = lexicon_of(["Nguyen\twin"], name="names.txt")
    assert beside(text, read(text, "en", lexicon)) == [
        ("Nguyen", "win", "lexicon"),
        (" paid ", " paid ", "as_written"),
        ("$5", "five dollars", "rules"),
        (".", ".", "as_written"),
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text(max_size=80))
def test_pieces_tile_what_is_written_and_what_is_said(language: str, text: str) -> None:
    reading = read(text, language)
    tiles = beside(text, reading)
    assert "".join(written for written, _, _ in tiles) == text
    assert "".join(said for _, said, _ in tiles) == reading.said


@pytest.mark.parametrize(
    ("text", "said"),
    [("Hi 😀 there", "Hi there"), ("😀", ""), ("Bye 😀", "Bye"), ("[[həloʊ]]", "[ [həloʊ]]")],
)
def test_emoji_are_not_said_and_brackets_of_phones_are_broken(text: str, said: str) -> None:
    assert read(text, "de").said == said


@given(st.lists(st.sampled_from(["plain", "words", "stay", "naïve", "it's"]), min_size=1))
def test_plain_words_stay_as_they_are(words: list[str]) -> None:
    text = " ".join(words)
    assert read(text, "en").said == text
