"""The command `rushes quote`: what a manifest takes, before anything is rendered."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from jobs.additions import with_added
from jobs.console import say, say_as_it_is
from jobs.quote.best_cuts import cuts_for
from jobs.quote.device import device_model
from jobs.quote.forecast import WorkerCounts
from jobs.quote.history import known_paces, learned, own_costs
from jobs.quote.quote import Asked, quote_of
from jobs.quote.record import evaluated_shares
from jobs.quote.render import as_json, in_words
from jobs.quote.workload_reader import survey
from jobs.settings_file import load_config
from manifests.storage import absolute

MOST_USD = 1e6
"""For an hour: what is more is no price."""

CPUS_A_WORKER = 8
"""Slots for the stages without a generator that come with a worker, as machines are built."""


def quote_command(  # noqa: PLR0913, PLR0917 - its flags
    manifests: Annotated[
        list[str], typer.Argument(help="Parquet file or folder, .csv or .jsonl; a path or s3://.")
    ],
    workers: Annotated[int, typer.Option(help="Generators of the night.", min=1)] = 1,
    cpus: Annotated[
        int | None, typer.Option(help="Slots for CPU work; default 8 for each worker.", min=1)
    ] = None,
    usd_per_gpu_hour: Annotated[
        float | None, typer.Option(help="Price of a generator's hour.", min=0, max=MOST_USD)
    ] = None,
    out: Annotated[
        str | None, typer.Option(help="Output of a run: quote what is left of it, added rows too.")
    ] = None,
    history: Annotated[
        list[str] | None, typer.Option(help="Output of a finished run to learn from; repeatable.")
    ] = None,
    preset: Annotated[str | None, typer.Option(help="For rows that name none.")] = None,
    device: Annotated[
        str | None, typer.Option(help="Kind of device; default: what is found here.")
    ] = None,
    media: Annotated[
        bool, typer.Option("--media", help="Open the longest takes to say where to cut them.")
    ] = False,
    as_json_text: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings of the run.")] = None,
) -> None:
    """Tell what a manifest takes: segments, GPU-hours, price, when it ends, and what would help.

    Nothing is rendered. Exit code 0; 2: a manifest or the call is wrong.
    """
    settings, now = load_config(config, preset=preset), datetime.now(UTC)
    place = absolute(out) if out is not None else None
    named = [absolute(uri) for uri in manifests]
    uris = with_added(place, named) if place is not None else named
    outs = [absolute(uri) for uri in (*(history or ()), *settings.history)]
    known = (*learned(outs), *(own_costs(place) if place else ()))
    load = survey(uris, settings, place)
    counts = WorkerCounts(workers=workers, cpus=cpus or CPUS_A_WORKER * workers)
    asked = Asked(
        counts=counts,
        device=device or device_model(settings.gpus),
        usd_per_gpu_hour=usd_per_gpu_hour,
        evaluated=evaluated_shares(settings),
        now_s=now.timestamp(),
        paces=known_paces([*outs, *([place] if place else [])]),
    )
    found = quote_of(load, known, asked)
    if media:
        found = quote_of(load, known, asked, cuts_for(found, uris, settings))
    if as_json_text:
        say_as_it_is(as_json(found, now))
        return
    for text in in_words(found, now):
        say(text)
