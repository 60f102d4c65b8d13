"""`rushes evaluate`: generated clips against real ones, in the figures that papers print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from jobs.console import say, say_as_it_is, tell
from manifests.errors import ManifestUnusable
from pipeline.quality.brought.backbones import backbone_files

ALL_READ, SOME_UNREAD = 0, 1


def evaluate_command(
    generated: Annotated[Path, typer.Argument(help="A folder of generated clips.")],
    real: Annotated[Path, typer.Argument(help="A folder of real clips.")],
    backbone: Annotated[
        list[str] | None,
        typer.Option(
            help="A network, NAME=FILE@sha256:DIGEST; once for each (docs/evaluate.md).",
            metavar="NAME=FILE@sha256:DIGEST",
        ),
    ] = None,
    every: Annotated[
        int, typer.Option(help="Show every Nth frame to networks of single frames.", min=1)
    ] = 1,
    paper_only: Annotated[
        bool, typer.Option("--paper-only", help="Leave the measures out that Rushes carries.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
) -> None:
    """Judge generated clips against real ones: FID, FVD, Sync-C, Sync-D, E-FID, CSIM, flicker.

    Networks are brought by you, as TorchScript or ONNX with their digests; a figure whose network
    is not there is told as missing. Exit code 0: every clip was read. 1: some were not. 2: the call
    is wrong, or a network.
    """
    _folders(generated, real)
    from pipeline.evaluate.metrics.evaluation import (  # noqa: PLC0415 - loads torch
        evaluated,
        instruments_of,
    )
    from pipeline.evaluate.metrics.evaluation_report import (  # noqa: PLC0415 - as above
        report_of,
        table_lines,
    )
    from pipeline.quality.brought.opened_backbones import (  # noqa: PLC0415 - as above
        open_backbone,
    )

    files = backbone_files(backbone or ())
    networks = {name: open_backbone(file) for name, file in files.items()}
    instruments, why_not = instruments_of(networks, every=every, own=not paper_only)
    found = evaluated(generated, real, instruments, why_not, tell)
    if as_json:
        say_as_it_is(json.dumps(report_of(found), indent=2, ensure_ascii=False))
    else:
        for line in table_lines(found):
            say(line)
    unread = found.generated.unread or found.real.unread
    raise typer.Exit(SOME_UNREAD if unread else ALL_READ)


def _folders(generated: Path, real: Path) -> None:
    for folder in (generated, real):
        if not folder.is_dir():
            message = f"{folder} is no folder on this machine; copy the clips here first"
            raise ManifestUnusable("path_unusable", message)
