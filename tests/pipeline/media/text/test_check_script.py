# ruff: noqa: RUF001  # letters of other scripts are meant
"""Scripts that cannot be spoken are refused with a reason; all others are spoken."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.errors import BadInput
from pipeline.media.text.check_script import check_script, foreign_letters
from pipeline.media.text.sentences import LONGEST_CHARACTERS, split_script
from pipeline.media.voice.speech import choose_voice, speak_script


@pytest.mark.parametrize(
    ("script", "language", "code", "told"),
    [
        ("Привет, мир.", "en", "wrong_script", "'Привет, мир.' is written in Cyrillic letters"),
        ("你好，世界。", "en-US", "wrong_script", "Cjk letters, which 'en-US' is not"),
        ("Hello there. Γειά σου κόσμε.", "en", "wrong_script", "'Γειά σου κόσμε.'"),
        ("नमस्ते दुनिया", "ru", "wrong_script", "Devanagari letters"),
        ("Hello.\n<break time='1s'/> Bye.", "en", "script_markup", "in its line 2"),
        ("<speak>Hello</speak>", "en", "script_markup", "'<speak>'"),
        ("Fish &amp; chips", "en", "script_markup", "'&amp;'"),
    ],
)
def test_a_script_that_would_be_read_out_as_gibberish_is_refused(
    script: str, language: str, code: str, told: str
) -> None:
    with pytest.raises(BadInput) as refused:
        check_script(script, language)
    assert refused.value.code == code
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("script", "language"),
    [
        ("The word мир means peace, and 你好 is a greeting.", "en"),
        ("Привет, world.", "ru"),
        ("東京タワーへようこそ。", "ja"),
        ("안녕하세요 여러분", "ko"),
        ("3 < 5 and 7 > 6; a <- b; R&D", "en"),
        ("Grüße aus Wien, naïve façade.", "de"),
    ],
)
def test_foreign_words_and_signs_are_no_reason_to_refuse(script: str, language: str) -> None:
    check_script(script, language)
    assert foreign_letters(script, language)[1] <= 1 / 2


def test_a_voice_is_never_given_what_was_refused(tmp_path: Path) -> None:
    voice = choose_voice("en", None)
    with pytest.raises(BadInput, match="Cyrillic"):
        speak_script("Привет.", voice, speech=tmp_path / "s.wav", mix=tmp_path / "m.wav")
    assert list(tmp_path.iterdir()) == []


def test_a_megabyte_without_punctuation_is_cut_at_blanks() -> None:
    sentences = split_script("word " * 200_000)
    assert len(sentences) > 3000
    assert max(len(sentence.text) for sentence in sentences) <= LONGEST_CHARACTERS
    assert {word for sentence in sentences for word in sentence.text.split()} == {"word"}


def test_control_characters_are_not_spoken() -> None:
    (sentence,) = split_script("Hel\x00lo \x1b[31mred\x07 world")
    assert sentence.text == "Hello [31mred world"


@pytest.mark.parametrize("script", ["...", "\n\n", "🙂 !"])
def test_a_script_with_nothing_to_say_is_refused(script: str, tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refused:
        speak_script(
            script, choose_voice("en", None), speech=tmp_path / "s.wav", mix=tmp_path / "m.wav"
        )
    assert refused.value.code == "nothing_to_speak"
