from __future__ import annotations

import dataclasses
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types
import pytest

from manifests import Deliverable, Result, read_results, write_results
from manifests.errors import BadInput, Missing
from manifests.results import results_uri, results_version
from tests.manifests.builders import NOON, a_result
from tests.s3_server import S3Server

FULL = a_result(
    job_id="b",
    status="done",
    video_uri="/out/videos/b.mp4",
    sha256="00",
    bytes=1 << 40,
    quality={"sync": 0.9, "seam": 1.5},
    warnings=("The portrait has two faces.",),
    deliverables=(Deliverable(profile="web", uri="/out/videos/b.mp4", sha256="00", bytes=3),),
    seed=-1,
    started=NOON,
    finished=NOON,
)
BAD = a_result(job_id="a", status="invalid", error_code="bad_uri", error_message="Row 1: no.")


@pytest.mark.parametrize("place", ["folder", "s3"])
def test_results_read_back_in_the_order_given(
    place: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    out = str(tmp_path)
    if place == "s3":
        server: S3Server = request.getfixturevalue("s3")
        out = f"s3://{server.bucket}/results"
    assert write_results([FULL, BAD], out)
    assert list(read_results(out)) == [FULL, BAD]
    seen = results_version(out)
    assert write_results(iter([BAD]), out, expected=seen)
    assert list(read_results(out)) == [BAD]
    assert not write_results([FULL], out, expected=seen)  # somebody wrote since
    assert list(read_results(out)) == [BAD]


def test_every_field_is_a_column_in_its_order(tmp_path: Path) -> None:
    write_results([FULL], str(tmp_path))
    schema = pq.read_schema(results_uri(str(tmp_path)))
    assert schema.names == [field.name for field in dataclasses.fields(Result)]
    assert schema.metadata[b"rushes.schema"] == b"results/1"


def test_a_night_without_results_has_none_to_read(tmp_path: Path) -> None:
    with pytest.raises(Missing, match=r"results\.parquet"):
        read_results(str(tmp_path))


def test_a_file_that_lacks_a_column_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"job_id": ["a"]}), tmp_path / "results.parquet")
    with pytest.raises(BadInput, match=r"results.parquet lacks the column attempts"):
        read_results(str(tmp_path))


def test_many_results_are_written_in_groups(tmp_path: Path) -> None:
    write_results((a_result(job_id=f"j{n}") for n in range(25_000)), str(tmp_path))
    assert pq.read_metadata(results_uri(str(tmp_path))).num_row_groups == 3
