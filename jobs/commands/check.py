"""`rushes check`: every problem of every row, before anything is made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.commands.checking import NOT_LOOKED_AT, NOT_OPENED, check_manifest
from jobs.config import load_config
from jobs.console import ALL_DONE, SOME_NOT_DONE, Manifests, say, warn_of_columns
from manifests.storage import absolute


def check_command(
    manifests: Manifests,
    media: Annotated[
        bool, typer.Option("--media", help="Open every file, and speak every script.")
    ] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings of the run.")] = None,
) -> None:
    """Tell every problem of every row: row, column, reason. Nothing is made.

    Exit code 0: no problems. 1: some rows have problems. 2: a manifest cannot be read.
    """
    settings = load_config(config)
    uris = [absolute(uri) for uri in manifests]
    warn_of_columns(uris)
    rows, problems = check_manifest(uris, settings, media=media, tell=say)
    say(f"{rows} rows, {problems} with problems" if problems else f"{rows} rows, no problems")
    say(NOT_LOOKED_AT if media else NOT_OPENED)
    raise typer.Exit(SOME_NOT_DONE if problems else ALL_DONE)
