"""The command `rushes bench`: what a segment costs on this machine."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from jobs.console import say, say_as_it_is
from manifests.errors import ManifestUnusable

NAMES = ("small", "middle", "hallo3-5b")
SOME_FAILED = 1


def bench_command(  # noqa: PLR0913, PLR0917  flags
    size: Annotated[str, typer.Option(help=f"One of: {', '.join(NAMES)}.")] = "small",
    rounds: Annotated[int, typer.Option(help="Times each part is timed.", min=1)] = 5,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Time the step with compiled blocks too.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the figures; benchmarks/results, or `card` with --card."),
    ] = None,
    card: Annotated[
        bool, typer.Option("--card", help="All that a day with a card is for; docs/card.md.")
    ] = False,
    minutes: Annotated[float, typer.Option(help="With --card: time it may take.", min=0.5)] = 9.0,
    small: Annotated[
        bool, typer.Option("--small", help="With --card: rehearse at small size, on a CPU too.")
    ] = False,
    training: Annotated[
        Path | None, typer.Option(help="With --card: settings of a training; docs/train.md.")
    ] = None,
    shard_mb: Annotated[
        float | None, typer.Option(help="With --card: largest file of trained weights.", min=0.1)
    ] = None,
) -> None:
    """Time a guided step, the reference network, a decode and one whole segment, on what is found.

    Weights are random. The step is timed against the plain computation of Hallo3 by turns in this
    process, attention by backend against a matrix product. Writes bench-SIZE.json into the folder.
    With --card it does the parts of docs/card.md instead, and called again goes on with what is
    missing. Exit code 1: some part failed.
    """
    if card:
        _day_of_the_card(
            out or Path("card"),
            small=small,
            minutes=minutes,
            training=training,
            shard_mb=shard_mb,
        )
        return
    if size not in NAMES:
        raise ManifestUnusable("call_wrong", f"there is no size {size}; one of {', '.join(NAMES)}")
    from model.bench.device import found_device  # noqa: PLC0415 - loads torch
    from model.bench.segment_parts import bench  # noqa: PLC0415 - loads torch

    figures = bench(size, found_device(), rounds, compiled=compiled)
    figures |= {
        "command": f"rushes bench --size {size} --rounds {rounds}" + " --compile" * compiled,
        "machine": platform.machine(),
        "date": datetime.now(UTC).date().isoformat(),
    }
    out = out or Path("benchmarks/results")
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=2)
    (out / f"bench-{size}.json").write_text(text + "\n", encoding="utf-8")
    say_as_it_is(text)


def _day_of_the_card(
    out: Path, *, small: bool, minutes: float, training: Path | None, shard_mb: float | None
) -> None:
    began = monotonic()
    from model.bench.device import device_name, found_device  # noqa: PLC0415 - loads torch
    from pipeline.card.kept import FAILED, ended_parts  # noqa: PLC0415 - with the rest
    from pipeline.card.runner import CardDay, run_day  # noqa: PLC0415
    from pipeline.card.summary import summary_lines  # noqa: PLC0415

    device = found_device()
    if device.type != "cuda" and not small:
        raise ManifestUnusable(
            "call_wrong", "no accelerator is found here: --small rehearses the day on this CPU"
        )
    day = CardDay(
        folder=out,
        device=device.type,
        device_name=device_name(device),
        small=small,
        deadline=began + 60 * minutes,
        training=training,
        shard_mb=shard_mb,
    )
    run_day(day, say)
    say_as_it_is("\n".join(summary_lines(out, day.device_name)))
    if any(result.state == FAILED for result in ended_parts(out).values()):
        raise typer.Exit(SOME_FAILED)
