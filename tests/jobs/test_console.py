"""What reaches a terminal or a log only says something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.console import one_line, say, say_as_it_is, tell

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


def test_only_one_module_writes_to_people() -> None:
    """What goes past it could steer a terminal: Console.print is given `shown` texts alone."""
    folder = Path(__file__).parents[2] / "jobs"
    past = [
        path.name
        for path in folder.rglob("*.py")
        if path.name != "console.py"
        and any(
            way in path.read_text()
            for way in ("typer.echo", "stderr.write", "print(Text(", "stdout.write")
        )
    ]
    assert past == []
