"""Where each rule of reading aloud begins and ends."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.media.text.grammars.english.rules import english
from pipeline.media.text.numerals import cardinal
from pipeline.media.text.reading import changes_of
from pipeline.media.text.spoken_words import aloud

NAMES = {str(digit): cardinal(digit)[0] for digit in range(10)}
ROMAN = {
    "II": "two", "III": "three", "IV": "four", "VI": "six", "VII": "seven", "VIII": "eight",
    "IX": "nine", "XI": "eleven", "XII": "twelve",
}  # fmt: skip


@pytest.mark.parametrize(("roman", "said"), ROMAN.items())
def test_roman_numbers_are_said_as_numbers(roman: str, said: str) -> None:
    assert aloud(f"part {roman} begins") == f"part {said} begins"


@pytest.mark.parametrize("letter", ["I", "V", "X", "II's"])
def test_a_letter_that_may_be_a_word_is_no_roman_number(letter: str) -> None:
    assert aloud(f"part {letter} begins") == f"part {letter} begins"


@pytest.mark.parametrize(
    ("time", "said"),
    [
        ("0:00", "zero o'clock"),
        ("1:00", "one o'clock"),
        ("12:00", "twelve o'clock"),
        ("13:00", "thirteen hundred"),
        ("23:00", "twenty three hundred"),
        ("12:01", "twelve oh one"),
        ("5:09", "five oh nine"),
        ("5:10", "five ten"),
        ("23:59", "twenty three fifty nine"),
        ("5:00 pm", "five p m"),
        ("5:05 AM", "five oh five a m"),
        ("12 p.m. sharp", "twelve p m sharp"),
        ("1am", "one a m"),
    ],
)
def test_a_time_of_day_is_read_as_on_a_clock(time: str, said: str) -> None:
    assert aloud(time) == said


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("2026-01-01", "January first twenty twenty six"),
        ("2026-02-02", "February second twenty twenty six"),
        ("2026-11-30", "November thirtieth twenty twenty six"),
        ("2026-12-31", "December thirty first twenty twenty six"),
        ("May 1", "May first"),
        ("May 31", "May thirty first"),
        ("May 32", "May thirty two"),
        ("May 0", "May zero"),
    ],
)
def test_a_date_is_one_of_the_calendar(date: str, said: str) -> None:
    assert aloud(date) == said


@pytest.mark.parametrize("date", ["2026-00-01", "2026-13-01", "2026-01-00", "2026-12-32"])
def test_what_no_calendar_has_is_said_digit_by_digit(date: str) -> None:
    said = [NAMES[digit] for digit in date if digit.isdigit()]
    assert aloud(date) == " ".join(said)


@pytest.mark.parametrize(
    ("sum_", "said"),
    [
        ("$0", "zero dollars"),
        ("$1", "one dollar"),
        ("$2", "two dollars"),
        ("$1.00", "one dollar"),
        ("$0.01", "one cent"),
        ("$0.02", "two cents"),
        ("$1.50", "one dollar and fifty cents"),
        ("$2.01", "two dollars and one cent"),
        ("$1.5", "one point five dollars"),
        ("£0.02", "two pence"),
        ("£3.01", "three pounds and one penny"),
        ("$1.5 million", "one point five million dollars"),
        ("€1,000", "one thousand euros"),
    ],
)
def test_money_is_said_with_its_small_coins(sum_: str, said: str) -> None:
    assert aloud(sum_) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1/1", "one over one"),
        ("2/2", "two over two"),
        ("0/2", "zero over two"),
        ("1/2", "one half"),
        ("2/3", "two thirds"),
        ("3/2", "three over two"),
        ("9/10", "nine tenths"),
        ("10/11", "ten over eleven"),
    ],
)
def test_a_fraction_is_below_one_and_its_parts_have_a_short_name(text: str, said: str) -> None:
    assert aloud(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5-1234", "five to twelve thirty four"),
        ("55-1234", "fifty five to twelve thirty four"),
        ("555-1234", "five five five one two three four"),
        ("555-123", "five hundred fifty five to one hundred twenty three"),
        ("1984-86", "nineteen eighty four to eighty six"),
        ("007", "zero zero seven"),
        ("0", "zero"),
        ("05", "zero five"),
        ("0.5", "zero point five"),
        ("-0.75", "minus zero point seven five"),
        ("0.0", "zero point zero"),
        ("007.5", "zero zero seven point five"),
        ("0,500", "zero five zero zero"),
        ("999", "nine hundred ninety nine"),
        ("1066", "one thousand sixty six"),
        ("10000", "ten thousand"),
        ("-7", "minus seven"),
        ("3.14", "three point one four"),
        ("1.2.10", "one point two point ten"),
    ],
)
def test_a_plain_number_is_a_year_a_range_a_telephone_number_or_a_number(
    text: str, said: str
) -> None:
    assert aloud(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1 ft", "one foot"),
        ("2 ft", "two feet"),
        ("1.0 km", "one point zero kilometres"),
        ("-1 °C", "minus one degree Celsius"),
        ("50 Hz", "fifty hertz"),
        ("2 km/h", "two kilometres per hour"),
    ],
)
def test_one_of_a_unit_is_said_in_the_singular(text: str, said: str) -> None:
    assert aloud(text) == said


@pytest.mark.parametrize("count", [16, 30, 31, 500])
def test_a_number_of_many_digits_is_said_digit_by_digit_to_its_end(count: int) -> None:
    assert aloud("7" * count) == " ".join(["seven"] * count)
    assert aloud("0." + "7" * count) == "zero point " + " ".join(["seven"] * count)
    assert aloud("0" * count) == " ".join(["zero"] * count)


def test_parts_lie_where_the_text_has_them() -> None:
    text = "At 5:30 in St. Paul, $3."
    found = english("").said_otherwise(text)
    assert [text[part.start : part.stop] for part in found] == ["5:30", "St.", "$3"]


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2009", "\u2007"])
def test_blanks_that_do_not_break_are_read_as_blanks(blank: str) -> None:
    text = "At 9:00 AM, 5 kg for $3 million."
    assert changes_of(text.replace(" ", blank), "en") == changes_of(text, "en")


@settings(max_examples=300)
@given(st.text("0019.,:-/$%#a ", max_size=9))
def test_digits_among_any_marks_are_read_without_a_fault(text: str) -> None:
    """Bare decimals such as 0.5 were taken for telephone numbers, whose digits alone are said."""
    for part in english("").said_otherwise(text):
        words = " ".join(part.words).split()
        assert all(word.isalpha() or word == "o'clock" for word in words)
