# ruff: noqa: RUF001  # phonetic letters are meant
"""The mouth of each sound of the International Phonetic Alphabet, nasals too.

Names are IPA letters without stress, length and tone (`pipeline/media/text/ipa.py`), so they
are never taken for ARPAbet's, which has capitals only.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

SOUNDS = {
    "B": "p pʰ b bʰ m mʲ pʲ bʲ ɓ ʙ",
    "β": "ɸ β",
    "F": "f fʲ v vʲ ɱ",
    "ʋ": "ʋ ⱱ",
    "TH": "θ ð ðˤ",
    "T": "t tʰ tʲ tˤ d dʰ dʲ dˤ n nʲ ɗ ɾ",
    "L": "l lʲ ɫ ɬ ɮ ɺ",
    "r": "r rʲ",
    "S": "s sʲ sˤ z zʲ zˤ ts tsʰ dz",
    "SH": "ʃ ʒ tʃ tʃʰ tʃʲ dʒ dʒʰ dʒʲ ɧ",
    "ɕ": "ɕ ʑ tɕ tɕʰ dʑ",
    "ʂ": "ʂ ʐ ʈʂ ʈʂʰ",
    "ʈ": "ʈ ʈʰ ɖ ɖʰ ɳ ɽ ɽʰ ɭ",
    "R": "ɹ ɻ",
    "Y": "j",
    "ç": "ʝ ç c cʰ ɟ ɟʰ ɲ ʎ ʄ",
    "K": "k kʰ kʲ g ɡ ɡʰ ɡʲ ŋ ɠ x xʲ ɣ ɰ",
    "χ": "q qʰ ɢ ɴ χ ʁ ʀ",
    "ħ": "ħ ʕ",
    "HH": "h ɦ ʔ",
    "W": "w ʍ",
    "y": "ɥ y ỹ",
    "IY": "i ĩ",
    "IH": "ɪ ɪ̃ ᵻ",
    "ʏ": "ʏ",
    "ɨ": "ɨ ɨ̃",
    "ʉ": "ʉ",
    "ɯ": "ɯ ɯ̃",
    "ɯᵝ": "ɯᵝ",
    "UW": "u ũ",
    "UH": "ʊ ʊ̃",
    "e": "e ẽ",
    "ø": "ø ø̃",
    "AX": "ɘ ə ə̃",
    "ɵ": "ɵ",
    "ɤ": "ɤ",
    "OW": "o õ",
    "ER": "ɚ ɝ",
    "EH": "ɛ",
    "ɛ̃": "ɛ̃",
    "œ": "œ œ̃ ɞ ɶ",
    "ɜ": "ɜ ɜ̃",
    "AH": "ʌ ʌ̃",
    "AO": "ɔ",
    "ɔ̃": "ɔ̃",
    "AE": "æ æ̃",
    "ɐ": "ɐ ɐ̃",
    "a": "a ã",
    "AA": "ɑ",
    "ɑ̃": "ɑ̃",
    "ɒ": "ɒ ɒ̃",
}  # fmt: skip
"""Of each mouth, by its name: the sounds that it makes."""

VISEME_OF_IPA = {
    unicodedata.normalize("NFD", sound): viseme
    for viseme, sounds in SOUNDS.items()
    for sound in sounds.split()
}

_SOUND = re.compile("|".join(sorted(VISEME_OF_IPA, key=len, reverse=True)))


def visemes_of_ipa(name: str) -> Iterator[str]:
    """The mouths of a phone in order: two or more for a diphthong. Marks that change no mouth are
    passed over; nothing comes of what is no IPA."""
    for sound in _SOUND.findall(unicodedata.normalize("NFD", name)):
        yield VISEME_OF_IPA[sound]
