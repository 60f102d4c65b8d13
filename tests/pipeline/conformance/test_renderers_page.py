"""The renderer on the page for those who write one is installed from there, and keeps its word."""

from __future__ import annotations

import re
import tomllib
from dataclasses import fields
from pathlib import Path

from jobs.commands.proofs.conformance import attempted
from pipeline.conformance.checks import CHECKS
from pipeline.conformance.subject import Subject
from pipeline.conformance.suite import check_results
from pipeline.guests.guest import GROUP, Guest
from pipeline.presets import preset_named
from pipeline.quality.gates import gates_for, read_gates
from tests.guests import a_package, installed
from tests.pipeline.animatic.takes import some_phones, take_files

EXAMPLE = Path(__file__).parents[3] / "examples" / "waveform_renderer"
PAGE = (Path(__file__).parents[3] / "docs" / "renderers.md").read_text()
TABLES = re.compile(r"^```toml\n(.*?)^```", re.DOTALL | re.MULTILINE)
CODE = re.compile(
    r"^`(progress_renderer/\w+\.py)`:.*?^```python\n(.*?)^```", re.DOTALL | re.MULTILINE
)


def test_the_renderer_of_the_page_passes_every_check(tmp_path: Path) -> None:
    package = tmp_path / "package"
    declared, _ = TABLES.findall(PAGE)
    project = tomllib.loads(declared)["project"]
    a_package(package, project["name"], project["entry-points"][GROUP])
    code = re.findall(
        r"^`(progress_renderer/\w+\.py)`:.*?^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE
    )
    assert len(code) == 2
    for name, text in code:
        (package / name).parent.mkdir(exist_ok=True)
        (package / name).write_text(text)
    with installed(package):
        files = take_files(tmp_path, some_phones(), frames=100, side=64)
        subject = Subject(preset=preset_named("progress", {}), files=files)
        results = list(check_results(subject, tmp_path, attempted))
    assert [(result.check, result.wrong) for result in results] == [
        (check.name, "") for check in CHECKS
    ]


def test_the_example_that_was_written_from_the_page_passes_every_check(tmp_path: Path) -> None:
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text())["project"]
    a_package(tmp_path / "told", project["name"], project["entry-points"][GROUP])
    with installed(tmp_path / "told", EXAMPLE):
        files = take_files(tmp_path, some_phones(), frames=100, side=64)
        subject = Subject(preset=preset_named("waveform", {}), files=files)
        results = list(check_results(subject, tmp_path, attempted))
    assert [(result.check, result.wrong) for result in results] == [
        (check.name, "") for check in CHECKS
    ]
    gates = read_gates((EXAMPLE / "still-gates.toml",))
    there = gates_for(gates, "waveform", "en")
    held = {gate.measure for gate in there if (gate.warn, gate.fail) != (None, None)}
    assert "black" in held
    assert not held & {"lips", "lip_motion", "take_lip_motion", "frozen_speech"}


def test_the_gates_of_the_page_let_a_face_stand_still_for_its_renderer_alone(
    tmp_path: Path,
) -> None:
    _, told = TABLES.findall(PAGE)
    (tmp_path / "gates.toml").write_text(told)
    gates = read_gates((tmp_path / "gates.toml",))
    off = {row["measure"] for row in tomllib.loads(told)["gate"]}
    assert {"lips", "take_lip_motion", "frozen_speech"} <= off
    for preset, held in (("progress", set()), ("animatic", off)):
        there = gates_for(gates, preset, "en")
        found = {gate.measure for gate in there if (gate.warn, gate.fail) != (None, None)}
        assert found & off == held
    assert "black" in {gate.measure for gate in gates_for(gates, "progress", "en")}


def test_the_page_tells_each_check_and_each_field_of_a_declaration() -> None:
    told = re.findall(r"^\| `(\w+)` \|", PAGE.split("## The suite")[1], re.MULTILINE)
    assert told == [check.name for check in CHECKS]
    rows = PAGE.split("## The declaration")[1].split("## What is called")[0]
    named = {
        name for row in re.findall(r"^\| (`.*?) \|", rows, re.MULTILINE) for name in row.split(", ")
    }
    assert named == {f"`{each.name}`" for each in fields(Guest)}
