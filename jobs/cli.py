"""The command line `rushes`: which commands there are, and what an error becomes."""

from __future__ import annotations

import sys

import typer

from jobs.commands.add import add_command
from jobs.commands.approve import approve_command
from jobs.commands.bench import bench_command
from jobs.commands.captions import captions_command
from jobs.commands.check import check_command
from jobs.commands.convert import convert_command
from jobs.commands.example import example_command
from jobs.commands.quote import quote_command
from jobs.commands.replay import replay_command
from jobs.commands.retake import retake_command
from jobs.commands.run import run_command
from jobs.commands.status import status_command
from jobs.commands.steer import (
    cancel_command,
    hold_command,
    prioritise_command,
    release_command,
)
from jobs.commands.train import train_command
from jobs.commands.verify import verify_command
from jobs.console import SOME_NOT_DONE, UNUSABLE, tell
from manifests.errors import RushesError, Transient

app = typer.Typer(
    name="rushes",
    help="Talking-portrait videos by the night: a Parquet manifest in, finished videos out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.command("run")(run_command)
app.command("check")(check_command)
app.command("status")(status_command)
app.command("example")(example_command)
app.command("convert")(convert_command)
app.command("quote")(quote_command)
app.command("bench")(bench_command)
app.command("train")(train_command)
app.command("hold")(hold_command)
app.command("release")(release_command)
app.command("cancel")(cancel_command)
app.command("prioritise")(prioritise_command)
app.command("add")(add_command)
app.command("approve")(approve_command)
app.command("retake")(retake_command)
app.command("verify")(verify_command)
app.command("captions")(captions_command)
app.command("replay")(replay_command)


def main() -> None:
    """Run the command line; errors that a person must mend are one sentence and exit code 2."""
    try:
        app()
    except RushesError as error:
        tell(f"rushes: {error} [{error.code}]")
        sys.exit(SOME_NOT_DONE if isinstance(error, Transient) else UNUSABLE)
