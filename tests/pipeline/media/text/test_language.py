"""What the tag of a language says of it."""

from __future__ import annotations

import pytest

from manifests.errors import BadInput
from pipeline.media.text.check_script import check_script
from pipeline.media.text.language import is_right_to_left, iso639_2, scripts_of


@pytest.mark.parametrize(
    ("tag", "three"),
    [
        ("en", "eng"),
        ("pt-BR", "por"),
        ("yue-HK", "yue"),
        ("tl", "tgl"),
        ("se", "sme"),
        ("iw", "heb"),
        ("xx", "und"),
        ("x-klingon", "und"),
        ("", "und"),
    ],
)
def test_a_language_tag_becomes_three_letters(tag: str, three: str) -> None:
    assert iso639_2(tag) == three


@pytest.mark.parametrize("tag", ["ar", "he-IL", "he_IL", "ku-Arab", "dv", "ks", "pa-PK", "ckb"])
def test_languages_that_run_from_the_right_are_known(tag: str) -> None:
    assert is_right_to_left(tag)


@pytest.mark.parametrize("tag", ["en", "ku", "ar-Latn", "ks-Deva", "grc", "x-arab", ""])
def test_other_languages_run_from_the_left(tag: str) -> None:
    assert not is_right_to_left(tag)


@pytest.mark.parametrize(
    ("language", "scripts"),
    [
        ("ru", {"CYRILLIC"}),
        ("ja", {"CJK", "HIRAGANA", "KATAKANA"}),
        ("ko", {"HANGUL"}),
        ("zh", {"CJK"}),
        ("yue", {"CJK"}),
        ("or", {"ORIYA"}),
        ("my", {"MYANMAR"}),
        ("ti", {"ETHIOPIC"}),
        ("grc", {"GREEK"}),
        ("hyw", {"ARMENIAN"}),
    ],
)
def test_scripts_of_a_language_are_named_as_unicode_names_their_letters(
    language: str, scripts: set[str]
) -> None:
    assert scripts_of(language) == scripts


@pytest.mark.parametrize(
    ("script", "language"), [("बात सुनु, ई मैथिली अछि।", "mai"), ("Барев ду, нохчи.", "ce")]
)
def test_a_language_that_no_table_of_ours_names_is_spoken_in_its_letters(
    script: str, language: str
) -> None:
    check_script(script, language)
    with pytest.raises(BadInput, match="Greek letters") as refused:
        check_script("Καλησπέρα σας.", language)
    assert refused.value.code == "wrong_script"
