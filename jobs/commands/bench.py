"""The command `rushes bench`: what a segment costs on this machine."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from jobs.console import say_as_it_is
from manifests.errors import ManifestUnusable

NAMES = ("small", "middle", "hallo3-5b")


def bench_command(
    size: Annotated[str, typer.Option(help=f"One of: {', '.join(NAMES)}.")] = "small",
    rounds: Annotated[int, typer.Option(help="Times each part is timed.", min=1)] = 5,
    compiled: Annotated[
        bool, typer.Option("--compile", help="Time the step with compiled blocks too.")
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder for the figures.")] = Path("benchmarks/results"),
) -> None:
    """Time a guided step, the reference network, a decode and one whole segment, on what is found.

    Weights are random. The step is timed against the plain computation of Hallo3 by turns in this
    process, attention by backend against a matrix product. Writes bench-SIZE.json into the folder.
    """
    if size not in NAMES:
        raise ManifestUnusable("call_wrong", f"there is no size {size}; one of {', '.join(NAMES)}")
    from model.bench.segment_parts import bench, found_device  # noqa: PLC0415 - loads torch

    figures = bench(size, found_device(), rounds, compiled=compiled)
    figures |= {
        "command": f"rushes bench --size {size} --rounds {rounds}" + " --compile" * compiled,
        "machine": platform.machine(),
        "date": datetime.now(UTC).date().isoformat(),
    }
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(figures, indent=2)
    (out / f"bench-{size}.json").write_text(text + "\n", encoding="utf-8")
    say_as_it_is(text)
