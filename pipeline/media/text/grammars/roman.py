"""Roman numerals up to 89, as rulers, wars and chapters have them."""

from __future__ import annotations

ROMAN = r"(?=[IVXL])(?:L?X{0,3}|XL)(?:IX|IV|V?I{0,3})(?<=[IVXL])"
_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}


def roman_value(roman: str) -> int:
    """XIV -> 14."""
    values = [_VALUES[letter] for letter in roman]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)
