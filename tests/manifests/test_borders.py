"""Where each rule of a manifest's cells and of URIs begins and ends, and what the ledger counts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from manifests.errors import BadInput
from manifests.ledger import Ledger, new_name, task_states
from manifests.problems import Fault
from manifests.reading.values import too_long, value_of
from manifests.rules import duration_fault, job_id_fault, language_fault
from manifests.schema import COLUMNS, Column
from manifests.storage.uri import absolute, bucket_and_key, local_path, parent, resolve
from manifests.validate import KnownNames, unknown_fault
from tests.manifests.builders import NOON, an_attempt


@pytest.mark.parametrize(
    ("seconds", "fits"),
    [(0.19, False), (0.2, True), (0.21, True), (7199.99, True), (7200.0, True), (7200.01, False)],
)
def test_a_slot_has_a_fifth_of_a_second_to_two_hours(seconds: float, fits: bool) -> None:
    assert (duration_fault(seconds) is None) == fits


def test_the_borders_of_a_slot_are_told() -> None:
    fault = duration_fault(0.1)
    assert fault is not None
    assert fault.detail == "a slot of 0.1 s cannot be filled; write 0.2 to 7200 seconds"


def test_a_language_tag_has_at_most_35_characters() -> None:
    tag = "en-x-" + "abcdefgh-" * 3 + "abc"
    assert len(tag) == 35
    assert language_fault(tag) is None
    assert language_fault(tag + "d") is not None
    assert language_fault("e") is not None


def test_an_id_has_at_most_128_characters_and_names_no_other_rows_video() -> None:
    assert job_id_fault("x" * 128) is None
    assert job_id_fault("x" * 129) is not None
    assert job_id_fault("a.Captioned") is not None
    assert job_id_fault("captioned") is None


def test_the_first_profile_that_cannot_be_delivered_is_told() -> None:
    column, known = COLUMNS["deliverables"], KnownNames(profiles=["web", "srt"])
    assert unknown_fault(column, ("web", "srt"), known) is None
    assert unknown_fault(column, ("web", "reel"), KnownNames()) is None
    fault = unknown_fault(column, ("web", "reel", "poster"), known)
    assert fault is not None
    assert fault.detail == "'reel' is not known; choose one of: srt, web"


@pytest.mark.parametrize(("name", "bits"), [("seed", 64), ("priority", 32)])
def test_a_whole_number_fills_its_bits_and_no_more(name: str, bits: int) -> None:
    column, edge = COLUMNS[name], 2 ** (bits - 1)
    assert [value_of(column, cell) for cell in (edge - 1, -edge)] == [edge - 1, -edge]
    for cell in (edge, -edge - 1, str(edge), str(-edge - 1)):
        assert isinstance(value_of(column, cell), Fault)


@pytest.mark.parametrize("name", sorted(COLUMNS))
@pytest.mark.parametrize("cell", [None, "", " \t\n", []])
def test_an_empty_cell_of_any_column_is_no_value(name: str, cell: object) -> None:
    assert value_of(COLUMNS[name], cell) is None


NAMED = Column(name="voice", longest=5)
SEVERAL = Column(name="deliverables", kind="list<text>", longest=5, entries=2)
MAPPED = Column(name="metadata", kind="map<text,text>", longest=8, entries=2)


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (NAMED, "abcde", "abcde"),
        (NAMED, "abcdef", None),
        (NAMED, "a\x85b", None),
        (NAMED, "a\tb", None),
        (Column(name="script", lines=True), "a\tb", "a\tb"),
        (SEVERAL, ["a", "b"], ("a", "b")),
        (SEVERAL, ["a", None], ("a",)),
        (SEVERAL, ["a", "b", "c"], None),
        (SEVERAL, ["abcdef"], None),
        (SEVERAL, "a; b", ("a", "b")),
        (SEVERAL, "['a' 'b']", ("a", "b")),
        (MAPPED, {"a": "b", "c": None}, {"a": "b"}),
        (MAPPED, {"a": "b", "c": "d", "e": None}, {"a": "b", "c": "d"}),
        (MAPPED, {"a": "b", "c": "d", "e": "f"}, None),
        (MAPPED, {"ab": "cdefgh"}, {"ab": "cdefgh"}),
        (MAPPED, {"ab": "cdefghi"}, None),
        (MAPPED, "{'a': 'b'}", {"a": "b"}),
        (MAPPED, '{"a": "b"}', {"a": "b"}),
    ],
)
def test_a_cell_is_read_up_to_its_columns_limits(
    column: Column, cell: object, value: object
) -> None:
    found = value_of(column, cell)
    assert isinstance(found, Fault) if value is None else found == value


def test_a_text_that_is_too_long_is_told_with_its_remedy() -> None:
    assert too_long(COLUMNS["script"], 200_001).detail == (
        "the script has 200,001 characters, at most 200,000 characters are read; "
        "split it into several rows"
    )
    assert too_long(NAMED, 6, "bytes") == Fault(
        code="text_too_long",
        detail="the text has 6 bytes, at most 5 characters are read; shorten it",
    )


@pytest.mark.parametrize(
    ("cell", "cure"), [("a\x92b", "read it as cp1252"), ("a\x01b", "remove it")]
)
def test_a_character_that_is_no_text_is_told_with_its_cure(cell: str, cure: str) -> None:
    found = value_of(Column(name="voice"), cell)
    assert isinstance(found, Fault)
    assert found.detail.endswith(cure)


def test_a_relative_uri_begins_at_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert absolute("out/a b") == f"{tmp_path}/out/a b"
    assert absolute("out/") == f"{tmp_path}/out/"
    assert absolute("/out/../b") == "/b"
    assert absolute("file:///out/a%20b") == "/out/a b"
    assert absolute("s3://bucket/a/../b") == "s3://bucket/a/../b"


def test_only_a_file_uri_is_unquoted() -> None:
    assert str(local_path("/out/a%20b?c")) == "/out/a%20b?c"
    assert str(local_path("//out///a/./b/..")) == "/out/a"
    assert str(local_path("file:///a%2520b")) == "/a%20b"
    for uri in ("a", "", "/a\0b", "file:///a%0Ab", "file://elsewhere/a", "http://a"):
        with pytest.raises(BadInput):
            local_path(uri)


def test_a_key_has_at_most_1024_bytes_and_a_bucket_two_characters() -> None:
    assert bucket_and_key("s3://ab/" + "é" * 512) == ("ab", "é" * 512)
    assert bucket_and_key("s3://ab") == ("ab", "")
    for uri in ("s3://ab/" + "é" * 512 + "x", "s3://a/b", "s3:///b", "s3://-ab/c"):
        with pytest.raises(BadInput):
            bucket_and_key(uri)


def test_a_bucket_and_the_root_hold_themselves() -> None:
    assert [parent(uri) for uri in ("s3://ab", "s3://ab/c", "s3://ab/c/d", "/", "/a")] == [
        "s3://ab", "s3://ab", "s3://ab/c", "/", "/",
    ]  # fmt: skip


@pytest.mark.parametrize("uri", [r"C:\faces\ada.png", "c:/faces/ada.png", r"\\server\ada.png"])
def test_a_path_of_windows_is_told_as_one(uri: str) -> None:
    with pytest.raises(BadInput, match="path of Windows"):
        resolve(uri, "/night/m.csv")


def test_the_last_record_of_a_task_stands_and_so_does_its_last_error() -> None:
    tries = [
        an_attempt(
            state=state, output=f"/{state}/{hour}", error=f"E{hour}", error_code=f"c{hour}",
            error_message=f"m{hour}", finished=NOON + timedelta(hours=hour),
        )
        for hour, state in enumerate(["failed", "done", "failed", "done", "failed", "interrupted"])
    ]  # fmt: skip
    standing = task_states(reversed(tries))["t1"]
    assert (standing.output, standing.attempts, standing.done) == ("/done/3", 5, True)
    told = (standing.error, standing.error_code, standing.error_message)
    assert told == ("E4", "c4", "m4")
    kept = task_states(tries[1:2])["t1"]
    assert (kept.error, kept.error_code, kept.error_message) == ("", "", "")


def test_tries_of_one_moment_are_ordered_by_when_they_began() -> None:
    early, late = NOON - timedelta(hours=2), NOON - timedelta(hours=1)
    tries = [
        an_attempt(output="/a", started=late),
        an_attempt(output="/b", started=early),
    ]
    assert task_states(tries)["t1"].output == "/a"


def test_a_name_tells_its_moment_and_nobody_else_has_it() -> None:
    names = [new_name() for _ in range(1000)]
    assert len(set(names)) == 1000
    stamp, _, chance = names[0].partition("-")
    assert (len(stamp), stamp[8], stamp[-1]) == (len("20261123T120000.000000Z"), "T", "Z")
    assert len(bytes.fromhex(chance)) == 8


def test_a_try_whose_answer_was_lost_is_written_once(tmp_path: Path) -> None:
    ledger, name = Ledger(str(tmp_path)), new_name()
    for _ in range(2):
        ledger.append([an_attempt()], name)
    assert list(ledger.read()) == [an_attempt()]
    assert [path.name for path in (tmp_path / "_run" / "ledger").iterdir()] == [f"{name}.parquet"]


def test_a_ledgers_256_loose_files_are_bound(tmp_path: Path) -> None:
    ledger = Ledger(str(tmp_path))
    folder = tmp_path / "_run" / "ledger"
    ledger.append([an_attempt(task="t0")])
    (first,) = folder.iterdir()
    for number in range(1, 255):
        (folder / f"{number:03}.parquet").write_bytes(first.read_bytes())
    ledger.compact()
    assert not list(folder.glob("*-volume.parquet"))
    ledger.append([an_attempt(task="t1")])
    ledger.compact()
    assert len(list(folder.glob("*-volume.parquet"))) == 1
    assert {attempt.task for attempt in ledger.read()} == {"t0", "t1"}
