from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests import Job, read_jobs, write_jobs
from manifests.errors import BadInput
from manifests.job import Aspect, Continuity, Framing
from manifests.reading.values import SPREADSHEET_ERRORS, UNSAID
from tests.manifests.builders import a_job
from tests.s3_server import S3Server

LETTERS = st.characters(
    exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufffe\uffff"
)
CHARACTERS = LETTERS | st.sampled_from("\t\n\r\x85\u2028")


def texts(characters: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    written = st.text(characters, min_size=1, max_size=40)
    return written.filter(lambda text: text.strip() not in {"", *UNSAID, *SPREADSHEET_ERRORS})


LINE, TEXT = texts(LETTERS), texts(CHARACTERS)
NAMES = st.from_regex(r"[a-z0-9 ,\"'é%?#-]{1,20}\.png", fullmatch=True)
URIS = NAMES.map(lambda name: f"/faces/{name}") | NAMES.map(lambda name: f"s3://studio/{name}")


def maybe(strategy: st.SearchStrategy[str]) -> st.SearchStrategy[str | None]:
    return st.none() | strategy


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    spoken = draw(st.booleans())
    return Job(
        job_id=draw(st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)),
        portrait_uri=draw(URIS),
        audio_uri=None if spoken else draw(URIS),
        script=draw(TEXT) if spoken else None,
        language=draw(st.sampled_from(["en", "pt-BR", "zh-Hant"])),
        voice=draw(maybe(LINE)),
        speaker=draw(maybe(LINE)),
        title=draw(maybe(LINE)),
        prompt=draw(maybe(TEXT)),
        seed=draw(st.none() | st.integers(-(1 << 63), (1 << 63) - 1)),
        preset=draw(maybe(LINE)),
        framing=draw(st.sampled_from(get_args(Framing))),
        aspect=draw(st.sampled_from(get_args(Aspect))),
        continuity=draw(st.sampled_from(get_args(Continuity))),
        priority=draw(st.integers(-(1 << 31), (1 << 31) - 1)),
        due=draw(st.none() | st.datetimes(datetime(1900, 1, 1), timezones=st.just(UTC))),  # noqa: DTZ001 - hypothesis wants it so
        consent_id=draw(maybe(LINE)),
        metadata=draw(
            st.dictionaries(st.text(CHARACTERS, max_size=9), st.text(CHARACTERS), max_size=3)
        ),
    )


@pytest.mark.parametrize("name", ["m.parquet", "m.csv", "m.jsonl", "parts/"])
@settings(deadline=None, max_examples=20)
@given(written=st.lists(jobs(), max_size=4, unique_by=lambda job: job.job_id.lower()))
def test_jobs_read_back_as_they_were_written(name: str, written: list[Job]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write_jobs(written, f"{folder}/{name}", rows_per_file=2)
        read = [replace(job, row=0, manifest="") for job in read_jobs(f"{folder}/{name}")]
    assert read == written


def test_many_jobs_become_parts(tmp_path: Path) -> None:
    write_jobs((a_job(job_id=f"j{n}") for n in range(5)), f"{tmp_path}/parts/", rows_per_file=2)
    files = sorted((tmp_path / "parts").iterdir())
    assert [path.name for path in files] == [f"part-0000{n}.parquet" for n in range(3)]
    assert [pq.read_metadata(path).num_rows for path in files] == [2, 2, 1]


def test_parts_are_not_mixed_with_what_is_there(tmp_path: Path) -> None:
    write_jobs([a_job()], f"{tmp_path}/parts/")
    with pytest.raises(BadInput, match="holds files"):
        write_jobs([a_job()], f"{tmp_path}/parts/")


def test_a_manifest_carries_its_version(tmp_path: Path) -> None:
    write_jobs([a_job()], f"{tmp_path}/m.parquet")
    assert pq.read_schema(tmp_path / "m.parquet").metadata[b"rushes.schema"] == b"jobs/1"


def test_writing_that_fails_leaves_the_old_manifest(tmp_path: Path) -> None:
    uri = f"{tmp_path}/m.csv"
    write_jobs([a_job()], uri)

    def failing() -> object:
        yield a_job(job_id="new")
        raise BadInput("made_up", "No more jobs.")

    with pytest.raises(BadInput, match="No more"):
        write_jobs(failing(), uri)  # type: ignore[arg-type]  # a generator of jobs
    assert [job.job_id for job in read_jobs(uri)] == ["reel-4"]


def test_a_uri_of_no_form_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="ends in none of"):
        write_jobs([a_job()], f"{tmp_path}/m.xlsx")


def test_manifests_are_written_to_s3(s3: S3Server) -> None:
    uri = f"s3://{s3.bucket}/night.parquet"
    for title in ("one", "two"):
        write_jobs([a_job(title=title)], uri)
    assert [job.title for job in read_jobs(uri)] == ["two"]
