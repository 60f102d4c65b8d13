"""The command `rushes conformance`: whether a renderer keeps what it owes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from jobs.console import ALL_DONE, SOME_NOT_DONE, say_as_it_is
from jobs.engine.worker import guarded
from jobs.examples.portraits import astronaut
from jobs.settings_file import load_config
from pipeline.presets import Preset, preset_named


def conformance_command(
    renderer: Annotated[str, typer.Argument(help="A preset, also one of another package.")],
    portrait: Annotated[
        Path | None, typer.Option(help="A picture with one face; default: scikit-image's.")
    ] = None,
    sound: Annotated[
        Path | None, typer.Option(help="A recording of 2 s or more; default: a voice of tones.")
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
    from pipeline.conformance import suite  # noqa: PLC0415 - loads torch

    results = []
    with TemporaryDirectory(prefix="rushes-conformance-") as name:
        folder = Path(name)
        subject = suite.conformance_subject(preset, portrait, sound, folder / "material")
        for result in suite.check_results(subject, folder, attempted):
            results.append(result)
            if not as_json:
                say_as_it_is(result.line)
    failed = sum(not result.passed for result in results)
    if as_json:
        checks = [result.row for result in results]
        say_as_it_is(json.dumps({"renderer": preset.name, "failed": failed, "checks": checks}))
    else:
        say_as_it_is(f"{preset.name}: {len(results) - failed} of {len(results)} checks passed")
    return SOME_NOT_DONE if failed else ALL_DONE


def attempted(check: Callable[[], str]) -> str:
    """What a check says, or what it raised: the code of others may raise anything."""
    said, failure = guarded(check)
    return f"it cannot be done: {failure.message}" if failure else said or ""
