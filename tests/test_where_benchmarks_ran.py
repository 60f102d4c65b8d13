"""All files of results say in one way where they were made, and name no folder of that machine."""

from __future__ import annotations

import ast
import re
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.where import ROOT, as_typed, command, where_it_ran

BENCHMARKS = Path(ROOT / "benchmarks")
TOLD = {"command", "date", "machine"}


@pytest.mark.parametrize(
    ("argument", "typed"),
    [
        (f"{ROOT}/benchmarks/tiny.py", "benchmarks/tiny.py"),
        ("benchmarks/tiny.py", "benchmarks/tiny.py"),
        ("/home/someone/films/night.mkv", "night.mkv"),
        ("../elsewhere/weights", "weights"),
        (f"--out={ROOT}/benchmarks/results/a.json", "--out=benchmarks/results/a.json"),
        ("--samples=/home/someone/films", "--samples=films"),
        ("s3://studio/night", "s3://studio/night"),
        ("--guidance", "--guidance"),
        ("-m", "-m"),
        ("4.5", "4.5"),
    ],
)
def test_paths_are_told_as_a_reader_types_them(argument: str, typed: str) -> None:
    assert as_typed(argument) == typed


def test_a_command_can_be_typed_again() -> None:
    arguments = ["-m", "benchmarks.words", "--voices", "en US", f"{ROOT}/tests"]
    assert command(arguments) == "python -m benchmarks.words --voices 'en US' tests"


def test_the_machine_is_told_by_its_processor_and_never_by_its_name() -> None:
    told = where_it_ran("one thread", "")
    assert told.keys() >= TOLD
    assert datetime.fromisoformat(told["date"]).tzinfo is not None
    assert " cores, load " in told["machine"]
    assert told["machine"].endswith(", one thread")
    assert str(ROOT) not in told["command"]


def test_no_benchmark_tells_it_in_words_of_its_own() -> None:
    own = [
        (path.name, key.value)
        for path in sorted(BENCHMARKS.rglob("*.py"))
        if path.name != "where.py"
        for found in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(found, ast.Dict)
        for key in found.keys
        if isinstance(key, ast.Constant) and key.value in TOLD
    ]
    assert own == []


def test_no_result_names_a_folder_of_the_machine_that_made_it() -> None:
    results = sorted((BENCHMARKS / "results").rglob("*.json"))
    assert len(results) > 40
    told = {path.name: path.read_text(encoding="utf-8") for path in results}
    places = re.compile(r"[\s\"'=](/(?:home|root|tmp|work|mnt|Users)/[^\s\"']*)")
    assert {name: found for name, text in told.items() if (found := places.findall(text))} == {}
