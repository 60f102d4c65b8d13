# ruff: noqa: RUF001  # letters that stand for others are meant
"""A text as it is said, piece by piece beside what is written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.media.text.grammars.spellout import SAFE
from pipeline.media.text.lexicon import lexicon_of
from pipeline.media.text.reading import Reading, read
from pipeline.media.text.reading_warnings import reading_warnings

WRITTEN = st.text(
    st.one_of(st.sampled_from("00123459.,:;-–/$€£%#&@+=²½°ªºXIVLMhkm'\" ()[]"), st.characters()),
    max_size=60,
)
LANGUAGES = ["en", "de", "fr", "es", "it", "ja", "pt", "und"]


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
@settings(max_examples=50)
@given(text=WRITTEN)
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


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("zh", "我有3个苹果,15%", "我有三个苹果,百分之十五"),
        ("ja", "2026年11月28日に3個。", "二千二十六年十一月二十八日に三個。"),
        ("pt", "Temos 25 gatos.", "Temos vinte e cinco gatos."),
        ("nl", "In 1984 waren er 12 katten.", "In negentienvierentachtig waren er twaalf katten."),
    ],
)
def test_other_languages_are_read_by_wetext_or_by_the_numbers_of_icu(
    language: str, text: str, said: str
) -> None:
    reading = read(text, language)
    assert reading.said == said
    assert {piece.by for piece in reading.pieces} <= {"as_written", "wetext", "icu"}


@pytest.mark.parametrize(
    ("language", "text", "left"),
    [
        ("pt", "São 3,5 kg, 12 000 e 1.250.", ["3,5", "12", "000", "1.250."]),
        ("pl", "Dnia 3. maja", ["3."]),
        ("ar", "لدينا 25 قطة", ["25"]),
        ("th", "มี 25 ตัว", ["25"]),
        ("und", "25 %", ["25", "%"]),
        ("en", "a\u2200b", ["a\u2200b"]),
    ],
)
def test_what_no_grammar_knows_is_left_to_the_voice_and_told(
    language: str, text: str, left: list[str]
) -> None:
    told = beside(text, read(text, language))
    assert [(written, said) for written, said, by in told if by == "voice"] == [
        (word, word) for word in left
    ]
    (warning,) = reading_warnings([text], language)
    assert warning.startswith("read_by_voice: ")
    assert all(repr(word) in warning for word in left)


def test_an_order_of_day_and_month_that_nobody_knows_is_guessed_and_told() -> None:
    text = "On 03/04/2026."
    (warning,) = reading_warnings([text], "en")
    assert "reading_guessed" in warning
    assert "March fourth" in warning
    assert reading_warnings([text], "en-US") == ()
    assert "April third" in read(text, "en-GB").said


@pytest.mark.parametrize(
    ("text", "said", "unspoken"),
    [
        ("HOST: (laughs) Welcome back.", "Welcome back.", ["HOST: ", "(laughs)"]),
        ("DR. SMITH (V.O.): Hello.", "Hello.", ["DR. SMITH (V.O.): "]),
        ("[APPLAUSE] Tonight.", "Tonight.", ["[APPLAUSE] "]),
        ("It rose [1] twice [sic].", "It rose twice.", [" [1]", " [sic]"]),
        ("The tower (built early) is tall.", "The tower (built early) is tall.", []),
        ("Music (and art) is fun.", "Music (and art) is fun.", []),
        ("NOTE: Bring water.", "NOTE: Bring water.", []),
        ("Remember: be kind.", "Remember: be kind.", []),
        ("He said [the minister] would go.", "He said [the minister] would go.", []),
    ],
)
def test_names_of_speakers_and_directions_are_shown_and_not_said(
    text: str, said: str, unspoken: list[str]
) -> None:
    reading = read(text, "en")
    assert reading.said.strip() == said
    found = [written for written, _, by in beside(text, reading) if by == "unspoken"]
    assert [each.strip() for each in found] == [each.strip() for each in unspoken]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("ﬁnally", "finally"),
        ("𝐁𝐨𝐥𝐝", "Bold"),
        ("５０ people", "fifty people"),
        ("3½ stars", "three and a half stars"),
        ("20㎞", "twenty kilometres"),
        ("Wait… what", "Wait… what"),
    ],
)
def test_letters_that_stand_for_others_are_said_as_those_and_shown_as_they_are(
    text: str, said: str
) -> None:
    reading = read(text, "en")
    assert reading.said == said
    assert "".join(written for written, _, _ in beside(text, reading)) == text


def test_a_sentence_in_capitals_is_said_as_words() -> None:
    assert read("WELCOME TO MY SHOW", "en").said == "welcome to my show"
    assert read("The BBC and NASA.", "en").said == "The BBC and NASA."


ABBREVIATED = {
    "mr",
    "mrs",
    "ms",
    "dr",
    "st",
    "prof",
    "jr",
    "sr",
    "mme",
    "mmes",
    "mlle",
    "pr",
    "ste",
}
"""Words that are abbreviations even without a full stop."""

NAMES = st.from_regex(r"[A-Z]?[a-zàéèüößñ]{1,9}", fullmatch=True)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es", "it", "pt", "und"])
@given(words=st.lists(NAMES.filter(lambda word: word.lower() not in ABBREVIATED), max_size=6))
def test_words_alone_stay_as_they_are_in_every_language(language: str, words: list[str]) -> None:
    text = " ".join(words)
    assert read(text, language).said == text


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "Le mix est à Lille. Les Ides de mars."),
        ("it", "I vini di Livorno, il Vimercate."),
        ("es", "Mi Lima y la Vid."),
        ("de", "Ich lebe in Livland, im Mix."),
        ("en", "I live in a MIX of Lim and Vex, as Xi said."),
    ],
)
def test_words_that_begin_like_numerals_are_words(language: str, text: str) -> None:
    assert read(text, language).said == text


def test_icu_knows_each_language_whose_numbers_it_spells() -> None:
    english = read("It is 25 of them.", "en").said
    for language in sorted(SAFE):
        said = read("25", language).said
        assert said not in english, language
        assert not any(map(str.isdigit, said)), language
