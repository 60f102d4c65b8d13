# ruff: noqa: RUF001, E501  # phonetic letters are meant, a language a line
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from pipeline.animatic.ipa_visemes import visemes_of_ipa
from pipeline.media.recognition.engine_phones import sounding_phones
from pipeline.media.recognition.engine_words import engine_spans, said_at
from pipeline.media.text.ipa import ipa_name
from pipeline.media.text.written_words import is_spaced, written_words
from pipeline.media.voice.espeak import ask_espeak, carried_espeak
from pipeline.media.voice.espeak_events import phones_told, words_told
from pipeline.media.voice.espeak_voices import files_by_tag
from pipeline.nouns import Span

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


SENTENCES = {
    "en-us": "The quick brown fox jumps over 13 lazy dogs; my vision of joy, pure air, thin cheese.",
    "en-gb": "The quick brown fox jumps over 13 lazy dogs; my vision of joy, pure air, home, lot.",
    "de": "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich, Bonbon, Häuser, 25 %.",
    "fr": "Portez ce vieux whisky au juge blond qui fume, un bon vin, huit fleurs, peu de beurre.",
    "es": "El veloz murciélago hindú comía feliz cardillo y kiwi, la cigüeña, llave, guerra, 7 €.",
    "it": "Ma la volpe, col suo balzo, ha raggiunto il quieto Fido. Gli gnomi, la pizza, 8 euro.",
    "pt-br": "Um pequeno jabuti xereta viu dez cegonhas felizes. O coração, mãe, põe, muito, tia.",
    "pt-pt": "Um pequeno jabuti xereta viu dez cegonhas felizes. O coração, mãe, põe, lhe, 4 anos.",
    "hi": "ऋषियों को सताने वाले दुष्ट राक्षसों के राजा रावण, घोड़ा, पढ़ना, झंडा, ठंडा, आँख, 42 बच्चे।",
    "ja": "いろはにほへと ちりぬるを わかよ たれそ、ありがとう、しんぶん、ぴゃ、がっこう。",
    "zh": "今天天气很好，我们去公园吃饭。女人，知道，儿子，日本，雪，熊，翁，强，油，四十，资。",
    "ar": "نَصٌّ حَكِيمٌ لَهُ سِرٌّ قَاطِعٌ وَذُو شَأْنٍ عَظِيمٍ، ضوء، طير، غيم، عين، ثَوْبٍ أَخْضَرَ.",
    "ru": "Съешь же ещё этих мягких французских булок, да выпей чаю. Щука, цирк, объём, звёзды, 3.",
    "ko": "키스의 고유조건은 입술끼리 만나야 하고, 뽀뽀, 꽃, 떡, 쌀, 찌개, 외국, 의사, 위, 왜.",
    "tr": "Pijamalı hasta yağız şoföre çabucak güvendi. Öğretmen, ılık, jüri, kâğıt, dağ, 9 gül.",
}
"""Sounds of each language, and numbers."""


@pytest.fixture(scope="module")
def told() -> dict[str, Mapping[str, Any]]:
    carried = carried_espeak()
    assert carried is not None
    files = files_by_tag(carried.data)
    requests = [
        {"voice": files[language], "text": text, "wav": ""} for language, text in SENTENCES.items()
    ]
    return dict(zip(SENTENCES, ask_espeak(carried, requests), strict=True))


@pytest.mark.parametrize("language", SENTENCES)
def test_each_phone_of_a_spoken_sentence_has_a_mouth(
    language: str, told: dict[str, Mapping[str, Any]]
) -> None:
    names = {ipa_name(phone.ipa, language) for phone in phones_told(told[language])}
    assert len(names) > 15
    assert [name for name in names if name and not [*visemes_of_ipa(name)]] == []


@pytest.mark.parametrize("language", SENTENCES)
def test_each_written_word_of_a_spoken_sentence_has_its_time(
    language: str, told: dict[str, Mapping[str, Any]]
) -> None:
    text = SENTENCES[language]
    written = written_words(text, spaced=is_spaced(text))
    sounds = sounding_phones(phones_told(told[language]), language)
    whole = Span(start_s=0.0, stop_s=told[language]["stop"] / 1000)
    begins = said_at(written, text, text)
    spans = engine_spans(written, begins, words_told(told[language]), sounds, whole)
    edges = [edge for span in spans for edge in (span.start_s, span.stop_s)]
    assert edges == sorted(edges)
    assert all(span.stop_s - span.start_s > 0.03 for span in spans)
    starts = {phone.start_s for phone in sounds}
    assert sum(span.start_s in {round(each, 3) for each in starts} for span in spans) == len(spans)


@pytest.mark.parametrize(
    ("language", "written", "name"),
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
    language: str, written: str, name: str
) -> None:
    assert ipa_name(written, language) == name
