# ruff: noqa: RUF001  # phonetic letters are meant
"""The International Phonetic Alphabet as the phones of the CMU dictionary."""

from __future__ import annotations

import re

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
