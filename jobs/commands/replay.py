"""`rushes replay`: one failed row again, alone, in this process, far from the run it failed in."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from jobs.config import RunConfig
from jobs.console import say
from jobs.engine.executor import InProcess
from jobs.engine.steering import retake_from
from jobs.orders import input_versions
from jobs.output.foreign_settings import settings_handed
from jobs.output.instruction_files import give
from jobs.reporting.replay_bundle import Bundle, read_bundle, versions_here
from jobs.run import run
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from manifests.results import Result, read_results
from manifests.storage import absolute
from manifests.write import write_jobs
from pipeline.presets import preset_named

DONE, FAILS = 0, 1


def replay_command(
    bundle: Annotated[str, typer.Argument(help="A file under OUT/_run/replay.")],
    keep: Annotated[
        Path | None, typer.Option(help="New folder for what it makes; default: thrown away.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file: programs, weights and folders of this machine.")
    ] = None,
) -> None:
    """Make the row of a replay bundle alone, in this process, and tell how it ends.

    The run that it failed in is not touched, and of its settings only those are taken that change
    pixels: programs, weights and folders are those of --config. Exit code 0: it ends
    well here. 1: it fails. 2: the bundle cannot be read.
    """
    found = read_bundle(absolute(bundle))
    settings = settings_handed(found.config, load_config(config))
    job, was = found.job, found.failure
    say(f"{job.job_id}, run {found.run_id}: it failed with {was.code}: {was.message}")
    for difference in replay_differences(found, settings):
        say(f"  differs here: {difference}")
    with ExitStack() as stack:
        folder = keep or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        result = replayed(found, folder, settings)
    if result.status == "done":
        say("It ends well here. Run its manifest again to have it in the night's results.")
        raise typer.Exit(DONE)
    same = "It fails in the same way" if result.error_code == was.code else "It fails otherwise"
    say(f"{same}: {result.error_code}: {result.error_message}")
    raise typer.Exit(FAILS)


def replayed(bundle: Bundle, folder: Path, settings: RunConfig) -> Result:
    """The row's result, made below `folder` with the seed that it had."""
    out, manifest = folder / "out", folder / "manifest.parquet"
    if out.exists():
        raise ManifestUnusable("out_taken", f"{out} is there already: name a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    preset = bundle.preset_name
    job = replace(bundle.job, seed=bundle.seed, preset=preset, due=None)
    try:
        write_jobs([job], str(manifest))
    except (OverflowError, ValueError) as error:  # numbers that no manifest holds
        message = f"the row of the bundle is none of a manifest: {error}"
        raise ManifestUnusable("bundle_unreadable", message) from error
    for retake in bundle.retakes:
        give(str(out), retake_from(bundle.job.job_id, retake, datetime.now(UTC)))
    run([str(manifest)], str(out), settings, executor=InProcess)
    return next(iter(read_results(str(out))))


def replay_differences(bundle: Bundle, settings: RunConfig) -> Iterator[str]:
    """What is not here as it was there, in words."""
    here = versions_here()
    for name, there in bundle.versions.items():
        if here.get(name) != there:
            yield f"{name} is {here.get(name, 'not there')}, and was {there}"
    preset = preset_named(bundle.preset_name, settings.presets)
    if preset.digest != bundle.preset:
        yield f"the preset {preset.name} has other weights or settings"
    register = bundle.config.get("consents")
    if register and settings.consents is None:
        yield f"no register of consents is asked (`consents` in the settings), and there {register}"
    if input_versions(bundle.job) != bundle.inputs:
        yield "an input was changed, moved or is gone"
