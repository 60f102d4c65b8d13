# ruff: noqa: RUF001, E501  # phonetic letters are meant, a language a line
from __future__ import annotations

import pytest

from pipeline.animatic.ipa_visemes import visemes_of_ipa
from pipeline.media.text.engine_ipa import ipa_name

ESPEAK_PHONES = {
    "en-us": "aɪ b d dʒ f i iː j k l m n p s tʃ v w z æ ð ŋ ə ɚ ɡ ɹ ʃ ʌ ʒ ˈaʊ ˈeɪ ˈɑː ˈɔɪ ˈɔːɹ ˈɛɹ ˈɜː ˈɪɹ ˈʊ ˌoʊ θ ᵻ ɾ n̩ l̩ ɐ ʔ aɪə aɪɚ ʊɹ x ɑ̃",
    "en-gb": "ɒ ɔː əʊ eə iə ʊə a h t ʍ aʊə",
    "de": "aɪ dʒ eː oː pf r ts x z ç ŋ ɜ ɾ ˈa ˈyː ˈœ ˈɑː ˈɑ̃ ˈɔ ˈɔø ˈɛ ˈʏ øː ɪː ʊɐ iɐ ɛɪ œ̃ ɔ̃ ʀ tɕ",
    "fr": "(en) (fr) a a- ø ŋ œ̃ ɔ ɔ̃ ə- ɪ ɲ ʁ ʒ ˈe ˈy ˈœ ˈɑ̃ ˈɛ̃ w ɐ e- ɛ- y-",
    "es": "ð ɣ β θ x ʎ ɲ ɾ r eʊ aʊ iʊ aɪ eɪ ɛɪ oɪ uɪ w tʃ",
    "it": "ts dz tʃ dʒ ʎ ɲ ʊ ɛ ɔ ss aʊ eʊ k̃ tʃ̃ ɣ̃",
    "pt": "ɐ̃ ɐ̃ʊ õ ũ ĩ ẽ ɨ ʎ ɲ ʁ ɾ iʊ ɐ ɛʊ õɪ\ufffd y æ tʃ",
    "hi": "cʰ c ɟ ɟʰ bʰ pʰ tʰ dʰ d̪ ʈ ʈʰ ɖ ɖʰ r. ɳ ʂ ʋ ɡʰ kʰ q ˌõ ɪ̃ ʌ̃ ʊ̃ ã æː ɔː ˈɛː",
    "ja": "e̞ o̞ ä ɯᵝ ũ ĩ ts tɕ dʑ ɕ ɸ ɽ ʲ ɴ ç",
    "cmn": "(cmn) i. i̪ iɑ iɑu iɛ iou onɡ o- s. ts. ts.h th tɕ tɕh tsh ph kh ua uai uei uə yɛ yæ yə yu ər ɑu ʐ χ ŋ- ˈi5 ˈonɡ˥",
    "ar": "a. i. u. dˤ s̪ t̪ ð ħ ɣ ʃ ʔ ʕ θ χ q",
    "ru": 'tʃʲ mʲ tʲ sʲ ju ja y ɭ ɵ ʌ ʑ ɕ ɪ^ u" x ʒ ʲ',
    "ko": "p- ph t- th k- kh s- q q- tɕ tɕ- dʑ ɐ ʌ ɯ ɫ ɾ",
    "tr": "æ œ ø y ɯ ɟ c ɫ ɾ ʒ dʒ ɢ",
}  # fmt: skip
"""As espeak-ng 1.52 tells them: all phones of these languages that its tables hold."""

PAUSES = {"(en)", "(fr)", "(cmn)"}


@pytest.mark.parametrize("language", ESPEAK_PHONES)
def test_no_phone_of_espeak_falls_into_an_unknown_mouth(language: str) -> None:
    told = ESPEAK_PHONES[language].split()
    names = {each: ipa_name(each, language) for each in told}
    unknown = [each for each in told if each not in PAUSES and not [*visemes_of_ipa(names[each])]]
    assert unknown == []
    assert all(names[each] == "" for each in told if each in PAUSES)
    assert max(map(len, names.values())) <= 4


@pytest.mark.parametrize(
    ("language", "told", "name"),
    [
        ("en-us", "ˈɑːɹ", "ɑɹ"),
        ("en-us", "", ""),
        ("fr", "ˈɛ̃", "ɛ\u0303"),
        ("de", "ç", "c\u0327"),
        ("ru", "ˈy", "ɨ"),
        ("tr", "y", "y"),
        ("pt-BR", "ˈy", "ɪ"),
        ("cmn", "ˈonɡ", "ʊŋ"),
        ("zh-CN", "ts.h", "ʈʂʰ"),
        ("cmn", "ˈi̪", "ɨ"),
        ("ja", "ˈɯᵝ", "ɯᵝ"),
        ("ja", "e̞", "e"),
        ("ar", "s̪", "sˤ"),
        ("hi", "c", "tʃ"),
        ("ko", "p-", "p"),
        ("fr", "(en)", ""),
        ("vi", "ˈaː5", "a"),
    ],
)
def test_a_phone_has_one_name_whatever_the_engine_writes(
    language: str, told: str, name: str
) -> None:
    assert ipa_name(told, language) == name
