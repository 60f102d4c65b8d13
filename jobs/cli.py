"""The command line `rushes`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from jobs.bench_command import bench_command
from jobs.book import NOTHING, Summary
from jobs.captions_command import captions_command
from jobs.checking import check_manifest
from jobs.config import load_config
from jobs.convert_command import convert_command
from jobs.example import KINDS, write_example
from jobs.quote_command import quote_command
from jobs.replay_command import replay_command
from jobs.run import run
from jobs.standing import lines, standing_of
from jobs.steer_commands import (
    cancel_command,
    hold_command,
    prioritise_command,
    release_command,
)
from jobs.stopping import Stop
from jobs.train_command import train_command
from jobs.verify_command import verify_command
from manifests.errors import ManifestUnusable, RushesError, Transient
from manifests.rows import unknown_columns
from manifests.storage import absolute

ALL_DONE, SOME_NOT_DONE, UNUSABLE = 0, 1, 2

app = typer.Typer(
    name="rushes",
    help="Talking-portrait videos by the night: a Parquet manifest in, finished videos out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

Manifests = Annotated[
    list[str], typer.Argument(help="Parquet file or folder, .csv or .jsonl; a path or s3://.")
]
Out = Annotated[str, typer.Argument(help="The output folder or s3:// prefix of a run.")]


def say(text: str, *, style: str = "") -> None:
    Console().print(Text(text, style=style), soft_wrap=True)


@app.command("run")
def run_command(  # noqa: PLR0913, PLR0917  the flags
    manifests: Manifests,
    out: Annotated[str, typer.Option(help="Folder or s3:// prefix for all that is made.")],
    preset: Annotated[str | None, typer.Option(help="For rows that name none.")] = None,
    gpus: Annotated[
        int | None, typer.Option(help="Generators on GPUs; default all, 0 for CPUs.", min=0)
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Ray cluster; default: one of our own.")
    ] = None,
    budget_gpu_hours: Annotated[
        float | None, typer.Option(help="Begin no row that would take the run beyond it.")
    ] = None,
    budget_usd: Annotated[
        float | None,
        typer.Option(help="The same in money; needs usd_per_gpu_hour in the settings."),
    ] = None,
    events: Annotated[
        str | None, typer.Option(help="File or pipe that gets a line of JSON for each event.")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings of the run.")] = None,
) -> None:
    """Make every row of the manifests into a finished video.

    Run the same command again to go on after an interruption; what is finished is not done again.
    Exit code 0: every row is done. 1: some rows are not. 2: a manifest or the call is wrong.
    """
    settings = load_config(
        config,
        preset=preset,
        gpus=gpus,
        address=address,
        budget_gpu_hours=budget_gpu_hours,
        budget_usd=budget_usd,
        events=events,
    )
    uris = [absolute(uri) for uri in manifests]
    warn_of_columns(uris)
    stop = Stop("stopping: segments in hand are finished first; once more to stop at once")
    stop.listen()
    summary = run(uris, absolute(out), settings, stopping=stop)
    say(sentence(summary, absolute(out)))
    if summary.taken_over:
        say(f"Another run took over {absolute(out)} and goes on with it; this one stopped.")
    elif stop.asked and summary.left:
        say("Interrupted. Run the same command again to go on.")
    elif summary.left and (settings.budget_gpu_hours or settings.budget_usd):
        say("The budget is used. To go on, run the same command again with a larger one.")
    raise typer.Exit(ALL_DONE if summary.complete else SOME_NOT_DONE)


def warn_of_columns(uris: list[str]) -> None:
    for uri in uris:
        for column in unknown_columns(uri):
            hint = f"; did you mean {column.meant}?" if column.meant else ""
            say(
                f"{uri}: the column {column.name} is not known and is not read{hint}",
                style="yellow",
            )


def sentence(summary: Summary, out: str) -> str:
    """How a run ended, in words."""
    if summary == NOTHING:
        return f"The manifest has no rows. Results: {out}/results.parquet"
    if summary.complete and not summary.done:
        return f"Nothing to do: all {summary.kept} rows were finished before. Results: {out}"
    parts = [f"{summary.done} done"]
    more = {
        "finished before": summary.kept,
        "failed": summary.failed,
        "rejected": summary.rejected,
        "invalid": summary.invalid,
        "cancelled": summary.cancelled,
        "held": summary.held,
        "not reached": summary.left,
    }
    parts += [f"{count} {name}" for name, count in more.items() if count]
    return f"{', '.join(parts)}. Results: {out}/results.parquet"


@app.command()
def check(
    manifests: Manifests,
    media: Annotated[
        bool, typer.Option("--media", help="Open every portrait and recording.")
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
    raise typer.Exit(SOME_NOT_DONE if problems else ALL_DONE)


@app.command()
def status(
    out: Out,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
) -> None:
    """Tell where a run stands, from its output folder alone."""
    standing = standing_of(absolute(out))
    if as_json:
        typer.echo(json.dumps(asdict(standing), indent=2, ensure_ascii=False))
        return
    for text in lines(standing):
        say(text)


@app.command()
def example(
    words: Annotated[
        list[str], typer.Argument(metavar="[KIND] DIR", help=f"Kinds: {', '.join(KINDS)}.")
    ],
) -> None:
    """Write a small manifest with its media into a new folder DIR, ready to run."""
    if len(words) > 2:  # noqa: PLR2004 - a kind and a folder
        raise ManifestUnusable(
            "call_wrong", "give a kind and one folder: rushes example portraits DIR"
        )
    kind = words[0] if len(words) > 1 else next(iter(KINDS))
    manifest = write_example(kind, Path(words[-1]))
    say(f"Wrote {manifest}. Now run: rushes run {manifest} --out {manifest.parent / 'out'}")


app.command("convert")(convert_command)
app.command("quote")(quote_command)
app.command("bench")(bench_command)
app.command("train")(train_command)
app.command("hold")(hold_command)
app.command("release")(release_command)
app.command("cancel")(cancel_command)
app.command("prioritise")(prioritise_command)
app.command("verify")(verify_command)
app.command("captions")(captions_command)
app.command("replay")(replay_command)


def main() -> None:
    """Run the command line; errors that a person must mend are one sentence and exit code 2."""
    try:
        app()
    except RushesError as error:
        sys.stderr.write(f"rushes: {error} [{error.code}]\n")
        sys.exit(SOME_NOT_DONE if isinstance(error, Transient) else UNUSABLE)
