# ruff: noqa: RUF001  # dashes and signs of typesetters are meant
"""English text as it is read aloud, and shared out among the words as they are written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.text.grammars.grammar import Grammar, SpokenRange
from pipeline.media.text.spoken_words import aloud, words_by_written, words_of


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("It cost $3 million.", "It cost three million dollars."),
        ("$12.50, $1 or £0.99", "twelve dollars and fifty cents, one dollar or ninety nine pence"),
        ("€1,250 and $0.005", ("one thousand two hundred fifty euros and zero point zero zero five "
         "dollars")),
        ("At 5:30 p.m. or 17:00", "At five thirty p m or seventeen hundred"),
        ("at 5:05, 9:00 and 9 am", "at five oh five, nine o'clock and nine a m"),
        ("June 5, 2026", "June fifth, twenty twenty six"),
        ("on 2026-11-25", "on November twenty fifth twenty twenty six"),
        ("1984-1986, the 1980s", ("nineteen eighty four to nineteen eighty six, the nineteen "
         "eighties")),
        ("2000, 2005, 1906, 1900", ("two thousand, two thousand five, nineteen oh six, nineteen "
         "hundred")),
        ("3.05 kg, 1 km, 60 mph", ("three point zero five kilograms, one kilometre, sixty miles "
         "per hour")),
        ("−5 °C and 12 %", "minus five degrees Celsius and twelve percent"),
        ("3/4 of it, 1/2, 24/7", "three quarters of it, one half, twenty four seven"),
        ("the 21st and 2nd", "the twenty first and second"),
        ("Dr. Smith, Oak Dr., St. Paul", "doctor Smith, Oak drive, saint Paul"),
        ("No. 5 vs. Fig. 3. No. I say no.", "number five versus figure three. No. I say no."),
        ("J. R. R. Tolkien", "J R R Tolkien"),
        ("e.g. this, i.e. that, etc.", "for example this, that is that, et cetera."),
        ("World War II", "World War two"),
        ("007, 555-1234", "zero zero seven, five five five one two three four"),
        ("3.11.2 at example.com", "three point eleven point two at example dot com"),
        ("R&D @ 3 + 4 = 7", "R and D at three plus four equals seven"),
        ("#1 and a 10–12 year plan", "number one and a ten to twelve year plan"),
        ("99-99-99 is no date", "nine nine nine nine nine nine is no date"),
        ("Nothing to change here.", "Nothing to change here."),
        ("5:09 and 5:10", "five oh nine and five ten"),
        ("3/16, 1/10, 1/11", "three sixteenths, one tenth, one over eleven"),
        ("$1.01, $2.02, $0.01", ("one dollar and one cent, two dollars and two cents, one cent")),
        ("It is plan B. Then we go.", "It is plan B. Then we go."),
        ("J. R. wrote.", "J R wrote."),
    ],
)  # fmt: skip
def test_text_is_read_as_people_read_it(text: str, said: str) -> None:
    assert aloud(text) == said


def test_what_is_said_for_several_words_together_is_shared_out() -> None:
    written = ["It", "cost", "$3", "million", "on", "June", "5."]
    assert words_by_written("It cost $3 million on June 5.", written) == (
        ("it",), ("cost",), ("three",), ("million", "dollars"), ("on",), ("june",), ("fifth",),
    )  # fmt: skip


pieces = st.sampled_from(
    ["It", "$3", "million", "Dr.", "5", "km", "1984", "BBC", "3.5%", "-", "(yes)", "5:30", "a.m.",
     "No.", "7", "well-known", "June", "3rd,", "U.S.", "naïve", "&", "привет"]
)  # fmt: skip


@given(st.lists(pieces, max_size=12))
def test_every_heard_word_belongs_to_one_written_word(written: list[str]) -> None:
    text = " ".join(written)
    shared = words_by_written(text, written)
    assert len(shared) == len(written)
    assert [word for words in shared for word in words] == list(words_of(text))


@given(st.text(max_size=300))
def test_any_text_can_be_read(text: str) -> None:
    assert aloud(text) is not None
    assert all(word == word.strip() for word in words_of(text))


@given(st.lists(pieces, max_size=12))
def test_what_is_read_aloud_holds_no_digits(written: list[str]) -> None:
    assert not any(letter.isdigit() for letter in aloud(" ".join(written)))


def test_a_sentence_is_read_once_for_its_voice_and_its_alignment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "Read once: $3.50 million on 4 May 2031, i.e. 77%."
    looked = []

    def listening(self: Grammar, given: str) -> tuple[SpokenRange, ...]:
        looked.append(given)
        return found(self, given)

    found = Grammar.said_otherwise
    monkeypatch.setattr(Grammar, "said_otherwise", listening)
    aloud(text)
    assert len(words_by_written(text, text.split())) == len(text.split())
    assert looked == [text]
