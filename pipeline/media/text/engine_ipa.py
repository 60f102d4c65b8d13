# ruff: noqa: RUF001, RUF002  # phonetic letters are meant
"""The phones of speech engines under one name each: IPA letters without stress, length and tone.

espeak-ng writes some of its phones in signs of its own, others by the IPA letter of another sound:
the Russian ы as `y`, the Mandarin `-ong` as `onɡ`. Those are put right here, language by language.
"""

from __future__ import annotations

import re
import unicodedata

_UNSAID = re.compile(r"\([^)]*\)|[ˈˌːˑ\d˥˦˧˨˩|_ ]")
"""A change of language in brackets, stress, length, tones, breaks."""

_NASAL, _CEDILLA = "\u0303", "\u0327"  # ç is a letter
_SIGNS = re.compile(r"[-.:^\"'*;]")

_EVERYWHERE = {
    "r.": "ɽ",
    "s.": "ʂ",
    "z.": "ʐ",
    "t.": "ʈ",
    "d.": "ɖ",
    "n.": "ɳ",
    "l.": "ɭ",
    "ʲ": "j",
}

_OWN: dict[str, dict[str, str]] = {
    "ar": {"a.": "ɑ", "i.": "ɨ", "u.": "ʊ", "s̪": "sˤ", "t̪": "tˤ"},
    "cmn": {
        "i.": "ɨ", "i̪": "ɨ", "onɡ": "ʊŋ", "o-": "ɤ", "ər": "ɚ", "ts.": "ʈʂ", "ts.h": "ʈʂʰ",
        "tsh": "tsʰ", "tɕh": "tɕʰ", "ph": "pʰ", "th": "tʰ", "kh": "kʰ",
    },
    "hi": {"c": "tʃ", "cʰ": "tʃʰ", "ɟ": "dʒ", "ɟʰ": "dʒʰ"},
    "ko": {"ph": "pʰ", "th": "tʰ", "kh": "kʰ", "ɐ": "a", "q": "k", "q-": "k"},
    "pt": {"y": "ɪ", "æ": "ɐ"},
    "ru": {"y": "ɨ", "ʌ": "ɐ"},
}  # fmt: skip
_SAME_PHONES = {"zh": "cmn", "yue": "cmn", "hak": "cmn", "th": "cmn"}


def ipa_name(told: str, language: str) -> str:
    """How a phone that an engine told is called; "" for a pause."""
    bare = _UNSAID.sub("", unicodedata.normalize("NFD", told))
    primary = language.partition("-")[0].lower()
    own = _OWN.get(_SAME_PHONES.get(primary, primary), {})
    named = own.get(bare) or _EVERYWHERE.get(bare) or bare
    return "".join(letter for letter in _SIGNS.sub("", named) if _is_kept(letter))


def _is_kept(letter: str) -> bool:
    return letter in (_NASAL, _CEDILLA) or not unicodedata.combining(letter)
