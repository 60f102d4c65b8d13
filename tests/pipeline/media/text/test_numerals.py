"""Numbers as words: heard again by a listener that adds them up, and borders one by one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.text.numerals import cardinal, decade, digits, fraction, ordinal, year

ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
SCALES = {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}


def heard(words: list[str]) -> int:
    """The number that a listener adds up."""
    total = group = 0
    for word in words:
        if word in SCALES:
            assert 0 < group < 1000
            total, group = total + group * SCALES[word], 0
        elif word == "hundred":
            group *= 100
        else:
            group += TENS[word] if word in TENS else ONES.index(word)
    return total + group


@given(st.integers(0, 10**15 - 1) | st.integers(0, 2000) | st.integers(0, 15).map(lambda n: 10**n))
def test_a_listener_hears_the_number_and_no_zero_in_it(number: int) -> None:
    if number == 10**15:
        return
    words = cardinal(number)
    assert heard(words) == number
    assert ("zero" in words) == (number == 0)


def test_every_number_below_ten_thousand_is_heard_right_and_said_once() -> None:
    said = [tuple(cardinal(number)) for number in range(10_000)]
    assert [heard(list(words)) for words in said] == list(range(10_000))
    assert len(set(said)) == 10_000


def test_beyond_the_trillions_digits_are_said() -> None:
    assert cardinal(10**15 - 1)[:4] == ["nine", "hundred", "ninety", "nine"]
    assert cardinal(10**15) == ["one", *["zero"] * 15]
    assert digits("0907") == ["zero", "nine", "zero", "seven"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1099, "one thousand ninety nine"),
        (1100, "eleven hundred"),
        (1101, "eleven oh one"),
        (1109, "eleven oh nine"),
        (1110, "eleven ten"),
        (1999, "nineteen ninety nine"),
        (2000, "two thousand"),
        (2009, "two thousand nine"),
        (2010, "twenty ten"),
        (2099, "twenty ninety nine"),
        (2100, "two thousand one hundred"),
        (2101, "two thousand one hundred one"),
    ],
)
def test_years_are_said_in_two_halves_from_1100_to_2099(number: int, said: str) -> None:
    assert " ".join(year(number)) == said


DAYS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
]


def test_the_days_of_a_month_are_ordinals() -> None:
    later = [f"twenty {day}" for day in DAYS[:9]]
    said = [" ".join(ordinal(day)) for day in range(1, 32)]
    assert said == [*DAYS, *later, "thirtieth", "thirty first"]
    assert [ordinal(number)[-1] for number in (100, 1000)] == ["hundredth", "thousandth"]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1900, "nineteen hundreds"),
        (1910, "nineteen tens"),
        (1980, "nineteen eighties"),
        (2000, "two thousands"),
        (2020, "twenty twenties"),
    ],
)
def test_a_decade_is_said_in_the_plural(number: int, said: str) -> None:
    assert " ".join(decade(number)) == said


@pytest.mark.parametrize(
    ("top", "bottom", "said"),
    [
        (1, 2, "one half"),
        (3, 2, "three halves"),
        (1, 3, "one third"),
        (2, 3, "two thirds"),
        (1, 4, "one quarter"),
        (3, 4, "three quarters"),
        (1, 5, "one fifth"),
        (9, 10, "nine tenths"),
    ],
)
def test_a_fraction_has_its_own_names_for_halves_and_quarters(
    top: int, bottom: int, said: str
) -> None:
    assert " ".join(fraction(top, bottom)) == said
