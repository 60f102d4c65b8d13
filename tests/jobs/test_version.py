"""What `rushes --version` tells, and of which commit it is."""

from __future__ import annotations

import subprocess
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hatch_build import RecordCommit
from jobs.cli import app
from jobs.version import commit_of, installed


def git(root: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words]
    told = subprocess.run(command, check=True, cwd=root, capture_output=True, text=True)  # noqa: S603 - git
    return told.stdout.strip()


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "file").write_text("one")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


def test_the_version_is_told_with_commit_torch_and_device() -> None:
    told = CliRunner().invoke(app, ["--version"])
    assert told.exit_code == 0
    lines = dict(line.split(" ", 1) for line in told.output.splitlines())
    assert lines["rushes"] == version("rushes")
    assert lines["torch"] == version("torch")
    assert lines["commit"] and lines["device"]  # noqa: PT018 - whatever they are here


def test_the_commit_of_a_checkout_says_when_files_differ_from_it(checkout: Path) -> None:
    assert len(commit_of(checkout)) >= 7
    assert git(checkout, "rev-parse", "HEAD").startswith(commit_of(checkout))
    (checkout / "file").write_text("two")
    assert commit_of(checkout).endswith("-dirty")


def test_a_checkout_without_a_commit_and_a_folder_without_record_tell_none(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == ""
    git(tmp_path, "init", "-q")
    assert commit_of(tmp_path) == ""


def test_what_a_build_records_is_the_commit_that_its_package_tells(
    checkout: Path, tmp_path: Path
) -> None:
    built: dict[str, Any] = {"force_include": {}}
    hook = RecordCommit(str(checkout), {}, None, None, str(tmp_path), "wheel")  # type: ignore[arg-type]  # it asks neither
    hook.initialize("standard", built)
    (source,) = built["force_include"]
    package = tmp_path / "site"
    target = package / built["force_include"][source]
    target.parent.mkdir(parents=True)
    target.write_bytes(Path(source).read_bytes())
    hook.finalize("standard", built, "")
    assert commit_of(package) == commit_of(checkout).removesuffix("-dirty")
    assert not Path(source).exists()


def test_an_editable_install_records_nothing(checkout: Path, tmp_path: Path) -> None:
    built: dict[str, Any] = {"force_include": {}}
    hook = RecordCommit(str(checkout), {}, None, None, str(tmp_path), "wheel")  # type: ignore[arg-type]  # it asks neither
    hook.initialize("editable", built)
    assert built == {"force_include": {}}


def test_a_package_that_is_not_there_is_told_as_such() -> None:
    assert installed("no-such-package-of-anyone") == "not installed"
