"""Holds docs/manifest.md to the code."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from manifests import Job, examine
from manifests.job import Job as JobFields
from manifests.problems import Code
from manifests.schema import COLUMNS, REQUIRED

DOC = (Path(__file__).parents[2] / "docs" / "manifest.md").read_text()


def table_below(heading: str) -> dict[str, list[str]]:
    """Rows of the first table of a section: name -> the other cells."""
    section = DOC.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \|(.*)\|$", section, re.MULTILINE)
    return {name: [cell.strip() for cell in cells.split(" | ")] for name, cells in rows}


def test_every_column_is_documented_in_its_order() -> None:
    assert list(table_below("Columns")) == list(COLUMNS)


def test_every_column_is_a_field_of_a_job() -> None:
    assert list(JobFields.__dataclass_fields__)[: len(COLUMNS)] == list(COLUMNS)


def test_the_documented_defaults_are_those_of_a_job() -> None:
    documented = {
        name: cells[-1].strip("`")
        for name, cells in table_below("Columns").items()
        if cells[-1].startswith("`") and name not in {"audio_uri", "script", "deliverables"}
    }
    assert {"language", "framing", "aspect", "continuity", "priority"} <= set(documented)
    job = Job(job_id="a", portrait_uri="/a.png")
    assert documented == {name: str(getattr(job, name)) for name in documented}


def test_the_words_of_every_closed_choice_are_documented() -> None:
    for name, cells in table_below("Columns").items():
        for word in COLUMNS[name].allowed:
            assert f"`{word}`" in " ".join(cells)


def test_required_columns_are_documented_as_such() -> None:
    columns = table_below("Columns")
    required = [name for name, cells in columns.items() if cells[-1] == "required"]
    assert required == list(REQUIRED)


def test_every_code_of_a_row_is_documented_and_no_other() -> None:
    assert sorted(table_below("What can be wrong with a row")) == sorted(get_args(Code))


def test_the_example_is_a_manifest(tmp_path: Path) -> None:
    example = re.findall(r"```csv\n(.*?)```", DOC, re.DOTALL)[0]
    (tmp_path / "night.csv").write_text(example)
    jobs = list(examine([str(tmp_path / "night.csv")]))
    assert [isinstance(job, Job) for job in jobs] == [True, True]
