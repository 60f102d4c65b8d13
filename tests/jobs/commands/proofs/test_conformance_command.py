"""`rushes conformance` tells a line for each check, and by its exit code whether all passed."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from jobs.cli import app, main
from tests.guests import a_package, installed
from tests.pipeline.animatic.takes import a_portrait, a_voice
from tests.pipeline.conformance.planted import PLANTED


@pytest.fixture(autouse=True)
def _studio(tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "package"
    entries = {"miscounting": "planted_guests:GUEST", "newer": "newer_guest:GUEST"}
    a_package(folder, "planted-guests", entries)
    (folder / "planted_guests.py").write_text(PLANTED.read_text())
    (folder / "newer_guest").with_suffix(".py").write_text(
        "from pipeline.guests.guest import Guest\n"
        "GUEST = Guest(protocol=2, version='1', draws='newer_guest:draw')\n"
    )
    with installed(folder):
        yield


def test_a_check_that_fails_is_a_line_a_row_of_json_and_exit_code_1(tmp_path: Path) -> None:
    portrait = tmp_path / "face.png"
    Image.fromarray(a_portrait()).resize((128, 128)).save(portrait)
    sound = a_voice(tmp_path / "voice.wav", frames=50)
    files = ["--portrait", str(portrait), "--sound", str(sound)]
    told = CliRunner().invoke(app, ["conformance", "miscounting", *files, "--json"])
    assert told.exit_code == 1, told.output
    said = json.loads(told.stdout)
    assert (said["renderer"], said["failed"], len(said["checks"])) == ("miscounting", 1, 11)
    (wrong,) = [check for check in said["checks"] if not check["passed"]]
    assert wrong["check"] == "state"
    assert "count the segments" in wrong["wrong"]


@pytest.mark.parametrize(
    ("name", "told"),
    [("newer", "install a newer version of Rushes"), ("nobody", "'nobody' is not known")],
)
def test_a_renderer_that_cannot_be_used_is_one_sentence_and_exit_code_2(
    name: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["rushes", "conformance", name])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert told in " ".join(capsys.readouterr().err.split())
