from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.dataset as ds  # type: ignore[import-untyped]  # pyarrow has no types
import pytest

from manifests import Invalid, Job, examine
from manifests.reading.rows import name_below, partition_of
from tests.manifests.builders import a_parquet

ROWS = {
    "job_id": ["a", "b", "c"],
    "portrait_uri": ["/a.png"] * 3,
    "script": ["x"] * 3,
    "language": ["de", "es", None],
    "priority": [3, 3, 4],
}


def by_arrow(folder: Path) -> None:
    part = ds.partitioning(
        pa.schema([("language", pa.string()), ("priority", pa.int64())]), flavor="hive"
    )
    ds.write_dataset(pa.table(ROWS), folder, format="parquet", partitioning=part)


def by_polars(folder: Path) -> None:
    pl.DataFrame(ROWS).write_parquet(folder, partition_by=["language", "priority"])


def by_duckdb(folder: Path) -> None:
    rows = pl.DataFrame(ROWS)  # noqa: F841 - DuckDB reads it by its name
    duckdb.sql(f"copy rows to '{folder}' (format parquet, partition_by (language, priority))")


@pytest.mark.parametrize("write", [by_arrow, by_polars, by_duckdb])
def test_the_folders_of_a_manifest_are_columns(tmp_path: Path, write: object) -> None:
    write(tmp_path / "night")  # type: ignore[operator]
    jobs = {job.job_id: job for job in examine([str(tmp_path / "night")]) if isinstance(job, Job)}
    assert {name: (job.language, job.priority) for name, job in jobs.items()} == {
        "a": ("de", 3),
        "b": ("es", 3),
        "c": ("en", 4),
    }


def test_values_in_folder_names_are_unquoted_and_only_our_columns_count() -> None:
    assert partition_of(
        "/n/title=Reel%204%2Fb/day=3/language=__HIVE_DEFAULT_PARTITION__/m.csv"
    ) == {
        "title": "Reel 4/b",
        "language": None,
    }


def test_a_file_given_by_name_has_the_columns_of_its_folders_too(tmp_path: Path) -> None:
    columns = {name: ROWS[name][:1] for name in ("job_id", "portrait_uri", "script")}
    uri = a_parquet(tmp_path / "language=de", columns)
    (job,) = examine([uri])
    assert isinstance(job, Job)
    assert job.language == "de"


def test_a_folder_that_says_another_thing_than_the_file_is_told_once(tmp_path: Path) -> None:
    uri = a_parquet(tmp_path / "language=de", {**ROWS, "language": ["de", "es", "fr"]})
    first, second, third = examine([uri])
    assert isinstance(first, Job)
    assert isinstance(second, Invalid)
    assert isinstance(third, Invalid)
    assert "the file says 'es' and its folder 'language=de'" in second.problems[0].message
    assert second.problems[0].of_column


def test_a_required_column_may_be_a_folder(tmp_path: Path) -> None:
    columns = {name: ROWS[name][:1] for name in ("job_id", "script")}
    a_parquet(tmp_path / "night" / "portrait_uri=%2Fada.png", columns)
    (job,) = examine([str(tmp_path / "night")])
    assert isinstance(job, Job)
    assert job.portrait_uri == "/ada.png"


def test_files_are_named_by_their_path_below_the_folder() -> None:
    given = ["s3://b/night", "/data/other.csv"]
    assert (
        name_below("s3://b/night/language=de/part-0.parquet", given) == "language=de/part-0.parquet"
    )
    assert name_below("/data/other.csv", given) == "other.csv"
