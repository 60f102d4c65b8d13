"""Small Parquet files that unpack to much: read, or refused, in little memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types
import pytest

from manifests import Invalid, Job, examine
from manifests.errors import ManifestUnusable
from manifests.formats import pages
from manifests.formats.pages import plan_of
from manifests.schema import COLUMNS
from manifests.storage.ranged import open_ranged
from tests.manifests.builders import a_parquet

MIB = 1 << 20

READ = """
import resource, sys
from manifests import examine
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = sum(1 for _ in examine([sys.argv[1]]))
print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def rows_and_mib(uri: str) -> tuple[int, int]:
    """Rows of a manifest, and by how much a process of its own grew to read them."""
    command = [sys.executable, "-c", READ, uri]
    said = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - ours
    rows, mib = said.stdout.split()
    return int(rows), int(mib)


def texts(rows: int) -> dict[str, object]:
    return {"job_id": [f"r{n}" for n in range(rows)], "portrait_uri": ["a.png"] * rows}


def test_a_long_script_that_all_rows_share_is_held_once(tmp_path: Path) -> None:
    script = pa.DictionaryArray.from_arrays(pa.array([0] * 4000, pa.int32()), ["x" * (4 * MIB)])
    uri = a_parquet(tmp_path, {**texts(4000), "script": script})
    assert Path(uri).stat().st_size < MIB / 4
    rows, mib = rows_and_mib(uri)
    assert rows == 4000
    assert mib < 300


def test_long_texts_of_all_rows_are_held_a_few_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "night.parquet"
    table = pa.table({**texts(320), "script": ["x"] * 320, "prompt": ["y" * MIB] * 320})
    pq.write_table(table, path, use_dictionary=False, row_group_size=64)
    rows, mib = rows_and_mib(str(path))
    assert rows == 320
    assert mib < 300


def test_texts_that_repeat_the_one_before_are_held_a_few_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "night.parquet"
    table = pa.table({**texts(320), "script": ["x"] * 320, "prompt": ["y" * MIB] * 320})
    encoding = {"prompt": "DELTA_BYTE_ARRAY"}
    pq.write_table(table, path, use_dictionary=False, column_encoding=encoding, row_group_size=64)
    rows, mib = rows_and_mib(str(path))
    assert rows == 320
    assert mib < 700


def test_what_a_column_does_not_take_is_told_without_being_held(tmp_path: Path) -> None:
    columns = {
        **texts(1),
        "script": ["x" * (4 * MIB)],
        "metadata": pa.array([[("k", "v" * (2 * MIB))]], pa.map_(pa.string(), pa.string())),
        "deliverables": [["srt"] * 200],
    }
    (found,) = examine([a_parquet(tmp_path, columns)])
    assert isinstance(found, Invalid)
    assert {each.column: each.code for each in found.problems} == {
        "script": "script_too_long",
        "metadata": "text_too_long",
        "deliverables": "text_too_long",
    }
    assert "4,194,304 bytes" in found.problems[0].message


def test_lists_without_end_are_refused(tmp_path: Path) -> None:
    columns = {**texts(2), "script": ["x"] * 2, "deliverables": [["srt"] * 100_000] * 2}
    with pytest.raises(ManifestUnusable, match="lists without end"):
        list(examine([a_parquet(tmp_path, columns)]))


def test_pages_that_unpack_beyond_the_limit_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uri = a_parquet(tmp_path, {**texts(1), "script": ["x" * 100_000]})
    assert len(list(examine([uri]))) == 1
    monkeypatch.setattr(pages, "LARGEST_PAGES_BYTES", 90_000)
    with pytest.raises(ManifestUnusable, match="write smaller pages"):
        list(examine([uri]))


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY"])
def test_texts_written_as_deltas_are_read(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "night.parquet"
    table = pa.table({**texts(9), "script": ["x"] * 9, "deliverables": [["srt"]] * 9})
    every = dict.fromkeys(["script", "deliverables.list.element"], encoding)
    pq.write_table(table, path, use_dictionary=False, column_encoding=every)
    jobs = [item for item in examine([str(path)]) if isinstance(item, Job)]
    assert {(job.script, job.deliverables) for job in jobs} == {("x", ("srt",))}


@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "gzip", "zstd", "brotli", "lz4"])
def test_pages_of_every_kind_are_walked(tmp_path: Path, version: str, compression: str) -> None:
    rows = 3000
    table = pa.table({**texts(rows), "script": [f"s{n}" * 9 for n in range(rows)]})
    path = tmp_path / "m.parquet"
    pq.write_table(
        table, path, data_page_version=version, compression=compression, data_page_size=2000,
        row_group_size=700, write_page_checksum=True, write_page_index=True,
    )  # fmt: skip
    assert plan_of(open_ranged(str(path)), pq.read_metadata(path), COLUMNS).rows == 512
    assert sum(isinstance(item, Job) for item in examine([str(path)])) == rows
