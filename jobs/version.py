"""What `rushes --version` tells: nothing here loads torch or asks a card."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from jobs.quote.device import device_model
from pipeline.media.process import ProgramFailed, run_program

ROOT = Path(__file__).parents[1]
RECORDED = "commit.txt"
"""Written into a wheel by `hatch_build.py`, beside this file."""

GIT_S = 10.0
UNKNOWN = "not recorded"


def version_lines() -> Iterator[str]:
    """Version, commit, torch and device, a line each."""
    yield f"rushes {installed('rushes')}"
    yield f"commit {commit_of(ROOT) or UNKNOWN}"
    yield f"torch {installed('torch')}"
    yield f"device {device_model(None)}"
    yield f"python {platform.python_version()} on {platform.system()} {platform.machine()}"


def installed(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def commit_of(root: Path) -> str:
    """Of the checkout at `root`, `-dirty` behind it where files differ from it; else the one that
    the build wrote down; "" where neither is there."""
    if (root / ".git").exists():
        git = ["git", "-c", f"safe.directory={root}", "-C", str(root)]
        try:
            told = run_program(
                [*git, "describe", "--always", "--dirty", "--exclude=*"], timeout_s=GIT_S
            )
        except ProgramFailed:  # no git here, or no commit yet
            return ""
        return told.output.decode(errors="replace").strip()
    file = root / "jobs" / RECORDED
    return file.read_text(encoding="utf-8").strip() if file.is_file() else ""
