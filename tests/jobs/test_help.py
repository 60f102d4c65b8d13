"""The page of help: what it tells, in which order, and how little it loads."""

from __future__ import annotations

import inspect
import re
from importlib import import_module
from itertools import groupby

import pytest
from typer.testing import CliRunner

from jobs.cli import COMMANDS, Command, app
from tests.jobs.loaded import TOOLS, loaded_by


def test_a_page_of_help_and_the_version_load_no_tool_of_a_run() -> None:
    assert loaded_by(TOOLS, "--help") == ""
    assert loaded_by(TOOLS, "--version") == ""


def test_help_lists_all_commands_in_groups_as_a_person_works() -> None:
    page = CliRunner().invoke(app, ["--help"], env={"COLUMNS": "200"}).output
    titles = re.findall(r"─ (\w+) ─", page)
    assert titles == ["Options", "Make", "Look", "Mend", "Deliver", "Train"]
    assert titles[1:] == [group for group, _ in groupby(COMMANDS, lambda told: told.group)]
    told = re.findall(r"^│ (\w+) +(\S.*\S) +│$", page, re.MULTILINE)
    assert told == [(command.name, command.line) for command in COMMANDS]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_a_command_s_own_help_begins_with_the_line_of_the_table(command: Command) -> None:
    module, _, function = command.at.partition(":")
    doc = inspect.getdoc(getattr(import_module(module), function)) or ""
    assert doc.split("\n\n")[0].replace("\n", " ") == command.line
    page = CliRunner().invoke(app, [command.name, "--help"], env={"COLUMNS": "200"})
    assert page.exit_code == 0
    assert f"{command.name} [OPTIONS]" in page.output
    assert command.line in page.output


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_what_stands_in_brackets_is_told_and_not_taken_for_markup(command: Command) -> None:
    module, _, function = command.at.partition(":")
    asked = inspect.signature(getattr(import_module(module), function), eval_str=True).parameters
    helps = [
        told.help or ""
        for each in asked.values()
        for told in getattr(each.annotation, "__metadata__", ())
        if hasattr(told, "help")
    ]
    assert [text for text in helps if re.search(r"(?<!\\)\[[a-z#/@]", text)] == []


def test_a_call_loads_the_module_of_its_command_alone() -> None:
    modules = " ".join({command.at.partition(":")[0] for command in COMMANDS})
    assert loaded_by(modules, "captions", "--help") == "jobs.commands.captions"


def test_a_mistyped_command_is_told_with_the_right_one() -> None:
    ended = CliRunner().invoke(app, ["statsu"])
    assert ended.exit_code == 2
    assert "'status'" in ended.output


@pytest.mark.parametrize(
    ("typed", "place", "completed"),
    [("rushes st", 1, {"status"}), ("rushes captions --j", 2, {"--json"})],
)
def test_a_shell_completes_commands_and_their_flags(
    typed: str, place: int, completed: set[str]
) -> None:
    asked = {
        "_RUSHES_COMPLETE": "complete_bash",
        "COMP_WORDS": typed,
        "COMP_CWORD": str(place),
    }
    assert set(CliRunner().invoke(app, [], env=asked).output.split()) == completed
