"""A check tells which rows would share the name of a file, as a run does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from jobs.commands.check import check_manifest
from jobs.config import RunConfig
from jobs.examples.portraits import astronaut
from jobs.output.own_names import with_own_names
from manifests import Job, write_jobs
from manifests.problems import Invalid
from manifests.validate import examine


def a_row(job_id: str, title: str | None, **fields: object) -> Job:
    row = Job(job_id=job_id, portrait_uri=str(astronaut()), script="Hello.", title=title)
    return replace(row, **fields)  # type: ignore[arg-type]  # fields by name


def test_all_rows_that_share_a_name_are_told_by_check_and_refused_by_a_run(
    tmp_path: Path,
) -> None:
    rows = [
        a_row("a", "Reel"),
        a_row("b", "reel"),
        a_row("c", None),
        a_row("d", "Reel", language="de"),
        a_row("e", "con"),
    ]
    manifest = str(tmp_path / "night.csv")
    write_jobs(rows, manifest)
    config = RunConfig(naming="{title}.{language}", scratch=tmp_path / "scratch")
    told: list[str] = []
    assert check_manifest([manifest], config, media=False, tell=told.append) == (5, 4)
    names = [line for line in told if line.endswith(("[duplicate_name]", "[bad_file_name]"))]
    assert [line.replace(":", "").split(" ")[:4] for line in names] == [
        ["night.csv", "row", row, job_id]
        for row, job_id in (("3", "c"), ("5", "e"), ("1", "a"), ("2", "b"))
    ]
    assert "of row 2 (b)" in names[2]
    assert names[0].startswith("night.csv row 3 c: ")  # the names of files are of no one column
    found = with_own_names(list(examine([manifest])), config)
    assert [isinstance(row, Invalid) for row in found] == [True, True, True, False, True]


def test_names_by_id_are_never_told_of_rows_with_ids_of_their_own(tmp_path: Path) -> None:
    rows = [a_row("a", "Reel"), a_row("b", "Reel")]
    assert with_own_names(rows, RunConfig(scratch=tmp_path)) == rows
