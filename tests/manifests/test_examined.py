"""Manifests that were examined: what is told of their rows, cells and ids, and where."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pytest

from manifests import Invalid, Job, examine, read_jobs
from manifests.errors import BadInput, ManifestUnusable
from manifests.results import Result, write_results
from tests.manifests.builders import a_csv, a_jsonl, a_parquet, a_row, codes_of


def test_a_row_becomes_a_job_with_defaults_and_absolute_uris(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row())
    (job,) = examine([uri])
    assert job == Job(
        job_id="reel-4",
        portrait_uri=f"{tmp_path}/ada.png",
        script="Good evening.",
        row=1,
        manifest=uri,
    )


def test_all_problems_of_a_row_come_at_once(tmp_path: Path) -> None:
    uri = a_jsonl(tmp_path, {"job_id": "a b", "seed": "x", "language": "??", "lexicon_uri": "b"})
    assert sorted(codes_of(uri)) == [
        ("job_id", "bad_job_id"),
        ("language", "bad_language"),
        ("portrait_uri", "missing_value"),
        ("script", "one_speech_source"),
        ("seed", "wrong_type"),
    ]


def test_a_message_names_row_column_value_and_remedy(tmp_path: Path) -> None:
    uri = a_jsonl(tmp_path, a_row(), a_row(job_id="b", seed="12x"))
    _, found = examine([uri])
    assert isinstance(found, Invalid)
    assert found.problems[0].message == (
        "Row 2, column seed: '12x' is not a whole number; write an integer such as 7."
    )


def test_a_preset_is_looked_at_only_when_presets_are_given(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row(preset="mine"))
    assert codes_of(uri) == []
    assert codes_of(uri, presets=["mine"]) == []
    assert codes_of(uri, presets=["tiny"]) == [("preset", "unknown_preset")]


def test_ids_are_unique_over_all_manifests_whatever_their_case(tmp_path: Path) -> None:
    one = a_csv(tmp_path, a_row(job_id="Reel-4"), name="1.csv")
    two = a_csv(tmp_path, a_row(job_id="b"), a_row(job_id="reel-4"), name="2.csv")
    first, second, third = examine([one, two])
    assert isinstance(first, Job)
    assert isinstance(second, Job)
    assert isinstance(third, Invalid)
    assert third.problems[0].code == "duplicate_job_id"
    assert f"row 1 of {one}" in third.problems[0].message


def test_a_manifest_given_twice_is_all_duplicates_the_second_time(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row())
    assert [type(item) for item in examine([uri, uri])] == [Job, Invalid]


def test_a_manifest_that_cannot_be_read_ends_it_before_the_first_row(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row())
    with pytest.raises(ManifestUnusable):
        examine([uri, str(tmp_path / "none.csv")])


def test_csv_cells_are_read_by_their_column(tmp_path: Path) -> None:
    row = a_row(
        seed=" 7",
        priority="-1",
        due="2027-01-31T08:00:00+02:00",
        deliverables='["web"]',
        metadata='{"reel": "4"}',
    )
    (job,) = examine([a_csv(tmp_path, row)])
    assert isinstance(job, Job)
    assert (job.seed, job.priority) == (7, -1)
    assert job.due == datetime(2027, 1, 31, 6, tzinfo=UTC)
    assert job.deliverables == ("web",)
    assert job.metadata == {"reel": "4"}


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("seed", "1_000"),
        ("seed", "9" * 5000),
        ("due", "2027-01-31"),
        ("due", "2027-01-31T06:00:00"),
        ("due", "0001-01-01T00:00:00+14:00"),
        ("metadata", "{"),
        ("deliverables", "[" * 100_000),
        ("target_duration_s", "inf"),
    ],
)
def test_csv_cells_that_cannot_be_read_are_of_the_wrong_type(
    tmp_path: Path, column: str, cell: str
) -> None:
    assert codes_of(a_csv(tmp_path, a_row(**{column: cell}))) == [(column, "wrong_type")]


def test_namibia_is_not_taken_for_a_cell_that_a_tool_left_empty(tmp_path: Path) -> None:
    assert codes_of(a_csv(tmp_path, a_row(territories="NA"))) == [("territories", "bad_territory")]
    (job,) = examine([a_csv(tmp_path, a_row(territories='["NA"]'))])
    assert isinstance(job, Job)
    assert job.territories == ("NA",)


def test_a_parquet_column_of_another_type_is_told_by_its_type(tmp_path: Path) -> None:
    columns = {
        "job_id": pa.array([7, None, 9]),
        "portrait_uri": ["a.png"] * 3,
        "script": ["x"] * 3,
        "deliverables": pa.array([[1], None, [2]], pa.list_(pa.int8())),
    }
    found = list(examine([a_parquet(tmp_path, columns)]))
    problems = [each for item in found if isinstance(item, Invalid) for each in item.problems]
    assert {(each.row, each.column, each.code, each.of_column) for each in problems} == {
        (row, column, "wrong_type", f"Column {column}: {detail}.")
        for row in (1, 3)
        for column, detail in {
            "job_id": "the column is of the type int64 and should hold text; cast it to string "
            "(zeros in front, as in 007, are lost in numbers: look at them)",
            "deliverables": "the column is of the type list<element: int8> and should hold lists "
            "of text; cast it to list<string>",
        }.items()
    } | {(2, "job_id", "missing_value", "")}


def test_times_of_any_resolution_and_zone_become_utc(tmp_path: Path) -> None:
    uri = a_parquet(
        tmp_path,
        {
            "job_id": ["a"],
            "portrait_uri": ["a.png"],
            "script": ["x"],
            "due": pa.array([1_800_000_000_000_000_001], pa.timestamp("ns", "Europe/Rome")),
        },
    )
    (job,) = examine([uri])
    assert isinstance(job, Job)
    assert job.due == datetime.fromtimestamp(1_800_000_000, UTC)


def test_reading_jobs_stops_at_the_first_row_that_is_none(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row(), a_row(job_id="b", script=""))
    jobs = read_jobs(uri)
    assert next(jobs).job_id == "reel-4"
    with pytest.raises(BadInput, match="Row 2, column script"):
        next(jobs)


def test_an_id_that_is_no_text_is_refused_and_can_be_written_all_the_same(tmp_path: Path) -> None:
    (found,) = examine([a_jsonl(tmp_path, a_row(job_id="a\ud800"))])
    assert isinstance(found, Invalid)
    assert found.job_id == "a?"
    now = datetime(2026, 11, 26, tzinfo=UTC)
    refused = Result(job_id=found.job_id, status="invalid", started=now, finished=now)
    assert write_results([refused], str(tmp_path / "out"))
