"""Files of a log are lines of JSON, bounded in size, and hold no secret."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.logs import log_file
from jobs.logs.log_file import LogFile
from jobs.logs.redaction import Redaction, redaction_here

WORDS = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=8, max_size=20).map("zq{}".format)


def a_record(message: str) -> logging.LogRecord:
    return logging.LogRecord("rushes.test", logging.INFO, "file.py", 1, message, None, None)


def a_file(folder: Path) -> LogFile:
    return LogFile(folder, "stem", "run", logging.INFO, Redaction())


def test_a_long_log_keeps_its_beginning_and_its_latest_lines_in_a_bounded_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "PART_BYTES", 1000)
    monkeypatch.setattr(log_file, "PARTS", 4)
    file = a_file(tmp_path)
    for number in range(200):
        file.handle(a_record(f"line {number}"))
    file.close()
    parts = sorted(tmp_path.iterdir(), key=lambda path: (len(path.name), path.name))
    assert len(parts) == 4
    assert all(path.stat().st_size <= 1000 for path in parts)
    lines = [
        json.loads(line)["message"] for path in parts for line in path.read_text().splitlines()
    ]
    assert (lines[0], lines[-1]) == ("line 0", "line 199")
    changed, dropped = file.take_changes()
    assert changed == {path.name for path in parts}
    assert dropped.isdisjoint(changed)
    assert file.take_changes() == (set(), set())


@given(st.text())
def test_whatever_is_logged_is_one_line_of_json(text: str) -> None:
    told = json.loads(line := a_file(Path())._line(a_record(text), {"job": text}))
    assert line.splitlines() == [line]
    line.encode()
    assert set(told) == {"time", "level", "logger", "run", "job", "message"}


def test_a_long_message_is_cut_behind_the_secrets_in_it() -> None:
    secret = "a-secret-of-the-machine"  # noqa: S105 - made up here
    file = LogFile(Path(), "stem", "run", logging.INFO, Redaction(known=(secret,)))
    for before in range(log_file._LONGEST - 30, log_file._LONGEST + 5):
        told = json.loads(file._line(a_record("x" * before + secret * 2000), {}))
        assert len(told["message"]) <= log_file._LONGEST
        assert "secret" not in told["message"]


@given(word=WORDS, scheme=st.sampled_from(["s3", "https", "file", "rtmp"]))
def test_credentials_are_cut_out_wherever_they_stand(word: str, scheme: str) -> None:
    for text in (
        f"{scheme}://user:{word}@host/path is gone",
        f"'{scheme}://{word}@host/path'",
        f"{scheme}://host/path?signature={word}&x={word}#{word}",
        f"Authorization: Bearer {word}",
        f"AWS_SECRET_ACCESS_KEY={word}",
        f'{{"api_key": "{word}", "Password": "{word}"}}',
        f"X-Amz-Security-Token={word}; whsec_{word}",
    ):
        assert word not in Redaction().cleaned(text)


@given(word=WORDS)
def test_known_values_are_cut_out_also_as_urls_spell_them(word: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OF_MINE", f"{word}/+")
        patch.setenv("SOME_TOKEN", f"{word}&{word}")
        hide = redaction_here(("OF_MINE", "NOT_SET"))
    told = hide.cleaned(f"x{word}/+x {word}%2F%2B {word}&{word}")
    assert word not in told


def test_what_is_no_secret_stays() -> None:
    text = "row 3 of /nights/one.parquet: /a/face.png has 2 faces, needs 1 [faces_many] at 12:30"
    assert Redaction().cleaned(text) == text
