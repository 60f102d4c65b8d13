# ruff: noqa: RUF001  # the marks of other scripts are meant
"""Words as readers see them: nothing of a text is lost, and no letter is cut from its marks."""

from __future__ import annotations

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.text.breaks import letter_ends, letters_of_text, phrase_ends, word_ends
from pipeline.media.text.written_words import is_spaced, written_words

TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            "今日は「良い」天気。ーっ、…“”\"'()—- \u3000aB9.,!ก้ำที่ๆक्षिम𠮷👩\u200d🚀é\u0301שָׁ"
        ),
        st.characters(),
    ),
    max_size=60,
)
LANGUAGES = st.sampled_from(["ja", "zh", "zh-TW", "th", "my", "hi", "ar", "en", "und", "x"])


@given(TEXTS, LANGUAGES)
def test_words_put_together_are_the_text_and_no_letter_is_cut(text: str, language: str) -> None:
    words = written_words(text, spaced=False, language=language)
    assert "".join(words) == text
    assert {*accumulate(map(len, words))} <= {*letter_ends(text)}
    if any(letter.isalnum() for letter in text):
        assert all(any(letter.isalnum() for letter in word) for word in words)
    spaced = written_words(text, spaced=True, language=language)
    assert " ".join(spaced) == " ".join(text.split())


@given(TEXTS, LANGUAGES)
def test_letters_words_and_phrases_tile_a_text(text: str, language: str) -> None:
    assert "".join(letters_of_text(text)) == text
    for ends in (letter_ends(text), word_ends(text, language), phrase_ends(text, language)):
        assert ends == sorted({*ends})
        assert {*ends} <= {*range(1, len(text) + 1)}
    assert letter_ends(text)[-1:] == word_ends(text, language)[-1:] == [len(text)][: len(text)]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "今日|は|とても|良い|天気|です|ね。|iPhone |15 |Pro|を|買っ|た。|彼|は|「そう」"),
        ("ja", '𠮷|野|さん|は|"はい"|と|言っ|た……|（仮）'),
        ("zh", "我们|今天|去|北京|大学|学习，|3.5％|的|人|（《红楼梦》）。"),
        ("zh-TW", "他說：|“走|吧！”|我們|去了"),
        ("th", "สวัสดี|ครับ |วัน|นี้|อากาศ|ดี|มาก ๆ |ราคา |1,500 |บาท"),
        ("lo", "ຂ້ອຍ|ຮັກ|ພາສາ|ລາວ"),
        ("km", "ខ្ញុំ|ស្រឡាញ់|ភាសាខ្មែរ។ |ល្អ"),
        ("my", "ကျွန်တော်|မြန်မာ|စကားပြော|တတ်|တယ်။"),
        ("bo", "བོད་|སྐད་|ཡིན།"),
    ],
)
def test_words_of_scripts_without_blanks_are_those_of_a_dictionary(
    language: str, text: str
) -> None:
    whole = text.replace("|", "")
    assert not is_spaced(whole)
    assert "|".join(written_words(whole, spaced=False, language=language)) == text


@pytest.mark.parametrize(
    "text",
    [
        "Well -|yes .|No",
        "Il|dit|« bonjour »|à|tous !",
        "( a )|b",
        "नमस्ते|दुनिया ।",
        "안녕하세요|여러분",
    ],
)
def test_marks_that_stand_alone_belong_to_the_word_that_they_follow_or_open(text: str) -> None:
    whole = text.replace("|", " ")
    assert is_spaced(whole)
    assert "|".join(written_words(whole, spaced=True)) == text


def test_the_script_of_most_letters_tells_whether_words_are_parted_by_blanks() -> None:
    assert not is_spaced("你好，世界。 OK")
    assert is_spaced("Hello 世界")
    assert is_spaced("")


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("क्षत्रिय", 3),
        ("น้ำที่", 2),
        ("שָׁלוֹם", 4),
        ("👩‍🚀e\u0301", 2),
        ("abc", 3),
        ("", 0),
        ("\ud800a", 2),
    ],
)
def test_a_letter_is_counted_with_its_vowel_signs_and_marks(text: str, count: int) -> None:
    assert len(letters_of_text(text)) == count


@pytest.mark.parametrize(
    ("language", "phrases"),
    [
        ("ja", "今日は|とても|天気が|いいです。"),
        ("zh-Hans", "我们|今天|去|北京|大学。"),
        ("zh-Hant", "我們|今天|去|北京|大學。"),
        ("th", "วัน|นี้|อากาศ|ดี|มาก"),
    ],
)
def test_phrases_are_known_of_languages_without_blanks(language: str, phrases: str) -> None:
    whole = phrases.replace("|", "")
    assert phrase_ends(whole, language) == [*accumulate(map(len, phrases.split("|")))]
    assert phrase_ends(whole, "en") == []
