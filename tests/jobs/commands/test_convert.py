"""`rushes convert` from the command line's side."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

import model.convert
from jobs.commands.convert import convert_command
from manifests.errors import ManifestUnusable, Transient
from tests.official_folder import SIZES, an_official_folder


def test_it_says_what_came_along_and_what_did_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = an_official_folder(tmp_path)
    convert_command("hallo3", source, tmp_path / "out", **SIZES)
    told = capsys.readouterr().out
    assert "transformer, reference, vae, scheduler" in told
    assert "Not in the source: text_encoder" in told
    assert (tmp_path / "out" / "LICENSES.md").is_file()


def test_an_unknown_kind_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="give hallo3"):
        convert_command("sd3", tmp_path, tmp_path / "out")


def test_a_wrong_source_is_the_callers_mistake(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="mp_rank_00_model_states") as told:
        convert_command("hallo3", tmp_path, tmp_path / "out")
    assert told.value.code == "checkpoint_unusable"


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (errno.ENOSPC, Transient, "disk_full"),
        (errno.EACCES, ManifestUnusable, "path_unusable"),
    ],
)
def test_a_failing_disk_has_an_owner(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    kind: type[Transient | ManifestUnusable],
    code: str,
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(model.convert, "convert_hallo3", failing)
    with pytest.raises(kind) as told:
        convert_command("hallo3", tmp_path, tmp_path / "out")
    assert told.value.code == code
