"""The documents say what the program does, and no more."""

from __future__ import annotations

import re
import tomllib
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer.main

import jobs
from jobs.cli import app
from jobs.config import load_config
from jobs.executor import InProcess

ROOT = Path(__file__).parents[1]
COMMANDS = sorted(typer.main.get_command(app).commands)  # type: ignore[attr-defined]  # a group
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_is_documented(command: str) -> None:
    assert f"\n## rushes {command}" in (ROOT / "docs/commands.md").read_text()


def test_no_command_is_documented_that_does_not_exist() -> None:
    told = re.findall(r"^## rushes (\w+)", (ROOT / "docs/commands.md").read_text(), re.MULTILINE)
    assert sorted(told) == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_each_flag_is_documented(command: str) -> None:
    page = (ROOT / "docs/commands.md").read_text()
    section = page.split(f"## rushes {command}")[1].split("\n## ")[0]
    parameters = typer.main.get_command(app).commands[command].params  # type: ignore[attr-defined]
    flags = [option for p in parameters for option in p.opts if option.startswith("--")]
    assert [flag for flag in flags if f"`{flag}" not in section and f"{flag} " not in section] in (
        [],
        ["--config"],
    )


def test_the_documented_settings_file_is_read(tmp_path: Path) -> None:
    page = (ROOT / "docs/commands.md").read_text()
    text = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]
    file = tmp_path / "night.toml"
    file.write_text(text)
    config = load_config(file)
    told = tomllib.loads(text)
    assert config.scratch_gb == told["scratch_gb"]
    assert config.split.longest_s == told["split"]["longest_s"]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_python_example_of_the_readme_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "README.md").read_text()
    code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)[0]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(jobs, "run", partial(jobs.run, executor=InProcess))
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own README
    assert names["summary"].invalid == 1  # there is no portrait.png here
    assert (tmp_path / "out/results.parquet").exists()
