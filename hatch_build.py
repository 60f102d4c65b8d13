"""Write the commit that a wheel is built from into it, for `rushes --version`."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class RecordCommit(BuildHookInterface):  # type: ignore[type-arg]
    """An editable install needs no record: it is told from its checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable" or not (Path(self.root) / ".git").exists():
            return
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--exclude=*"],  # noqa: S607 - where PATH has it
            cwd=self.root,
            capture_output=True,
            check=False,
            text=True,
        )
        if told.returncode == 0:
            self.folder = tempfile.TemporaryDirectory()
            file = Path(self.folder.name) / "commit.txt"
            file.write_text(told.stdout, encoding="utf-8")
            build_data["force_include"][str(file)] = "jobs/commit.txt"

    def finalize(self, *_: object) -> None:
        if hasattr(self, "folder"):
            self.folder.cleanup()
