"""docs/errors.md names every code that the program can say, and no other."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache

import pytest

from tests.codes_in_source import ROOT, Codes, codes_in_source

ROW = re.compile(r"^\| `(\w+)` \| (.+) \| (.+) \|$", re.MULTILINE)

OF_THE_STUDIO = {
    "BadInput", "Fault", "NotTaken", "Problem", "QualityGate", "Rejected", "_outside",
    "_problem", "blame", "super",
}  # fmt: skip
OF_THE_MACHINE = {"Failure", "OutOfMemory", "Preempted", "Transient", "Unexpected"}


@cache
def found() -> Codes:
    return codes_in_source()


@cache
def sections() -> dict[str, str]:
    """The page's parts by their titles."""
    _, *parts = (ROOT / "docs/errors.md").read_text().split("\n## ")
    return {title: body for title, _, body in (part.partition("\n") for part in parts)}


def told_in(*titles: str) -> list[str]:
    return [code for title in titles for code, _, _ in ROW.findall(sections()[title])]


def test_each_error_code_stands_once_on_the_page() -> None:
    told = told_in(*(title for title in sections() if title != "Warnings"))
    assert Counter(told) == Counter(found().errors.keys()), "docs/errors.md has a row for each code"


def test_each_warning_stands_once_on_the_page() -> None:
    told = Counter(told_in("Warnings"))
    assert told == Counter({*found().warnings}), "docs/errors.md has a row for each code"


def test_no_code_is_made_in_a_way_that_the_test_cannot_follow() -> None:
    assert found().unknown == set(), "write the code where it is raised, or teach codes_in_source"


@pytest.mark.parametrize(
    ("title", "kinds"),
    [("The studio acts", OF_THE_STUDIO), ("The machine acts", OF_THE_MACHINE)],
)
def test_who_must_act_is_who_the_class_of_the_error_says(title: str, kinds: set[str]) -> None:
    strange = {code: found().errors[code] for code in told_in(title)}
    assert {code: by for code, by in strange.items() if not by & kinds} == {}


def test_other_pages_name_no_code_that_is_not_here() -> None:
    every = {*found().errors, *found().warnings}
    for page in ("manifest", "portraits", "sound"):
        text = (ROOT / f"docs/{page}.md").read_text()
        tables = re.findall(
            r"\n\| (?:code|refused with|warned with|the file) .*?\n\n", text, re.DOTALL
        )
        assert tables, page
        for line in "".join(tables).splitlines():
            column = line.strip("| ").split(" | ")[-1 if page == "sound" else 0]
            assert {*re.findall(r"`(\w+)`", column)} <= every, line


def test_causes_and_remedies_say_more_than_the_name() -> None:
    for code, cause, remedy in ROW.findall((ROOT / "docs/errors.md").read_text()):
        assert cause.endswith(".")
        assert remedy.endswith("."), code
        assert len(set(re.findall(r"\w+", cause.lower())) - set(code.split("_"))) >= 3, code


def test_every_row_of_a_table_is_read() -> None:
    """Also those with a slip of the pen."""
    lines = re.findall(r"^\| `.*", (ROOT / "docs/errors.md").read_text(), re.MULTILINE)
    assert len(lines) == len(ROW.findall("\n".join(lines)))
