# ruff: noqa: RUF001  # the marks of other scripts are meant
"""Captions in every script: lines as long as its house has them, broken between phrases."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions.check import breaches_of
from pipeline.captions.cue import RULES, Cue
from pipeline.captions.house_rules import house_rules, rules_of_text
from pipeline.captions.layout import MeasuredText, fitting
from pipeline.captions.line_ends import break_cost, line_costs
from pipeline.captions.plan import cues_of
from pipeline.captions.text import width
from pipeline.media.text.breaks import letters_of_text, phrase_ends
from pipeline.media.text.written_words import is_spaced, written_words
from pipeline.words import Word


def words_in(text: str, language: str, letter_s: float = 0.3) -> tuple[Word, ...]:
    """Said at this pace, a letter of any script with its marks."""
    words: list[Word] = []
    now_s = 0.0
    for word in written_words(text, spaced=is_spaced(text), language=language):
        stop_s = now_s + letter_s * len(letters_of_text(word))
        words.append(Word(text=word, start_s=now_s, stop_s=stop_s, sentence=0))
        now_s = stop_s
    return tuple(words)


def cued(text: str, language: str, letter_s: float = 0.3) -> tuple[Cue, ...]:
    words = words_in(text, language, letter_s)
    return cues_of(
        words,
        frames=round(25 * words[-1].stop_s) + 50,
        spaced=is_spaced(text),
        rules=house_rules(language),
        language=language,
    )


@pytest.mark.parametrize(
    ("language", "most", "a_second"),
    [
        ("ja", "16 full-width characters", "7"),
        ("zh", "16 full-width characters", "9"),
        ("zh-Hant", "16 full-width characters", "9"),
        ("ko", "16 full-width characters", "12"),
        ("th", "35 characters", "17"),
        ("hi", "42 characters", "17"),
        ("ar", "42 characters", "17"),
        ("he", "42 characters", "17"),
        ("de", "42 characters", "17"),
        ("ja-Latn", "42 characters", "17"),
    ],
)
def test_lines_and_paces_are_those_of_the_house_in_each_language(
    language: str, most: str, a_second: str
) -> None:
    rules = house_rules(language)
    assert rules.told(rules.line_characters) == most
    assert rules.counted(rules.characters_per_s) == a_second


@pytest.mark.parametrize(
    ("text", "wide", "with_wide_marks"),
    [
        ("今日は。", 8, 8),
        ("iPhone 15を", 11, 11),
        ("안녕 하세요!", 12, 12),
        ("ｱｲｳ", 3, 3),
        ("“是”…", 5, 8),
        ("क्षत्रिय", 3, 3),
        ("น้ำที่", 2, 2),
        ("شَهْر", 3, 3),
        ("\u200fשלום", 4, 4),
        ("👩‍🚀", 2, 2),
        ("Größe", 5, 5),
    ],
)
def test_letters_are_counted_as_readers_see_them(
    text: str, wide: int, with_wide_marks: int
) -> None:
    assert width(text) == wide
    assert width(text, wide_marks=True) == with_wide_marks


def test_a_line_too_long_is_told_as_the_house_counts() -> None:
    cue = Cue(start_s=0.0, stop_s=6.0, lines=("あ" * 16 + "a",))
    (breach,) = breaches_of([cue], house_rules("ja"))
    assert breach.detail == "16.5 full-width characters in a line, at most 16"
    hurried = Cue(start_s=0.0, stop_s=1.0, lines=("あ" * 8,))
    (breach,) = breaches_of([hurried], house_rules("ja"))
    assert breach.detail == "8 full-width characters in 1.00 s, at least 1.14 s are needed"
    assert breaches_of([hurried], house_rules("zh")) == []


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("今日はiPhoneを", "ja"),
        ("他说走", "zh"),
        ("안녕하세요 Tom", "ko"),
        ("สวัสดี 5", "th"),
        ("Thomas と Ann", "en"),
        ("مرحبا", "ar"),
        ("...", "en"),
    ],
)
def test_a_file_is_held_against_the_rules_of_most_of_its_letters(text: str, language: str) -> None:
    assert rules_of_text([Cue(start_s=0.0, stop_s=1.0, lines=(text,))]) == house_rules(language)
    assert rules_of_text([]) == RULES


TEXTS = {
    "ja": "田中博士は「今日はとても良い天気ですね」と、ニューヨークでiPhone 15を使って言いました。",
    "zh": "张博士说：“我们今天去北京大学学习，明天回来。”大家都很高兴。",
    "zh-TW": "張博士說：「我們今天去臺灣大學學習，明天回來。」大家都很高興。",
    "th": "บริษัทจ่ายเงิน 1.5 ล้านดอลลาร์ ดร.สมชายบอกว่าน้ำผึ้งที่นี่ดีมาก ๆ และทุกคนเห็นด้วย",
    "ko": "김 박사는 “모두 여기로 오세요!”라고 말했습니다. 작년보다 12퍼센트 많은 금액입니다.",
    "hi": "डॉ. शर्मा ने क्षत्रिय परिवार के विद्यार्थियों से कहा कि यह उत्कृष्ट है।",
    "ar": "هل قال الدكتور أحمد ذلك في BBC؟ نعم! iPhone هو هاتف مُحَمَّد (الجديد).",
    "km": "ក្រុមហ៊ុនបានចំណាយប្រាក់ ១៥លានរៀល។ ខ្ញុំស្រឡាញ់ភាសាខ្មែរ និងសិស្សទាំងអស់។",
}


@pytest.mark.parametrize("language", TEXTS)
def test_captions_of_every_script_keep_the_rules_and_every_letter(language: str) -> None:
    text = " ".join([TEXTS[language]] * 3)
    cues = cued(text, language)
    assert breaches_of(cues, house_rules(language)) == []
    between = " " if is_spaced(text) else ""
    shown = between.join(line for cue in cues for line in cue.lines)
    assert shown.replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("language", ["ja", "zh", "zh-TW"])
def test_lines_end_between_phrases(language: str) -> None:
    lines = [line for cue in cued(TEXTS[language], language, 0.2) for line in cue.lines]
    assert len(lines) > 1
    assert {*accumulate(map(len, lines))} <= {*phrase_ends(TEXTS[language], language)}


def test_a_line_of_thai_ends_best_at_a_blank_between_words() -> None:
    words = written_words("ราคา 15 บาท สมชายพูด ครับ", spaced=False, language="th")
    costs = dict(zip(words, line_costs(words, spaced=False, language="th"), strict=True))
    assert costs["ราคา "] == costs["15 "] == 4  # beside a number
    assert costs["บาท "] == costs["พูด "] == 1
    assert line_costs(["ดร.", "สมชาย"], spaced=False, language="th")[0] == 9  # before a name


def test_words_parted_by_blanks_cost_what_they_cost_before() -> None:
    words = ["end.”", "clause,", "word", "the", "Dr.", "(Dr."]
    costs = line_costs(words, spaced=True, language="en")
    assert costs == [0, 1, 4, 9, 4, 4] == [break_cost(word) for word in words]


LETTERS = st.text("今日はー「」。a 1ก้ำที่ क्षिمَّé\u0301👩\u200d🚀", min_size=1, max_size=90)


@given(LETTERS, st.sampled_from(["ja", "th", "hi", "en"]))
@settings(max_examples=40, deadline=None)
def test_no_line_is_too_long_and_no_letter_is_cut(text: str, language: str) -> None:
    words = words_in(text, language)
    cues = cued(text, language) if words else ()
    lines = [line for cue in cues for line in cue.lines]
    told = {breach.rule for breach in breaches_of(cues, house_rules(language))}
    assert not told & {"line_too_long", "too_many_lines"}
    assert "".join(lines).replace(" ", "") == "".join(text.split())
    for word in words:
        pieces = fitting([replace(word, text=word.text.strip())], house_rules(language))
        letters = [letter for piece in pieces for letter in letters_of_text(piece.text)]
        assert letters == [*letters_of_text(word.text.strip())]


def test_the_blank_behind_a_word_takes_no_place_at_the_end_of_a_line() -> None:
    words = words_in("สวัสดีครับ วันนี้อากาศดี", "th")
    measured = MeasuredText(words, house_rules("th"), spaced=False, language="th")
    assert measured.characters(0, 2) == len(letters_of_text("สวัสดีครับ"))
    assert measured.characters(0, 3) == len(letters_of_text("สวัสดีครับ วัน"))
    assert measured.lines(0, 2) == ("สวัสดีครับ",)


def test_a_number_stands_with_its_unit_and_a_day_with_its_month() -> None:
    words = ["kostete", "2,5", "Mio.", "€", "am", "3.", "Mai", "1997.", "Gut"]
    costs = line_costs(words, spaced=True, language="de")
    assert [costs[words.index(word)] for word in ("2,5", "3.", "1997.")] == [7, 7, 0]
