"""The command `rushes conformance`: whether a renderer keeps what it owes."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from jobs.config import load_config
from jobs.console import ALL_DONE, SOME_NOT_DONE, say_as_it_is
from jobs.examples.portraits import astronaut
from pipeline.presets import Preset, preset_named


def conformance_command(
    renderer: Annotated[str, typer.Argument(help="A preset, also one of another package.")],
    portrait: Annotated[
        Path | None, typer.Option(help="A picture with one face; default: scikit-image's.")
    ] = None,
    sound: Annotated[
        Path | None, typer.Option(help="A recording of 4 s or more; default: a voice of tones.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file with settings, for weights.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Hold a renderer against what every renderer owes, check by check.

    Exit code 0: all checks passed. 1: some failed, each with a sentence of what to do.
    """
    preset = preset_named(renderer, load_config(config).presets)
    raise typer.Exit(_checked(preset, portrait or astronaut(), sound, as_json=as_json))


def _checked(preset: Preset, portrait: Path, sound: Path | None, *, as_json: bool) -> int:
    """Tell each check as it ends; the exit code."""
    from pipeline.conformance.suite import conformance  # noqa: PLC0415 - loads torch

    found = []
    with TemporaryDirectory(prefix="rushes-conformance-") as folder:
        for finding in conformance(preset, portrait, sound, Path(folder)):
            found.append(finding)
            if not as_json:
                say_as_it_is(finding.line)
    failed = sum(not finding.passed for finding in found)
    if as_json:
        checks = [finding.row for finding in found]
        say_as_it_is(json.dumps({"renderer": preset.name, "failed": failed, "checks": checks}))
    else:
        say_as_it_is(f"{preset.name}: {len(found) - failed} of {len(found)} checks passed")
    return SOME_NOT_DONE if failed else ALL_DONE
