"""Scripts written in Markdown, and lines without stops."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.text.cleaning.plain_script import LINE_END, plain_script
from pipeline.media.text.sentences import split_script


def texts(script: str) -> list[str]:
    return [sentence.text for sentence in split_script(script, language="en")]


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (("# Welcome\n\n**Bold offers** and *new* prices:\n\n- First, shoes\n- Second, hats\n\n"
          "See [our site](https://example.com)."),
         ["Welcome", "Bold offers and new prices:", "First, shoes", "Second, hats",
          "See our site."]),
        ("Use `make` and ~~old~~ __new__ ![pic](a.png).", ["Use make and old new pic."]),
        ("> Quoted.\n---\nNext.", ["Quoted.", "Next."]),
        ("| Name | Age |\n|---|---|\n| Anna | 31 |", ["Name, Age", "Anna, 31"]),
        ("```\ncode\n```", ["code"]),
        ("- [x] Done\n- [ ] Open", ["Done", "Open"]),
        ("2 * 3 * 4 and snake_case_name and a*b", ["2 * 3 * 4 and snake_case_name and a*b"]),
        ("Call \\*this\\*.", ["Call *this*."]),
    ],
)  # fmt: skip
def test_marks_of_markdown_are_neither_said_nor_shown(script: str, expected: list[str]) -> None:
    assert texts(script) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("- 5 degrees tonight.", ["- 5 degrees tonight."]),
        ("> 50 people came.", ["> 50 people came."]),
        ("- 5 eggs\n- 2 cups", ["5 eggs", "2 cups"]),
        ("> 50 came.\n> Good.", ["50 came.", "Good."]),
        ("# 10 reasons\nCome.", ["10 reasons", "Come."]),
    ],
)
def test_a_mark_before_a_figure_belongs_to_it_unless_it_is_one_of_a_list(
    script: str, expected: list[str]
) -> None:
    assert texts(script) == expected


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("Shopping list\nMilk\nEggs\nBread\nOne more thing",
         ["Shopping list", "Milk", "Eggs", "Bread", "One more thing"]),
        ("Name\tAge\nAnna\t31\nBob\t42", ["Name Age", "Anna 31", "Bob 42"]),
        ("We went to\nParis by train.", ["We went to Paris by train."]),
        ("They came home,\nAnna first.", ["They came home, Anna first."]),
        ("It was late\nand cold.", ["It was late and cold."]),
        ("A line that was broken at the edge of a page and\nGoes on here.",
         ["A line that was broken at the edge of a page and Goes on here."]),
    ],
)  # fmt: skip
def test_a_short_line_before_one_that_begins_anew_ends_a_sentence(
    script: str, expected: list[str]
) -> None:
    assert texts(script) == expected


@given(st.text("abc XYZ019 .,!?\n-*_#`[]()~|>\\", max_size=60))
def test_what_is_plain_stays_plain(script: str) -> None:
    once = plain_script(script).replace(LINE_END, "")
    assert not any(line.lstrip().startswith("# ") for line in once.split("\n")) or "\\" in script
    assert sorted(filter(str.isalnum, once)) <= sorted(filter(str.isalnum, script))


@given(st.lists(st.from_regex(r"[a-z]{1,8}( [a-z]{1,8}){0,5}[.!?]?", fullmatch=True), max_size=5))
def test_plain_lines_of_words_are_kept_as_they_are(lines: list[str]) -> None:
    script = "\n".join(lines)
    assert plain_script(script).replace(LINE_END, "") == script
