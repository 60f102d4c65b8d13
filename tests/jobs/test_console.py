"""What reaches a terminal or a log only says something."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.console import many, say, say_as_it_is, tell
from jobs.logs.terminal import one_line

STEERING = "\x1b]0;owned\x07\x9b2J\r\n\u2028\u202e\ud800"


@given(st.text())
def test_a_text_is_one_line_that_can_be_printed(text: str) -> None:
    told = one_line(text)
    assert told.splitlines() in ([], [told])
    told.encode()
    assert not any(letter < " " or "\x7f" <= letter <= "\x9f" for letter in told)


@given(st.text())
def test_json_means_the_same_afterwards(text: str) -> None:
    assert json.loads(one_line(json.dumps(text, ensure_ascii=False))) == text


def test_letters_of_all_scripts_stay() -> None:
    text = (
        "Grüße, \u4f60\u597d, \u0645\u0631\u062d\u0628\u0627, \u05e9\u05dc\u05d5\u05dd \U0001f642"
    )
    assert one_line(text) == text


def test_nothing_that_is_said_steers_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for voice in (say, say_as_it_is, tell):
        voice(f"face{STEERING}.png")
        out, err = capsys.readouterr()
        assert (out + err).count("\n") <= 1 + (voice is say_as_it_is)
        assert not {"\x1b", "\x07", "\x9b", "\r", "\u202e"} & {*out, *err}


ROOT = Path(__file__).parents[2]
MOUTHS = {"jobs/cli.py", "jobs/console.py", "jobs/logs/terminal.py"}
WAYS = ("typer.echo", "stderr.write", "print(Text(", "stdout.write", " print(")


def programs() -> dict[str, str]:
    """The modules of the program, by their paths."""
    found = (path for package in ("jobs", "manifests") for path in (ROOT / package).rglob("*.py"))
    return {str(path.relative_to(ROOT)): path.read_text() for path in found}


def test_only_the_console_and_the_log_write_to_people() -> None:
    """What goes past them could steer a terminal: Console.print is given `shown` texts alone."""
    wrote = {name for name, text in programs().items() if any(way in text for way in WAYS)}
    assert wrote == MOUTHS


def test_only_commands_speak_through_the_console() -> None:
    """What a run has to say while it goes on is logged (jobs/logs), so that its log holds it."""
    words = re.compile(r"from jobs.console import (\([^)]*|.*)\b(tell|say|say_as_it_is)\b")
    speaking = {name for name, text in programs().items() if words.search(text)}
    assert "jobs/commands/run.py" in speaking  # they are still found
    rooms = ("jobs/commands/", "jobs/cli.py")
    assert [name for name in speaking if not name.startswith(rooms)] == []


def test_one_row_is_told_as_one() -> None:
    assert [many(count, "row") for count in (0, 1, 2)] == ["0 rows", "1 row", "2 rows"]
