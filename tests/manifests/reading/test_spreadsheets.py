"""CSV as spreadsheets and databases save it, and workbooks that are no CSV."""

from __future__ import annotations

import codecs
import gzip
import zipfile
from pathlib import Path

import openpyxl
import pytest

from manifests import Invalid, Job, Row, examine, read_rows
from manifests.errors import ManifestUnusable
from manifests.formats import comma_separated
from tests.manifests.builders import codes_of

HEAD = "job_id,portrait_uri,script\n"


def a_file(folder: Path, content: str | bytes, name: str = "night.csv") -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def rows_of(folder: Path, content: str | bytes) -> list[Row]:
    return list(read_rows(a_file(folder, content)))


def test_lines_of_nothing_but_delimiters_are_blank(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, f"{HEAD}a,a.png,x\r\n,,\r\nb,b.png,y\r\n , ,\r\n\r\n")
    assert [(row.number, row.values["job_id"]) for row in rows] == [(1, "a"), (2, "b")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_delimiter_encoding_and_ends_of_lines_are_those_of_the_file(
    tmp_path: Path, delimiter: str, encoding: str, end: str
) -> None:
    lines = [["job_id", "portrait_uri", "script"], ["a", "é.png", '"Grüße, a; b\tc|d"']]
    text = end.join(delimiter.join(line) for line in lines) + end
    (row,) = rows_of(tmp_path, text.encode(encoding))
    assert row.values == {"job_id": "a", "portrait_uri": "é.png", "script": "Grüße, a; b\tc|d"}


def test_a_line_that_names_the_delimiter_is_no_header(tmp_path: Path) -> None:
    text = "sep=^\r\njob_id^portrait_uri^script\r\na^a.png^x, y; z\r\n"
    (row,) = rows_of(tmp_path, codecs.BOM_UTF8 + text.encode())
    assert row.values["script"] == "x, y; z"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_title_above_the_names_of_columns_is_told(tmp_path: Path, delimiter: str) -> None:
    text = "Table 1\r\n" + HEAD.replace(",", delimiter) + "a,a.png,x\r\n".replace(",", delimiter)
    with pytest.raises(ManifestUnusable, match="a line above that of the column names; delete it"):
        read_rows(a_file(tmp_path, text))


def test_a_title_alone_is_no_reason_to_look_below(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, f"{HEAD}job_id,portrait_uri,script\n")
    assert row.values["job_id"] == "job_id"


def test_a_comma_is_the_decimal_point_where_it_parts_no_cells(tmp_path: Path) -> None:
    text = "job_id;portrait_uri;script;target_duration_s;seed\na;a.png;1,5;12,5;7,0\n"
    (job,) = examine([a_file(tmp_path, text)])
    assert isinstance(job, Job)
    assert (job.script, job.target_duration_s, job.seed) == ("1,5", 12.5, 7)


def test_cells_beyond_the_header_count_only_when_they_hold_something(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, f"{HEAD}a,a.png,x,,\nb,b.png,y,z\nc,c.png\n")
    assert [bool(row.broken) for row in rows] == [False, True, True]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ('b,b.png,"never closed\nc,c.png,x\nd,d.png,y\n', "not closed; correct"),
        ('b,b.png,"never closed\nmore of it\nc,c.png,x\nd,d.png,y\n', "line below went with it"),
        ('b,b.png,"open\nm\nm\nc,c.png,x\nd,d.png,"quoted"\n', "2 lines below went with it"),
        ('b,b.png,"open, and closed by the next\nc,c.png,"x"\nd,d.png,y\n', "not closed; correct"),
    ],
)
def test_an_open_quote_costs_its_row_and_says_which_lines_went_with_it(
    tmp_path: Path, lines: str, told: str
) -> None:
    rows = rows_of(tmp_path, f"{HEAD}a,a.png,x\n{lines}")
    assert [row.values.get("job_id") for row in rows] == ["a", None, "c", "d"]
    assert told in rows[1].broken


def test_an_open_quote_before_much_text_costs_no_time_for_each_line(tmp_path: Path) -> None:
    good = "".join(f"r{n},a.png,{'x' * 100}\n" for n in range(20_000))
    rows = rows_of(tmp_path, f'{HEAD}a,a.png,"open\n{good}')
    assert [bool(row.broken) for row in rows[:2]] == [True, False]
    assert len(rows) == 20_001


def test_a_line_without_end_is_refused_in_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comma_separated, "_LONGEST_LINE", 1000)
    rows = rows_of(tmp_path, f"{HEAD}a,a.png,{'x' * 5000}\nb,b.png,y\n")
    assert [bool(row.broken) for row in rows] == [True, False]
    assert "more than 1,000 characters" in rows[0].broken


@pytest.mark.parametrize("cell", ["#NAME?", "#REF!", "Err:502"])
def test_what_a_broken_formula_left_is_not_spoken(tmp_path: Path, cell: str) -> None:
    assert codes_of(a_file(tmp_path, f"{HEAD}a,a.png,{cell}\n")) == [("script", "wrong_type")]


def test_digits_that_a_spreadsheet_cut_are_told_as_that(tmp_path: Path) -> None:
    uri = a_file(tmp_path, "job_id,portrait_uri,script,seed\na,a.png,x,1.23457E+11\n")
    (found,) = examine([uri])
    assert isinstance(found, Invalid)
    assert "has lost digits in a spreadsheet" in found.problems[0].message


def test_the_unicode_text_of_a_spreadsheet_is_read_by_its_own_suffix(tmp_path: Path) -> None:
    text = "job_id\tportrait_uri\tscript\r\na\ta.png\tHello\r\n".encode("utf-16")
    assert [row.values["script"] for row in read_rows(a_file(tmp_path, text, "m.txt"))] == ["Hello"]


def a_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("job_id")
    book.save(path)


def an_open_document(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        file.writestr("content.xml", "<x/>")


@pytest.mark.parametrize("name", ["m.xlsx", "m.ods", "m.csv", "m.parquet", "m"])
@pytest.mark.parametrize(
    ("write", "told"),
    [
        (a_workbook, "an Excel workbook"),
        (an_open_document, "an OpenDocument spreadsheet"),
    ],
)
def test_a_workbook_is_named_with_its_remedy_whatever_its_suffix(
    tmp_path: Path, name: str, write: object, told: str
) -> None:
    write(tmp_path / name)  # type: ignore[operator]
    with pytest.raises(ManifestUnusable, match=f'{told}.*save it as "CSV UTF-8"'):
        read_rows(str(tmp_path / name))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("m.csv", b"PAR1....PAR1", "a Parquet file; name it .parquet"),
        ("m.parquet", HEAD.encode(), "damaged or no Parquet file"),
        ("m.csv.gz", gzip.compress(HEAD.encode(), mtime=0), "unpack it first"),
        ("m.csv", gzip.compress(HEAD.encode(), mtime=0), "unpack it first"),
        ("m.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old form"),
        ("m.jsonl", b"ARROW1\0\0", "Feather"),
    ],
)
def test_a_file_is_named_by_what_is_in_it(
    tmp_path: Path, name: str, content: bytes, told: str
) -> None:
    with pytest.raises(ManifestUnusable, match=told):
        read_rows(a_file(tmp_path, content, name))
