"""The recipes of CONTRIBUTING.md, followed to the letter in a copy of the project."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COPIED = ("jobs", "pipeline", "model", "manifests", "docs", "tests")
READ_IN_PLACE = shutil.ignore_patterns("__pycache__", "golden", "decisions")
RECIPES = ("A column", "A renderer", "A delivery profile", "A gate", "A stage")
HELD = (
    "tests/manifests/test_manifest_doc.py",
    "tests/pipeline/test_tables.py",
    "tests/pipeline/test_take_name.py",
    "tests/test_errors_page.py",
    "tests/test_names.py",
)
"""Tests of the project that must still pass when all recipes were followed."""

BLOCK = re.compile(r"`([\w./-]+)`:\n\n?```(diff|python)\n(.*?)```", re.DOTALL)


@dataclass(frozen=True)
class Step:
    """A block of a recipe: a new file whole, or lines to add to and take from one that is there."""

    path: str
    kind: str
    text: str

    def follow(self, folder: Path) -> None:
        file = folder / self.path
        if self.kind == "python":
            assert not file.exists(), f"{self.path} is there already"
            file.parent.mkdir(exist_ok=True)
            file.write_text(self.text)
            return
        before, after = (without(self.text, sign) for sign in "+-")
        text = file.read_text()
        assert text.count(before) == 1, f"{self.path} does not hold this once:\n{before}"
        file.write_text(text.replace(before, after))


def without(diff: str, sign: str) -> str:
    """The lines of one side of a diff."""
    lines = diff.splitlines(keepends=True)
    return "".join(line[1:] if line.strip() else line for line in lines if line[0] != sign)


def steps_of(recipe: str) -> list[Step]:
    page = (ROOT / "CONTRIBUTING.md").read_text()
    section = page.split(f"\n### {recipe}\n")[1].split("\n### ")[0].split("\n## ")[0]
    return [Step(*found) for found in BLOCK.findall(section)]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What came of each test, all recipes being followed in one copy."""
    folder = tmp_path_factory.mktemp("copy")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=READ_IN_PLACE, copy_function=placed)
    for name in ("pyproject.toml", "ARCHITECTURE.md"):
        shutil.copy(ROOT / name, folder)
    steps = {recipe: steps_of(recipe) for recipe in RECIPES}
    for each in steps.values():
        for step in each:
            step.follow(folder)
    tests = [each[-1].path for each in steps.values()]
    command = [sys.executable, "-m", "pytest", "-q", "-rA", "-p", "no:cacheprovider"]
    ended = subprocess.run(  # noqa: S603 - ours
        [*command, *tests, *HELD],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    came = {test: outcome(test, ended.stdout) for test in (*tests, *HELD)}
    return came | {"ruff": complaints(folder)}


def complaints(folder: Path) -> str:
    """What ruff says of all that the recipes touched, "" where nothing."""
    files = {step.path for recipe in RECIPES for step in steps_of(recipe)}
    python = sorted(path for path in files if path.endswith(".py"))
    for command in (["check", "-q"], ["format", "-q", "--check"]):
        ruff = [sys.executable, "-m", "ruff", *command, "--no-cache", *python]
        told = subprocess.run(ruff, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - ours
        if told.returncode:
            return told.stdout + told.stderr
    return ""


def placed(source: str, to: str) -> None:
    """Text that a recipe may change is copied; all else is linked."""
    if source.endswith((".py", ".md", ".toml")):
        shutil.copyfile(source, to)
    else:
        Path(to).symlink_to(source)


def outcome(test: str, told: str) -> str:
    """`passed`, or all that pytest said."""
    words = set(re.findall(rf"^([A-Z]+) {re.escape(test)}", told, re.MULTILINE))
    return "passed" if words == {"PASSED"} else told


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_that_is_followed_works(recipe: str, followed: dict[str, str]) -> None:
    test = steps_of(recipe)[-1].path
    assert followed[test] == "passed", followed[test]


@pytest.mark.parametrize("test", HELD)
def test_tests_of_the_project_pass_where_recipes_were_followed(
    test: str, followed: dict[str, str]
) -> None:
    assert followed[test] == "passed", followed[test]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_recipe_ends_with_its_test(recipe: str) -> None:
    assert steps_of(recipe)[-1].path.startswith("tests/")


def test_what_the_recipes_write_passes_the_lint(followed: dict[str, str]) -> None:
    assert followed["ruff"] == ""
