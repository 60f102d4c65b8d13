# ruff: noqa: RUF001, RUF002  # phonetic letters are meant
"""The International Phonetic Alphabet as the phones of the CMU dictionary, and as speech engines
write it.

espeak-ng writes some of its phones in signs of its own, others by the IPA letter of another sound:
the Russian ы as `y`, the Mandarin `-ong` as `onɡ`. Those are put right here, language by language.
"""

from __future__ import annotations

import re
import unicodedata

_IPA = """
t͡ʃ:CH d͡ʒ:JH t͡ɕ:CH aɪ:AY aʊ:AW eɪ:EY oʊ:OW ɔɪ:OY eə:EH ɪə:IH p:P b:B t:T ʈ:T d:D ɖ:D k:K c:K q:K
g:G ɡ:G ɟ:G ɣ:G f:F ɸ:F v:V β:V ʋ:V θ:TH ð:DH s:S z:Z ʃ:SH ɕ:SH ʂ:SH ʒ:ZH ʐ:ZH h:HH ɦ:HH χ:HH ç:HH
x:K m:M n:N ɲ:N ŋ:NG l:L ɫ:L ʎ:L ɹ:R r:R ɾ:R ʁ:R ɻ:R ʀ:R w:W j:Y i:IY ɪ:IH ɨ:IH e:EY ɛ:EH æ:AE
a:AA ɑ:AA ɒ:AA ɔ:AO o:OW u:UW y:UW ʊ:UH ɵ:UH ʌ:AH ə:AH ɐ:AH ɚ:ER ɝ:ER ɜ:ER ø:ER œ:ER
"""
_ARPABET = dict(pair.split(":") for pair in _IPA.split())
_PHONE = re.compile("|".join(sorted(_ARPABET, key=len, reverse=True)))
_BETWEEN = re.compile(r"[\u02b0-\u02ff\u0300-\u036f\u1dc4-\u1dff\u203f.|\u2016\s]+")
"""Stress, length, tones, marks above and below letters, and breaks."""


def arpabet_of(ipa: str) -> tuple[str, ...]:
    """ARPAbet without stress; what is no sound of ours is passed over."""
    return tuple(_ARPABET[phone] for phone in _PHONE.findall(ipa))


def unknown_in(ipa: str) -> str:
    """The first sign of a text that is no IPA that we know, or ""."""
    return _BETWEEN.sub("", _PHONE.sub("", ipa))[:1]


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
