"""Lists of all files that say otherwise than the files do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from jobs.output.package_records import write_package
from jobs.verify.file_lists import FileLists, ReadDigests, list_breaches, unknown_names
from tests.jobs.output.test_package_records import delivered
from tests.jobs.verify.test_delivered_files import look

FOUND = ReadDigests(sha256="a" * 64, xxh128="b" * 32)


def test_a_list_is_compared_where_it_knows_the_file() -> None:
    right = FileLists(history={"a": FOUND.xxh128}, sums={"a": FOUND.sha256})
    assert list(list_breaches("a", FOUND, right)) == []
    assert list(list_breaches("other", FOUND, right)) == []
    wrong = FileLists(history={"a": "c"}, sums={"a": "d"})
    history, sums = list_breaches("a", FOUND, wrong)
    assert "not c as the ASC MHL history says" in history
    assert "not d as SHA256SUMS says" in sums
    assert [name for name, _ in unknown_names({"a"}, right)] == []
    assert [name for name, _ in unknown_names(set(), right)] == ["a", "a"]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    delivered(str(tmp_path / "out"), ("a.mp4", b"a"), ("b.mov", b"b"))
    write_package(str(tmp_path / "out"))
    return tmp_path / "out"


def told(out: Path) -> list[tuple[str, str]]:
    return [(each.what, Path(each.uri).name) for each in look(out).findings]


def test_a_history_in_which_an_entry_was_changed_is_told(out: Path) -> None:
    assert told(out) == []
    (listed,) = (out / "videos/ascmhl").glob("*.mhl")
    text = listed.read_text()
    digest = re.search(r"<xxh128[^>]*>([0-9a-f]{32})<", text)
    assert digest is not None
    listed.write_text(text.replace(digest[1], digest[1][::-1]))
    assert told(out) == [("history", "ascmhl")]
    listed.write_text("<broken")
    assert told(out) == [("history", "ascmhl")]


def test_sums_that_were_changed_or_are_none_are_told(out: Path) -> None:
    sums = out / "videos/SHA256SUMS"
    text = sums.read_text()
    sums.write_text("0" * 64 + text[64:])
    assert told(out) == [("history", "a.mp4")]
    sums.write_text(text + "0" * 64 + "  nobody.mp4\n")
    assert told(out) == [("history", "nobody.mp4")]
    sums.write_text("my notes\n")
    assert told(out) == [("history", "SHA256SUMS")]


def test_a_file_that_was_changed_is_told_once(out: Path) -> None:
    (out / "videos/a.mp4").write_bytes(b"A")
    assert told(out) == [("changed", "a.mp4")]
