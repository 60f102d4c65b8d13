"""Manifests as pandas, Polars, DuckDB, Spark and Arrow write them, written by themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types
import pytest

from manifests import Invalid, Job, examine
from manifests.reading.rows import unknown_columns, zoneless_columns
from tests.manifests.builders import a_parquet, codes_of

SIX = datetime(2027, 1, 31, 6, tzinfo=UTC)
NAIVE = SIX.replace(tzinfo=None)
TEXTS = {"job_id": ["a", "b"], "portrait_uri": ["ada.png"] * 2, "script": ["Good evening."] * 2}
TABLE = {
    **TEXTS,
    "seed": [7, None],
    "priority": [1.0, None],
    "target_duration_s": [12.5, None],
    "title": ["reel", None],
    "due": [SIX, None],
    "deliverables": [["srt"], None],
    "metadata": [{"reel": "4", "cut": None}, {"reel": None, "cut": "b"}],
}


def jobs_of(uri: object) -> list[Job]:
    found = list(examine([str(uri)]))
    assert [item.problems for item in found if isinstance(item, Invalid)] == []
    return [item for item in found if isinstance(item, Job)]


def a_column(folder: Path, name: str, cells: object) -> str:
    return a_parquet(folder, {**TEXTS, name: cells})


def require_the_table(jobs: Sequence[Job]) -> None:
    first, second = jobs
    assert (first.seed, first.priority, first.target_duration_s) == (7, 1, 12.5)
    assert (second.seed, second.priority, second.target_duration_s) == (None, 0, None)
    assert (first.title, second.title) == ("reel", None)
    assert (first.due, second.due) == (SIX, None)
    assert (first.deliverables, second.deliverables) == (("srt",), ("web",))
    assert (first.metadata, second.metadata) == ({"reel": "4"}, {"cut": "b"})


def by_pandas(path: Path) -> None:
    pd.DataFrame(TABLE).to_parquet(path)


def by_pandas_with_categories_and_an_index(path: Path) -> None:
    frame = pd.DataFrame(TABLE, index=["x", "y"])
    frame.astype({"title": "category", "script": "category"}).to_parquet(path)


def by_polars(path: Path) -> None:
    pl.DataFrame(TABLE).write_parquet(path)


def by_polars_with_enums_and_decimals(path: Path) -> None:
    types = {"title": pl.Categorical, "seed": pl.Decimal(20, 2), "priority": pl.Decimal(9, 1)}
    pl.DataFrame(TABLE).cast(types).write_parquet(path)  # type: ignore[arg-type]


def by_duckdb(path: Path) -> None:
    duckdb.sql(
        f"""copy (
          select 'a' as job_id, 'ada.png' as portrait_uri, 'Good evening.' as script,
            sum(7) as seed, 1::decimal(9, 1) as priority, 12.5::float as target_duration_s,
            'reel'::enum('reel', 'spot') as title,
            timestamptz '2027-01-31 06:00:00+00' as due,
            ['srt'] as deliverables, map {{'reel': '4', 'cut': null}} as metadata
          union all
          select 'b', 'ada.png', 'Good evening.', null, null, null, null, null, null,
            map {{'cut': 'b'}}
        ) to '{path}' (format parquet)"""
    )


@pytest.mark.parametrize(
    "write",
    [
        by_pandas,
        by_pandas_with_categories_and_an_index,
        by_polars,
        by_polars_with_enums_and_decimals,
        by_duckdb,
    ],
)
def test_the_same_table_is_read_the_same_whoever_wrote_it(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    write(tmp_path / "night.parquet")
    require_the_table(jobs_of(tmp_path / "night.parquet"))
    assert unknown_columns(str(tmp_path / "night.parquet")) == []


def by_pandas_as_csv(path: Path) -> None:
    pd.DataFrame(TABLE).to_csv(path, index=False)


def by_pandas_with_its_index_and_nan(path: Path) -> None:
    pd.DataFrame(TABLE).to_csv(path, na_rep="nan", columns=[*TABLE][3:], index=False)
    rest = pd.read_csv(path, dtype=str, keep_default_na=False)
    pd.concat([pd.DataFrame(TEXTS), rest.drop(columns="title")], axis=1).assign(
        title=["reel", ""]
    ).to_csv(path)


@pytest.mark.parametrize("write", [by_pandas_as_csv, by_pandas_with_its_index_and_nan])
def test_a_csv_of_pandas_is_read_with_its_floats_lists_and_maps(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    write(tmp_path / "night.csv")
    require_the_table(jobs_of(tmp_path / "night.csv"))
    assert unknown_columns(str(tmp_path / "night.csv")) == []


def test_json_lines_of_pandas_and_polars_are_read(tmp_path: Path) -> None:
    frame = pd.DataFrame(TABLE)
    frame.to_json(tmp_path / "a.jsonl", orient="records", lines=True, date_format="iso")
    require_the_table(jobs_of(tmp_path / "a.jsonl"))
    pl.DataFrame(TABLE).drop("due").write_ndjson(tmp_path / "b.ndjson")
    assert [job.metadata for job in jobs_of(tmp_path / "b.ndjson")] == [{"reel": "4"}, {"cut": "b"}]


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([7, None], pa.uint64()),
        pa.array([7, None], pa.float64()),
        pa.array([7, None], pa.float32()),
        pa.array([np.float16(7), None], pa.float16()),
        pa.array([Decimal(7), None], pa.decimal256(40, 3)),
        pa.array(["7", None], pa.string_view()),
        pa.array(["7.0", ""], pa.large_string()),
        pa.array([7.0, float("nan")], pa.float64()),
    ],
)
def test_a_whole_number_is_one_in_every_type(tmp_path: Path, cells: object) -> None:
    assert [job.seed for job in jobs_of(a_column(tmp_path, "seed", cells))] == [7, None]


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([7.5, None]),
        pa.array([2.0**53 + 2, None]),
        pa.array([2.0**24 + 2, None], pa.float32()),
        pa.array([Decimal("7.5"), None], pa.decimal128(9, 1)),
        pa.array([float("inf"), None]),
        pa.array([True, None]),
    ],
)
def test_a_number_that_may_be_another_than_was_meant_is_refused(
    tmp_path: Path, cells: object
) -> None:
    assert codes_of(a_column(tmp_path, "seed", cells)) == [("seed", "wrong_type")]


@pytest.mark.parametrize(
    "kind",
    [
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.large_binary(),
        pa.binary_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
)
def test_text_is_text_in_every_type(tmp_path: Path, kind: pa.DataType) -> None:
    cells = pa.array(["Ada", None], kind)
    assert [job.speaker for job in jobs_of(a_column(tmp_path, "speaker", cells))] == ["Ada", None]


def test_bytes_that_are_no_text_are_refused_in_their_row(tmp_path: Path) -> None:
    cells = pa.array([b"Ada", b"\xff\xfe"], pa.binary())
    assert codes_of(a_column(tmp_path, "speaker", cells)) == [("speaker", "wrong_type")]


def test_an_id_may_be_a_uuid(tmp_path: Path) -> None:
    path, one = tmp_path / "night.parquet", uuid4()
    duckdb.sql(
        f"""copy (select '{one}'::uuid as job_id, 'a.png' as portrait_uri, 'x' as script)
        to '{path}' (format parquet)"""
    )
    assert [job.job_id for job in jobs_of(path)] == [str(one)]


@pytest.mark.parametrize(
    "kind",
    [
        pa.list_(pa.string()),
        pa.large_list(pa.large_string()),
        pa.list_view(pa.string()),
        pa.large_list_view(pa.string_view()),
        pa.list_(pa.string(), 2),
        pa.list_(pa.dictionary(pa.int8(), pa.string())),
    ],
)
def test_a_list_is_one_in_every_type(tmp_path: Path, kind: pa.DataType) -> None:
    cells = pa.array([["srt", None], None], kind)
    jobs = jobs_of(a_column(tmp_path, "deliverables", cells))
    assert [job.deliverables for job in jobs] == [("srt",), ("web",)]


@pytest.mark.parametrize("text", ['["srt", "vtt"]', "['srt' 'vtt']", "[srt, vtt]", "srt;vtt"])
def test_a_list_may_be_written_as_text(tmp_path: Path, text: str) -> None:
    jobs = jobs_of(a_column(tmp_path, "deliverables", [text, ""]))
    assert [job.deliverables for job in jobs] == [("srt", "vtt"), ("web",)]


METADATA = [
    pa.array([[("a", "1"), ("b", None)], None], pa.map_(pa.string(), pa.string())),
    pa.array([{"a": "1", "b": None}, None]),
    pa.array(['{"a": "1"}', None]),
    pa.array([{"a": "1", "b": None}, {"a": None, "b": None}]),
    pa.array(["{'a': '1', 'b': None}", "{}"]),
]


@pytest.mark.parametrize("cells", METADATA)
def test_a_map_may_be_a_struct_and_keys_without_a_value_are_left_out(
    tmp_path: Path, cells: object
) -> None:
    jobs = jobs_of(a_column(tmp_path, "metadata", cells))
    assert [job.metadata for job in jobs] == [{"a": "1"}, {}]


def test_a_map_of_numbers_is_refused_for_the_whole_column(tmp_path: Path) -> None:
    (first, second) = examine([a_column(tmp_path, "metadata", [{"reel": 4}, {"reel": 5}])])
    assert isinstance(first, Invalid)
    assert isinstance(second, Invalid)
    assert first.problems[0].of_column == second.problems[0].of_column != ""
    assert "write text values" in first.problems[0].of_column


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/Rome", "+02:00"])
def test_a_time_is_the_same_in_every_unit_and_zone(
    tmp_path: Path, unit: str, zone: str | None
) -> None:
    kind = pa.timestamp(unit, zone)
    cells = pa.array([SIX if zone else NAIVE, None], kind)
    uri = a_column(tmp_path, "due", cells)
    assert [job.due for job in jobs_of(uri)] == [SIX, None]
    assert zoneless_columns(uri) == ([] if zone else ["due"])


@pytest.mark.parametrize("kind", [pa.date32(), pa.date64()])
def test_a_day_is_its_first_moment_in_utc_and_said(tmp_path: Path, kind: pa.DataType) -> None:
    uri = a_column(tmp_path, "due", pa.array([date(2027, 1, 31), None], kind))
    assert [job.due for job in jobs_of(uri)] == [SIX.replace(hour=0), None]
    assert zoneless_columns(uri) == ["due"]


def a_spark_file(path: Path, columns: Mapping[str, object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path, use_deprecated_int96_timestamps=True)


def test_the_times_of_spark_are_in_utc_and_need_no_word(tmp_path: Path) -> None:
    due = pa.array([SIX, datetime(2400, 1, 1, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    a_spark_file(tmp_path / "night/part-00000.snappy.parquet", {**TEXTS, "due": due})
    (tmp_path / "night/_SUCCESS").touch()
    jobs = jobs_of(tmp_path / "night")
    assert [job.due for job in jobs] == [SIX, datetime(2400, 1, 1, tzinfo=UTC)]
    assert zoneless_columns(str(tmp_path / "night")) == []


def test_no_value_as_text_is_refused_where_it_would_be_spoken(tmp_path: Path) -> None:
    frame = pd.DataFrame({**TEXTS, "title": [None, float("nan")], "script": ["x", None]})
    frame.map(str).to_parquet(tmp_path / "m.parquet")
    assert ("script", "wrong_type") in codes_of(str(tmp_path / "m.parquet"))


def test_columns_that_nest_too_deeply_are_named_as_that(tmp_path: Path) -> None:
    kind = pa.string()
    for _ in range(60):
        kind = pa.list_(kind)
    uri = a_column(tmp_path, "metadata", pa.array([None, None], kind))
    with pytest.raises(Exception, match="nest lists or maps too deeply"):
        list(examine([uri]))
