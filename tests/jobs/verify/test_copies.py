"""What a single file says of itself, wherever it lies."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.jobs.test_cli import call


def test_a_file_is_told_by_what_it_holds_and_known_by_its_bytes_in_an_output(
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    copy, other = tmp_path / "from the web.mp4", tmp_path / "notes.txt"
    shutil.copy(undisturbed / "videos/long.mp4", copy)
    other.write_text("nothing of ours")
    assert call(monkeypatch, "verify", copy) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "holds: mp4 h264, 256x256, 257 frames at 25/s, 10.28 s of sound" in told
    assert call(monkeypatch, "verify", copy, "--out", undisturbed) == 0
    assert "delivered: web of long, to the byte" in capsys.readouterr().out
    assert call(monkeypatch, "verify", copy, other, "--out", undisturbed, "--json") == 1
    known, strange = json.loads(capsys.readouterr().out)["files"]
    assert known["delivered"] == {"job_id": "long", "profile": "web"}
    assert (known["vouched"], strange["vouched"]) == (True, False)
    assert strange["holds"] == "no sound or video"
    copy.write_bytes(copy.read_bytes()[:-1])
    assert call(monkeypatch, "verify", copy, "--out", undisturbed) == 1
    assert "to the byte" not in capsys.readouterr().out


def test_a_name_that_is_no_file_among_others_is_refused(
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    video = undisturbed / "videos/long.mp4"
    for names in ((video, tmp_path / "none.mp4"), (video, undisturbed)):
        assert call(monkeypatch, "verify", *names) == 2
        assert "is no file; name one output of a run, or files" in " ".join(
            capsys.readouterr().err.split()
        )
