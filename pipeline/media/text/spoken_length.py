"""How much a voice has to say for a text, in letters: `%` is said as a word of seven."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from pipeline.media.text.check_script import JUDGED, is_foreign

_DIGIT = 10
"""Letters. One digit more makes a number longer by one word of nine letters and a blank at most, in
German and French too."""

_SIGN = 12
"""Letters. `&`, `#` and `÷` are said as "ampersand", "number sign" and "divided by"."""

_NAMED = 40
"""Letters. A voice says the name of what its language does not write: "Cyrillic letter ya"."""

_SYLLABLE = 3
"""Letters of a character that is a syllable of its own."""

_SYLLABIC = frozenset({"CJK", "HANGUL", "HIRAGANA", "KATAKANA", "ETHIOPIC", "IDEOGRAPHIC"})
_PLAIN = frozenset(" .,;:!?'\"()[]-")
_LAST_LATIN = 0x17F
_PHONES = re.compile(r"\[\[([^\[\]]*)\]\]")
_POINT = re.compile(r"(?<=\w)\.(?=\w)")
"""A full stop inside a word is said: "point" or "dot"."""

_SPELLED = re.compile(r"\b[^\W\d_aeiouyAEIOUY]{2,}\b")
_LETTER_NAME = 5
"""Letters. The mean name of a consonant as voices say it apart from the next ("double you": 10)."""


def spoken_length(text: str, language: str = "en") -> int:
    """The letters that a voice of the `language` says for a text; at least as many as are written.

    An estimate from above for what is neither a letter of the language nor punctuation.
    """
    spoken = language.partition("-")[0].lower()
    phones = sum(len(match[1]) for match in _PHONES.finditer(text))
    plain = _PHONES.sub("", text)
    points = _SIGN * len(_POINT.findall(plain))
    names = (_LETTER_NAME - 1) * sum(len(run) for run in _SPELLED.findall(plain))
    return phones + points + names + sum(_letters_of(sign, spoken) for sign in plain)


@lru_cache(maxsize=1 << 14)
def _letters_of(sign: str, language: str) -> int:
    if sign in _PLAIN or (sign.isalpha() and ord(sign) <= _LAST_LATIN):
        return 1
    if sign.isdecimal():
        return _DIGIT
    script = unicodedata.name(sign, "").partition(" ")[0]
    if is_foreign(script, language):
        return _NAMED
    if script in _SYLLABIC:
        return _SYLLABLE
    if script in JUDGED or unicodedata.category(sign)[0] in "PZ" or script == "COMBINING":
        return 1
    return _NAMED if sign.isalpha() else _SIGN
