# ruff: noqa: RUF001  # phonetic letters are meant
"""English text as the words that are heard, and the phones of those that no dictionary has."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from pipeline.media.numerals import cardinal, digits, ordinal, year

if TYPE_CHECKING:
    from hama import G2PModel  # type: ignore[import-untyped]  # no types in hama

_TOKEN = re.compile(
    r"(?P<money>[$£€])?(?P<number>\d+(?:,\d{3})*)(?:\.(?P<decimals>\d+))?"
    r"(?:(?P<ordinal>st|nd|rd|th)\b|(?P<percent>\s?%)|:(?P<minutes>\d\d)\b)?"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)|(?P<sign>[&@+=])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z]{2})")
_SIGNS = {"&": "and", "@": "at", "+": "plus", "=": "equals"}
_MONEY = {"$": "dollars", "£": "pounds", "€": "euros"}
_SHORT = {"dr": "doctor", "st": "saint", "prof": "professor", "vs": "versus", "etc": "etcetera"}
_LONGEST_SPELLED = 4
_YEAR_DIGITS = 4


def words_of(text: str) -> tuple[str, ...]:
    """Lower-case words without accents; numbers and signs are spoken out, abbreviations spelled."""
    plain = unicodedata.normalize("NFKD", text).replace("’", "'")
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = _CAMEL.sub(" ", plain)
    return tuple(word for token in _TOKEN.finditer(plain) for word in _spoken(token))


def _spoken(token: re.Match[str]) -> Iterator[str]:
    if token["number"]:
        yield from _number(token)
    elif token["sign"]:
        yield _SIGNS[token["sign"]]
    elif _is_spelled(token["word"]):
        yield from (f"{letter}." for letter in token["word"].lower())
    else:
        word = token["word"].lower()
        yield _SHORT.get(word, word)


def _is_spelled(word: str) -> bool:
    """BBC, GPT: capitals that no one could read as a word. (`b.` is how dictionaries name a B.)"""
    return word.isupper() and 1 < len(word) <= _LONGEST_SPELLED and not set(word) & set("AEIOUY")


def _number(token: re.Match[str]) -> Iterator[str]:
    number = int(token["number"].replace(",", "")[:30])
    if token["ordinal"]:
        yield from ordinal(number)
    elif len(token["number"]) == _YEAR_DIGITS and not (token["money"] or token["decimals"]):
        yield from year(number)
    else:
        yield from cardinal(number)
    if token["decimals"]:
        yield from ("point", *digits(token["decimals"]))
    if token["minutes"] and token["minutes"] != "00":
        yield from cardinal(int(token["minutes"]))
    if token["percent"]:
        yield "percent"
    if token["money"]:
        yield _MONEY[token["money"]]


_IPA = """
t͡ʃ:CH d͡ʒ:JH t͡ɕ:CH aɪ:AY aʊ:AW eɪ:EY oʊ:OW ɔɪ:OY eə:EH ɪə:IH p:P b:B t:T ʈ:T d:D ɖ:D k:K c:K q:K
g:G ɡ:G ɟ:G ɣ:G f:F ɸ:F v:V β:V ʋ:V θ:TH ð:DH s:S z:Z ʃ:SH ɕ:SH ʂ:SH ʒ:ZH ʐ:ZH h:HH ɦ:HH χ:HH ç:HH
x:K m:M n:N ɲ:N ŋ:NG l:L ɫ:L ʎ:L ɹ:R r:R ɾ:R ʁ:R ɻ:R ʀ:R w:W j:Y i:IY ɪ:IH ɨ:IH e:EY ɛ:EH æ:AE
a:AA ɑ:AA ɒ:AA ɔ:AO o:OW u:UW y:UW ʊ:UH ɵ:UH ʌ:AH ə:AH ɐ:AH ɚ:ER ɝ:ER ɜ:ER ø:ER œ:ER
"""
_ARPABET = dict(pair.split(":") for pair in _IPA.split())
_PHONE = re.compile("|".join(sorted(_ARPABET, key=len, reverse=True)))
_LONGEST_WORD = 60

_CARRIER = "hama"
_NETWORKS = {
    "encoder.hama": "ae527c1aa758cd1b038c63d4d768d05313adce7c50706c5366600ab4f4ef8d75",
    "decoder_step.hama": "9ac34717f88b7bed2ef84a779b6fda1ec24b0b88d37bb813631493116581369d",
}


def pronounce(word: str) -> tuple[str, ...]:
    """ARPAbet phones of a lower-case word by the carried letter-to-sound network.

    Empty for words in other than Latin letters: the network makes up English sounds for them.
    """
    if not word.isascii():
        return ()
    ipa = _letter_to_sound().predict(word[:_LONGEST_WORD]).ipa
    return tuple(_ARPABET[phone] for phone in _PHONE.findall(ipa))


@cache
def _letter_to_sound() -> G2PModel:
    spec = find_spec(_CARRIER)
    if spec is None or not spec.submodule_search_locations:
        raise ManifestUnusable("lexicon_missing", "hama is not installed; install hama 1.7.0.")
    assets = Path(spec.submodule_search_locations[0]) / "assets"
    for name, sha256 in _NETWORKS.items():
        if not (assets / name).exists() or sha256_of(assets / name) != sha256:
            message = f"{assets / name} is not the pinned file; install hama 1.7.0."
            raise ManifestUnusable("lexicon_changed", message)
    from hama import G2PModel  # noqa: PLC0415  # a native library: only for words that need it

    return G2PModel()
