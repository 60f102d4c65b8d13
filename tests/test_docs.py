"""The documents say what the program does, and no more."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields, is_dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import Any

import pytest
from PIL import Image

import jobs
from jobs.cli import COMMANDS as TABLE
from jobs.config import RunConfig
from jobs.engine.executor import InProcess
from jobs.settings_file import load_config
from pipeline.presets import TINY, WITH_WEIGHTS
from pipeline.quality.brought.backbones import OF_RUNS

ROOT = Path(__file__).parents[1]
LOADED_BY = {command.name: command.load for command in TABLE}
COMMANDS = sorted(LOADED_BY)
FOLDERS = ("benchmarks", "docs", "examples", "jobs", "manifests", "model", "pipeline", "tests")
FOUR = ("jobs", "pipeline", "model", "manifests")
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
    parameters = LOADED_BY[command]().params
    flags = [option for p in parameters for option in p.opts if option.startswith("--")]
    assert [flag for flag in flags if f"`{flag}" not in section and f"{flag} " not in section] in (
        [],
        ["--config"],
    )


def settings_file() -> str:
    page = (ROOT / "docs/commands.md").read_text()
    text: str = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)[0]
    return text


def names_of(table: object, prefix: str = "") -> set[str]:
    """Names of settings, those of a table behind the table's: `split.longest_s`."""
    if is_dataclass(table):
        return {f"{prefix}{each.name}" for each in fields(table)}
    assert isinstance(table, RunConfig)
    found = set()
    for name in RunConfig.model_fields:
        value = getattr(table, name)
        found |= names_of(value, f"{name}.") if is_dataclass(value) else {name}
    return found


def test_the_documented_settings_are_the_defaults(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(settings_file())
    assert load_config(file) == RunConfig()


def test_each_setting_is_documented_and_no_other() -> None:
    """With the lines that begin with #, since they have no default or one that depends."""
    told = tomllib.loads(re.sub(r"^# (?=\w+(-\w+)* = )", "", settings_file(), flags=re.MULTILINE))
    by_preset = {"weights", "licences", "long_takes", "guidance_band"}
    presets = {preset for name in by_preset for preset in told.pop(name)}
    brought = set(told.pop("backbones"))
    nested = {f"{name}.{key}" for name, at in told.items() if isinstance(at, dict) for key in at}
    plain = {name for name, value in told.items() if not isinstance(value, dict)}
    assert nested | plain | by_preset | {"backbones"} == names_of(RunConfig())
    assert brought == OF_RUNS
    assert presets <= {*WITH_WEIGHTS, TINY.name}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []
    headings = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text())
    assert [to for file, to in headings if to not in anchors(page.parent / file, page)] == []


def anchors(file: Path, page: Path) -> set[str]:
    """The places of a page that links name: its headings, as GitHub writes them."""
    text = (file if file.is_file() else page).read_text()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each.lower()).replace(" ", "-") for each in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_pages_name_are_there(page: Path) -> None:
    """But for results, which a benchmark may still have to write, and new files of a recipe."""
    text = re.sub(r"`[\w/.]+`:\n\n```python", "", page.read_text())
    named = re.findall(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]*[a-z_]/?)`", text)
    assert [file for file in named if "results/" not in file and not (ROOT / file).exists()] == []


def test_functions_that_the_architecture_names_are_there() -> None:
    page = (ROOT / "ARCHITECTURE.md").read_text()
    named = [name.split(".") for name in re.findall(r"`(\w+\.\w+)`", page)]
    ours = {file.stem: file for file in ROOT.glob("jobs/**/*.py")} | {"jobs": ROOT / "jobs/run.py"}
    found = [(module, name) for module, name in named if module in ours]
    assert len(found) > 2  # the pattern still finds them
    assert [name for module, name in found if f"def {name}(" not in ours[module].read_text()] == []


def test_the_architecture_shows_every_room_and_no_other() -> None:
    picture = (ROOT / "ARCHITECTURE.md").read_text().split("```")[1]
    inside = [path for package in FOUR for path in (ROOT / package).rglob("__init__.py")]
    rooms = {path.parent.name for path in inside if path.parent.parent != ROOT}
    assert set(re.findall(r"\b(\w+)/", picture)) == rooms


def test_the_readme_groups_the_commands_as_the_help_does() -> None:
    rows = re.findall(r"^\| (\w+) \| (`.+`) \|$", (ROOT / "README.md").read_text(), re.MULTILINE)
    told = {name: group for group, names in rows for name in re.findall(r"`(\w+)`", names)}
    assert told == {command.name: command.group.lower() for command in TABLE}


def test_torch_is_only_where_contributing_says() -> None:
    words = " ".join((ROOT / "CONTRIBUTING.md").read_text().split())
    told = words.split("in `pipeline` only in", 1)[1].split("). ", 1)[0]
    allowed = {*re.findall(r"`([\w./]+)`", told), "renderers.py", "animatic", "hallo3"}
    files = ROOT.glob("pipeline/**/*.py")
    begins = re.compile(r"^(import|from) torch\b", re.MULTILINE)
    with_torch = [file for file in files if begins.search(file.read_text())]
    places = {file: file.relative_to(ROOT / "pipeline") for file in with_torch}
    rooms = {file: {str(each) for each in (at, *at.parents)} for file, at in places.items()}
    assert [str(places[file]) for file in with_torch if not rooms[file] & allowed] == []


def test_each_result_of_a_benchmark_is_linked_from_a_page() -> None:
    """Figures can be looked up, and evidence can be found."""
    pages = "\n".join(page.read_text() for page in PAGES if "decisions" not in page.parts)
    links = set(re.findall(r"results/([\w-]+\.json)", pages))
    assert {file.name for file in ROOT.glob("benchmarks/results/*.json")} <= links


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


def test_the_film_of_the_readme_is_small_and_moves() -> None:
    film = ROOT / "docs/film.webp"
    assert f"]({film.relative_to(ROOT)})" in (ROOT / "README.md").read_text()
    assert film.stat().st_size < 2_000_000
    with Image.open(film) as opened:
        assert getattr(opened, "n_frames", 1) > 1


def result_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / f"benchmarks/results/{name}.json").read_text())
    return found


def test_the_figures_of_the_readme_are_those_of_their_results() -> None:
    drawn, full = result_of("tiny"), result_of("full-size")
    masters, hostile = result_of("masters"), result_of("hostile")
    nights = result_of("chaos")
    halves = (drawn["vae_chosen_by"], drawn["vae_reported_of"])
    given_back = [each for half in halves for each in half["as_they_are"]["each"]]
    told = [
        f"over {drawn['all']['clips']} held-out clips: lips {drawn['all']['right_audio']:.2f}",
        f"identity {drawn['all']['identity']:.2f} of dlib's distance",
        f"VAE {fmean(given_back):.1f} dB",
        f"{masters['files']} files, {masters['mismatches']} mismatches",
        f"{hostile['cases']} hostile rows",
        f"{full['checkpoint']['parameters'] / 1e9:.2f} B random parameters",
    ]
    page = (ROOT / "README.md").read_text()
    assert [each for each in told if each not in page] == []
    assert hostile["clean"] == hostile["cases"]
    assert full["pass"]["prediction_finite"]
    assert (nights["runs"], nights["lost"], nights["doubled"], nights["differing"]) == (
        1000,
        0,
        0,
        0,
    )


def test_results_hold_their_command_date_and_machine_or_the_page_says_so() -> None:
    opening = (ROOT / "docs/measured.md").read_text().split("| file |")[0]
    lacking = []
    for file in ROOT.glob("benchmarks/results/*.json"):
        text = file.read_text()
        origin = (r'"command"', r'"date"', r'"(machine|processor)"')
        if not all(re.search(key, text) for key in origin) and file.name not in opening:
            lacking.append(file.name)
    assert lacking == []
