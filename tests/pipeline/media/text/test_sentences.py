# ruff: noqa: RUF001  # the marks of other scripts are meant
from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.text.breaks import letters_of_text
from pipeline.media.text.cleaning.plain_script import plain_script
from pipeline.media.text.sentences import LONGEST_CHARACTERS, LONGEST_SPOKEN, split_script
from pipeline.media.text.spoken_length import spoken_length


def texts(script: str) -> list[str]:
    return [sentence.text for sentence in split_script(script)]


def bare(text: str) -> str:
    """Without white space, control characters and what cannot be encoded."""
    kept = (c for c in text if unicodedata.category(c) not in ("Cc", "Cs") and c != "\ufeff")
    return re.sub(r"\s", "", "".join(kept))


SCRIPTS = st.text(
    st.one_of(
        st.sampled_from(" .!?…,;:\n\r\t\x00\u2028\u2029。！、।\"'”)1aBé漢🎉"), st.characters()
    ),
    max_size=1200,
)


def lines_of(script: str) -> str:
    """With one kind of newline, without other control characters."""
    lines = re.sub(r"\r\n?|[\v\f\x1c-\x1e\x85\u2028]", "\n", script)
    kept = (c for c in lines if c in "\n\t" or unicodedata.category(c) not in ("Cc", "Cs"))
    return "".join(kept).replace("\ufeff", "")


@given(SCRIPTS)
def test_nothing_of_a_script_is_lost_and_no_piece_is_too_long(script: str) -> None:
    pieces = texts(script)
    assert bare("".join(pieces)) == bare(plain_script(lines_of(script)))
    assert all(0 < len(piece) <= LONGEST_CHARACTERS for piece in pieces)


@pytest.mark.parametrize(
    ("language", "script", "expected"),
    [
        ("de", "Am 3. Mai. Im 19. Jahrhundert.", ["Am 3. Mai.", "Im 19. Jahrhundert."]),
        ("de", "Er ist 19. Sie ist da, z. B. Anna.", ["Er ist 19.", "Sie ist da, z. B. Anna."]),
        ("de", "Es kostet 2,5 Mio. Euro. Gut.", ["Es kostet 2,5 Mio. Euro.", "Gut."]),
        ("es", "Son 3 mill. € hoy. Bien.", ["Son 3 mill. € hoy.", "Bien."]),
        ("en", "He is number 3. May is here.", ["He is number 3.", "May is here."]),
        ("el", "Τι κάνεις; Καλά. Πώς; είπε.", ["Τι κάνεις;", "Καλά.", "Πώς; είπε."]),
        ("en", "Well; Yes.", ["Well; Yes."]),
        ("ja", "「行く？」と言った。そう…か。", ["「行く？」と言った。", "そう…か。"]),
        ("ja", "「えっ！」「はい。」終わり。", ["「えっ！」", "「はい。」", "終わり。"]),
        ("ja", "すごい!明日も?はい。３．５％。", ["すごい!", "明日も?", "はい。", "３．５％。"]),
        ("zh", "他问：“走吗？”好!（走）", ["他问：“走吗？”", "好!", "（走）"]),
        ("km", "ព្រះរាជាណាចក្រ។ កម្ពុជា។", ["ព្រះរាជាណាចក្រ។", "កម្ពុជា។"]),
        ("am", "ሰላም ነው። እንዴት ነህ፧ ደህና።", ["ሰላም ነው።", "እንዴት ነህ፧", "ደህና።"]),
    ],
)
def test_sentences_end_by_the_marks_of_their_language(
    language: str, script: str, expected: list[str]
) -> None:
    assert [piece.text for piece in split_script(script, language=language)] == expected


@pytest.mark.parametrize(
    ("language", "letters"),
    [
        ("th", "น้ำใจที่ดีงาม"),
        ("hi", "क्षत्रिय"),
        ("ja", "がばっと飛び起きた"),
        ("ar", "مُحَمَّد"),
        ("und", "👩‍🚀é"),
    ],
)
@pytest.mark.parametrize("said", [len, lambda text: 7 * len(text)])
def test_a_text_without_blanks_is_cut_between_words_or_letters_with_their_marks(
    language: str, letters: str, said: Callable[[str], int]
) -> None:
    script = letters * 90
    pieces = [piece.text for piece in split_script(script, said, language=language)]
    assert "".join(pieces) == script
    assert len(pieces) > 1
    assert letters_of_text(script) == tuple(
        letter for piece in pieces for letter in letters_of_text(piece)
    )


@given(SCRIPTS)
def test_a_piece_is_one_line_that_can_be_encoded(script: str) -> None:
    for piece in texts(script):
        assert piece == " ".join(piece.split())
        assert not any(unicodedata.category(character) == "Cc" for character in piece)
        assert piece.encode()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith met Mrs. Jones. They left.", ["Dr. Smith met Mrs. Jones.", "They left."]),
        ("It rose by 3.5 percent. Fine.", ["It rose by 3.5 percent.", "Fine."]),
        ("J. R. R. Tolkien wrote. We read.", ["J. R. R. Tolkien wrote.", "We read."]),
        ("Go at 5 p.m. on Monday.", ["Go at 5 p.m. on Monday."]),
        ("No. It is No. 5.", ["No.", "It is No. 5."]),
        ("Was it I? It was I. He knew.", ["Was it I?", "It was I.", "He knew."]),
        ('"Really?" he asked. "Yes!" She left.', ['"Really?" he asked.', '"Yes!"', "She left."]),
        ("Well... perhaps. Wait… what?", ["Well... perhaps.", "Wait… what?"]),
        ("Visit example.com today.", ["Visit example.com today."]),
        ("第一句。第二句！“第三。”完", ["第一句。", "第二句！", "“第三。”", "完"]),
        ("यह एक है। यह दो है।", ["यह एक है।", "यह दो है।"]),
        ("كيف حالك؟ بخير.", ["كيف حالك؟", "بخير."]),
        ("line one\nline two", ["line one line two"]),
        (" \n\t ", []),
    ],
)
def test_sentences_end_where_a_reader_would_stop(script: str, expected: list[str]) -> None:
    assert texts(script) == expected


def test_a_blank_line_makes_a_longer_pause_and_so_does_the_end() -> None:
    pauses = [sentence.pause for sentence in split_script("One. Two.\r\n \r\nThree. Four.")]
    assert pauses == ["sentence", "paragraph", "sentence", "paragraph"]


def test_a_very_long_sentence_is_cut_at_its_clause_marks() -> None:
    clause = "and the river went on through the valley"
    pieces = split_script(", ".join([clause] * 20) + ".")
    assert len(pieces) > 1
    assert all(piece.text.endswith(f"{clause},") for piece in pieces[:-1])
    assert [piece.pause for piece in pieces] == ["clause"] * (len(pieces) - 1) + ["paragraph"]


@pytest.mark.parametrize("script", ["...", "🎉 🎉", "—", "👍🏽", "?!"])
def test_marks_and_emoji_alone_cannot_be_spoken(script: str) -> None:
    assert not any(sentence.speakable for sentence in split_script(script))


def test_a_voice_is_given_neither_emoji_nor_phoneme_brackets() -> None:
    (sentence,) = split_script("Great 👩‍🚀 news [[x]] 42 °C")
    assert sentence.speakable
    assert sentence.spoken == "Great news [ [x]] 42 °C"


@pytest.mark.parametrize("unit", [".", " ", "a", '"', "\n ", '."', "a,", "。"])
def test_a_hostile_script_takes_no_longer_than_its_length(unit: str) -> None:
    script = unit * 100_000 + "a"  # what tried each beginning to the end would take hours
    assert bare("".join(texts(script))) == bare(script)


def exactly(letters: int) -> Callable[[str], int]:
    """One `1` is said with that many letters, all other characters as they are."""
    return lambda text: sum(letters if sign == "1" else 1 for sign in text)


@pytest.mark.parametrize(("letters", "pieces"), [(LONGEST_SPOKEN, 1), (LONGEST_SPOKEN + 1, 2)])
def test_a_piece_may_be_said_with_as_many_letters_as_a_voice_is_given(
    letters: int, pieces: int
) -> None:
    cut = split_script("a 1", exactly(letters - 2))
    assert len(cut) == pieces
    assert " ".join(piece.text for piece in cut) == "a 1"


@pytest.mark.parametrize(
    "unit",
    [
        "1.",
        "1,",
        "9",
        "$7 ",
        "5 km/h, ",
        "& ",
        "#",
        "a.",
        "BBC ",
        "\u0416",
        "\u2803",
        "\u4e00",
        "\u2265",
        "1/2 ",
        "7s ",
    ],
)
def test_numbers_signs_and_strange_letters_are_cut_by_what_is_said_of_them(unit: str) -> None:
    script = unit * 1000
    pieces = [piece.text for piece in split_script(script, spoken_length)]
    assert bare("".join(pieces)) == bare(script)
    assert max(map(spoken_length, pieces)) <= LONGEST_SPOKEN
    assert min(map(spoken_length, pieces[:-1])) > LONGEST_SPOKEN / 3  # nor into crumbs


@given(SCRIPTS)
def test_no_piece_is_said_with_more_than_a_voice_is_given(script: str) -> None:
    pieces = [piece.text for piece in split_script(script, spoken_length)]
    assert bare("".join(pieces)) == bare(script)
    assert all(spoken_length(piece) <= LONGEST_SPOKEN or len(piece) == 1 for piece in pieces)


def test_prose_with_a_few_numbers_is_cut_as_if_none_were_in_it() -> None:
    sentence = (
        "In 2019 the firm sold 45,300 cars worth $1.5 billion, 12 % more than the BBC had said"
    )
    script = f"{sentence}; {sentence}, and so on. {sentence}."
    assert split_script(script, spoken_length) == split_script(script)
    assert len(split_script(script)) == 2
