"""`rushes status`: where a run stands, for people and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from jobs.console import Out, say, say_as_it_is
from jobs.reporting.status import run_status, status_lines
from manifests.storage import absolute


def status_command(
    out: Out,
    consents: Annotated[
        str | None, typer.Option(help="Register of consents; default: that of the last run.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
) -> None:
    """Tell where a run stands, from its output folder alone."""
    status = run_status(absolute(out), consents)
    if as_json:
        say_as_it_is(json.dumps(asdict(status), indent=2, ensure_ascii=False))
        return
    for text in status_lines(status):
        say(text)
