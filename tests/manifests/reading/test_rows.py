from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types
import pytest

from manifests import UnknownColumn, read_rows, unknown_columns
from manifests.errors import ManifestUnusable
from manifests.storage import S3Storage, storage_of
from tests.manifests.builders import a_csv, a_jsonl, a_parquet, a_row
from tests.s3_server import S3Server

COLUMNS = {"job_id": ["a", "b"], "portrait_uri": ["a.png", "b.png"], "script": ["x", None]}


def code_of(ask: Callable[[], object]) -> str:
    with pytest.raises(ManifestUnusable) as caught:
        ask()
    assert caught.value.message.endswith(".")
    return caught.value.code


def test_rows_are_numbered_from_one(tmp_path: Path) -> None:
    uri = a_parquet(tmp_path, COLUMNS)
    rows = list(read_rows(uri))
    assert [(row.number, row.manifest) for row in rows] == [(1, uri), (2, uri)]
    assert rows[1].values == {"job_id": "b", "portrait_uri": "b.png", "script": None}


def test_a_folder_is_read_file_after_file_by_name(tmp_path: Path) -> None:
    for name in ("part-1", "part-0", "_temporary/part-2", ".part-3"):
        a_parquet(tmp_path, {**COLUMNS, "job_id": [f"{name}a", f"{name}b"]}, f"{name}.parquet")
    ids = [row.values["job_id"] for row in read_rows(str(tmp_path))]
    assert ids == ["part-0a", "part-0b", "part-1a", "part-1b"]


def test_a_folder_may_be_named_like_a_file(tmp_path: Path) -> None:
    a_parquet(tmp_path / "night.parquet", COLUMNS, "part-0.parquet")
    assert len(list(read_rows(str(tmp_path / "night.parquet")))) == 2


def test_columns_of_no_use_are_not_read_but_reported(tmp_path: Path) -> None:
    uri = a_parquet(tmp_path, {**COLUMNS, "Audio": ["x", "y"], "priorty": [1, 2], "zz": [1, 2]})
    assert unknown_columns(uri) == [
        UnknownColumn(name="Audio", meant="audio_uri"),
        UnknownColumn(name="priorty", meant="priority"),
        UnknownColumn(name="zz", meant=None),
    ]
    assert set(next(read_rows(uri)).values) == set(COLUMNS)


def test_unknown_keys_of_any_json_line_are_reported(tmp_path: Path) -> None:
    uri = a_jsonl(tmp_path, a_row(), a_row(voise="joe"))
    assert unknown_columns(uri) == [UnknownColumn(name="voise", meant="voice")]


@pytest.mark.parametrize("lacking", ["job_id", "portrait_uri", "script"])
def test_a_lacking_column_ends_it_before_the_first_row(tmp_path: Path, lacking: str) -> None:
    columns = {name: values for name, values in COLUMNS.items() if name != lacking}
    uri = a_parquet(tmp_path, columns)
    assert code_of(lambda: read_rows(uri)) == "missing_column"


def test_a_lacking_column_is_looked_for_among_the_others(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, {"Job_ID ": "a", "portrait_uri": "a.png", "text": "x"})
    with pytest.raises(ManifestUnusable, match="'Job_ID' was perhaps meant as job_id"):
        read_rows(uri)


def test_a_manifest_that_is_not_there_is_missing(tmp_path: Path) -> None:
    assert code_of(lambda: read_rows(str(tmp_path / "no.parquet"))) == "manifest_missing"
    assert code_of(lambda: read_rows(str(tmp_path))) == "manifest_missing"


@pytest.mark.parametrize("name", ["a.parquet", "a.txt", "empty.csv", "twice.csv"])
def test_what_is_no_manifest_is_unreadable(tmp_path: Path, name: str) -> None:
    text = "job_id,portrait_uri,script,script\n" if name == "twice.csv" else ""
    (tmp_path / name).write_text(text)
    assert code_of(lambda: read_rows(str(tmp_path / name))) == "manifest_unreadable"


def test_another_scheme_is_unreadable() -> None:
    assert code_of(lambda: read_rows("https://x.example/m.csv")) == "manifest_unreadable"


def test_damage_in_the_middle_ends_the_rows_by_name(tmp_path: Path) -> None:
    path = tmp_path / "night.parquet"
    rows = range(5000)
    table = pa.table({name: [f"{name}-{n}" for n in rows] for name in COLUMNS})
    pq.write_table(table, path, row_group_size=1000, use_dictionary=False)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 8000] = b"\xff" * 8000
    path.write_bytes(content)
    assert code_of(lambda: list(read_rows(str(path)))) == "manifest_unreadable"


@pytest.mark.parametrize(("version", "word"), [("jobs/2", "jobs/2"), ("results/1", "results")])
def test_a_newer_or_other_schema_is_refused_by_name(
    tmp_path: Path, version: str, word: str
) -> None:
    schema = pa.table(COLUMNS).schema.with_metadata({"rushes.schema": version})
    pq.write_table(pa.table(COLUMNS, schema=schema), tmp_path / "m.parquet")
    with pytest.raises(ManifestUnusable, match=word):
        read_rows(str(tmp_path / "m.parquet"))


@pytest.mark.parametrize("suffix", ["csv", "jsonl"])
def test_a_malformed_line_is_the_trouble_of_its_row_alone(tmp_path: Path, suffix: str) -> None:
    head = "job_id,portrait_uri,script\n" if suffix == "csv" else ""
    good = 'a,a.png,"two\nlines"\n' if suffix == "csv" else json.dumps(a_row()) + "\n"
    bad = 'b,b.png,"x"y\n' if suffix == "csv" else '{"job_id": \n'
    path = tmp_path / f"m.{suffix}"
    path.write_bytes((head + good + bad).encode() + b"\n" + b"c\xff,c.png,x\n" + good.encode())
    rows = list(read_rows(str(path)))
    assert [bool(row.broken) for row in rows] == [False, True, True, False]
    assert [row.number for row in rows] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "line", ["[" * 100_000, "[]", "1", '"x"', '{"job_id": "' + "x" * 5_000_000 + '"}', "9" * 9999]
)
def test_no_json_line_ends_the_night(tmp_path: Path, line: str) -> None:
    path = tmp_path / "m.jsonl"
    path.write_text(f"{line}\n{json.dumps(a_row())}\n")
    assert [bool(row.broken) for row in read_rows(str(path))] == [True, False]


def test_an_open_quote_does_not_swallow_the_file_silently(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text('job_id,portrait_uri,script\na,a.png,"never closed\nb,b.png,x\n')
    assert [bool(row.broken) for row in read_rows(str(path))] == [True, False]


def test_a_csv_of_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes("job_id,portrait_uri,script\r\na,é.png,x\r\n\r\n".encode("utf-8-sig"))
    assert [row.values["portrait_uri"] for row in read_rows(str(path))] == ["é.png"]


def test_a_manifest_in_s3_is_read_by_ranges(
    s3: S3Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    count = 20_000
    columns = {name: [f"{name}{n}" for n in range(count)] for name in COLUMNS}
    path = Path(a_parquet(tmp_path, {**columns, "blob": [os.urandom(100) for _ in range(count)]}))
    uri = f"s3://{s3.bucket}/night/m.parquet"
    storage_of(uri).create(uri, path)
    read = 0
    whole = S3Storage.read

    def counted(self: S3Storage, uri: str, start: int = 0, stop: int | None = None) -> bytes:
        nonlocal read
        found = whole(self, uri, start, stop)
        read += len(found)
        return found

    monkeypatch.setattr(S3Storage, "read", counted)
    assert sum(1 for _ in read_rows(uri)) == count
    assert read < path.stat().st_size / 2


def test_a_folder_in_s3_is_read(s3: S3Server, tmp_path: Path) -> None:
    folder = f"s3://{s3.bucket}/nights/1"
    for name in ("b.parquet", "a.parquet"):
        storage_of(folder).create(f"{folder}/{name}", Path(a_parquet(tmp_path, COLUMNS, name)))
    assert [row.manifest[-9:] for row in read_rows(folder)] == ["a.parquet"] * 2 + ["b.parquet"] * 2
    assert code_of(lambda: read_rows(f"s3://{s3.bucket}/none")) == "manifest_missing"


@pytest.mark.parametrize(
    ("log", "maker"),
    [
        ("_delta_log/00000000000000000000.json", "Delta Lake"),
        ("metadata/00001-ab.metadata.json", "Iceberg"),
        (".hoodie/hoodie.properties", "Hudi"),
    ],
)
def test_a_table_whose_log_says_which_rows_count_is_refused_by_name(
    tmp_path: Path, log: str, maker: str
) -> None:
    night = tmp_path / "night"
    (night / log).parent.mkdir(parents=True)
    (night / log).touch()
    a_parquet(night, COLUMNS, "part-0.parquet")
    with pytest.raises(ManifestUnusable, match=f"a table of {maker}.*plain Parquet"):
        read_rows(str(night))


def test_a_folder_of_files_without_suffix_tells_how_to_name_them(tmp_path: Path) -> None:
    a_parquet(tmp_path, COLUMNS, "20240701_144951_00037_v74wa_1ad6f92e")
    with pytest.raises(ManifestUnusable, match="if its files are Parquet, name them so"):
        read_rows(str(tmp_path))


def test_names_of_columns_in_messages_have_an_end_and_no_escapes(tmp_path: Path) -> None:
    name = "script\x1b[2J" + "x" * 20
    uri = a_csv(tmp_path, {"job_id": "a", "portrait_uri": "a.png", name: "x", "y" * 9000: "z"})
    with pytest.raises(ManifestUnusable) as caught:
        read_rows(uri)
    assert len(caught.value.message) < 600
    assert caught.value.message.isprintable()
