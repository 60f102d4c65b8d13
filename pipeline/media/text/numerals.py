"""Numbers as the English words by which synthesisers and readers speak them."""

from __future__ import annotations

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES = ("", "thousand", "million", "billion", "trillion")
_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth",
    "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
}  # fmt: skip
_LARGEST = 10 ** (3 * len(_SCALES))
FEWEST_UNREADABLE = 16
"""Digits of a number that nobody says as one: beyond the trillions."""

_FIRST_YEAR, _LAST_YEAR = 1100, 2100


def cardinal(number: int) -> list[str]:
    """215 -> two hundred fifteen; beyond the trillions digit by digit."""
    if number >= _LARGEST:
        return digits(str(number))
    words: list[str] = []
    for scale in reversed(range(len(_SCALES))):
        group = number // 1000**scale % 1000
        if group:
            words += [*_below_thousand(group), *_SCALES[scale].split()]
    return words or ["zero"]


def _below_thousand(number: int) -> list[str]:
    hundreds, rest = divmod(number, 100)
    words = [_SMALL[hundreds], "hundred"] if hundreds else []
    if rest >= len(_SMALL):
        words.append(_TENS[rest // 10])
        rest %= 10
    return [*words, _SMALL[rest]] if rest else words


def year(number: int) -> list[str]:
    """1984 -> nineteen eighty four; what is no such year is a cardinal."""
    century, rest = divmod(number, 100)
    if not _FIRST_YEAR <= number < _LAST_YEAR or (century % 10 == 0 and rest < 10):  # noqa: PLR2004
        return cardinal(number)
    if rest == 0:
        return [*cardinal(century), "hundred"]
    return [*cardinal(century), *(["oh"] if rest < 10 else []), *cardinal(rest)]  # noqa: PLR2004


def ordinal(number: int) -> list[str]:
    """21 -> twenty first."""
    *head, last = cardinal(number)
    regular = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return [*head, _IRREGULAR.get(last, regular)]


def digits(text: str) -> list[str]:
    """0.5's "5", telephone numbers: one word per digit."""
    return [_SMALL[int(digit)] for digit in text]


def decade(number: int) -> list[str]:
    """1980 -> nineteen eighties, 1900 -> nineteen hundreds."""
    *head, last = year(number)
    return [*head, f"{last[:-1]}ies" if last.endswith("y") else f"{last}s"]


def fraction(top: int, bottom: int) -> list[str]:
    """1/2 -> one half, 3/4 -> three quarters, 2/3 -> two thirds."""
    part = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)[-1]
    many = {"half": "halves"}.get(part, f"{part}s")
    return [*cardinal(top), part if top == 1 else many]
