"""The command line `rushes`: which commands there are, and what an error becomes.

A command's module is imported when it is called: a page of help needs no tool of a run.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from jobs.logs.terminal import one_line, told_on_terminal
from manifests.errors import RushesError, Transient


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the page of help tells it; `at` names the function that carries it out."""

    group: str
    name: str
    at: str
    line: str

    def load(self) -> typer.core.TyperCommand:
        """With its arguments and flags, as its function has them."""
        module, _, function = self.at.partition(":")
        alone = typer.Typer(add_completion=False)
        alone.command(self.name)(getattr(import_module(module), function))
        loaded = typer.main.get_command(alone)
        if not isinstance(loaded, typer.core.TyperCommand):
            raise TypeError(f"{self.at} is no command")
        return loaded


MAKE, LOOK, MEND, DELIVER, TRAIN = "Make", "Look", "Mend", "Deliver", "Train"

COMMANDS = (
    Command(
        MAKE,
        "example",
        "jobs.commands.example:example_command",
        "Write a small manifest with its media into a new folder DIR, ready to run.",
    ),
    Command(
        MAKE,
        "check",
        "jobs.commands.check:check_command",
        "Tell every problem of every row: row, column, reason. Nothing is made.",
    ),
    Command(
        MAKE,
        "quote",
        "jobs.commands.quote:quote_command",
        "Tell what a manifest takes: segments, GPU-hours, price, when it ends, and what would"
        " help.",
    ),
    Command(
        MAKE,
        "run",
        "jobs.commands.run:run_command",
        "Make every row of the manifests into a finished video.",
    ),
    Command(
        MAKE,
        "add",
        "jobs.commands.add:add_command",
        "Add the rows of manifests to a run; every later run into OUT has them too.",
    ),
    Command(
        LOOK,
        "status",
        "jobs.commands.status:status_command",
        "Tell where a run stands, from its output folder alone.",
    ),
    Command(
        LOOK,
        "report",
        "jobs.commands.review.report:report_command",
        "Write the page that shows a night: OUT/report.html, for a browser, without a network.",
    ),
    Command(
        LOOK,
        "serve",
        "jobs.commands.review.serve:serve_command",
        "Serve the report of a run live, where jobs are approved, rejected, retaken and steered.",
    ),
    Command(
        LOOK,
        "approve",
        "jobs.commands.approve:approve_command",
        "Approve rows of a proof, so that `rushes run --approved PROOF` renders them.",
    ),
    Command(
        LOOK,
        "reject",
        "jobs.commands.review.reject:reject_command",
        "Reject finished videos as they are: the rows count as `rejected` until made anew.",
    ),
    Command(
        LOOK,
        "verify",
        "jobs.commands.verify:verify_command",
        "Compare all that was delivered with its digests, and render some segments again.",
    ),
    Command(
        LOOK,
        "compare",
        "jobs.commands.review.compare:compare_command",
        "Tell what differs between two nights, down to frames and gates.",
    ),
    Command(
        LOOK,
        "voices",
        "jobs.commands.voices:voices_command",
        "List the voices that can speak here, with grade and licence; or write a sample.",
    ),
    Command(
        MEND,
        "hold",
        "jobs.commands.steer:hold_command",
        "Start nothing new for these jobs; what is in hand is finished first.",
    ),
    Command(
        MEND,
        "release",
        "jobs.commands.steer:release_command",
        "Let jobs go on that were held or cancelled.",
    ),
    Command(
        MEND,
        "cancel",
        "jobs.commands.steer:cancel_command",
        "End jobs with the status `cancelled`; the segments in hand are finished and kept.",
    ),
    Command(
        MEND,
        "prioritise",
        "jobs.commands.steer:prioritise_command",
        "Give jobs another priority than their rows have.",
    ),
    Command(
        MEND,
        "choose",
        "jobs.commands.review.choose:choose_command",
        "Take a version of a job as it is, whatever its gates say; or list its versions.",
    ),
    Command(
        MEND,
        "calibrate",
        "jobs.commands.review.calibrate:calibrate_command",
        "Write gates from the figures of good clips, for each preset and language.",
    ),
    Command(
        MEND,
        "retake",
        "jobs.commands.retake:retake_command",
        "Ask for a part of a video again with another seed; what is before and behind stays.",
    ),
    Command(
        MEND,
        "clean",
        "jobs.commands.clean:clean_command",
        "Let go of the stored work behind finished rows: segments, joins, encodes.",
    ),
    Command(
        MEND,
        "replay",
        "jobs.commands.replay:replay_command",
        "Make the row of a replay bundle alone, in this process, and tell how it ends.",
    ),
    Command(
        MEND,
        "erase",
        "jobs.commands.erase:erase_command",
        "Remove all that was made of a person, and let nothing be made of it again.",
    ),
    Command(
        DELIVER,
        "signing",
        "jobs.commands.signing:signing_command",
        "Make a development certificate for content credentials, or sign trained weights.",
    ),
    Command(
        DELIVER,
        "captions",
        "jobs.commands.captions:captions_command",
        "List every breach of the house rules in files of captions, whoever made them.",
    ),
    Command(
        TRAIN,
        "train",
        "jobs.commands.train:train_command",
        "Train networks, stage by stage, and write their weights.",
    ),
    Command(
        TRAIN,
        "convert",
        "jobs.commands.convert:convert_command",
        "Convert an official checkpoint into a folder that a preset can name.",
    ),
    Command(
        TRAIN,
        "evaluate",
        "jobs.commands.review.evaluate:evaluate_command",
        "Judge generated clips against real ones: FID, FVD, Sync-C, Sync-D, E-FID, CSIM, flicker.",
    ),
    Command(
        TRAIN,
        "bench",
        "jobs.commands.bench:bench_command",
        "Time a guided step, the reference network, a decode and one whole segment, on what is"
        " found.",
    ),
    Command(
        TRAIN,
        "conformance",
        "jobs.commands.proofs.conformance:conformance_command",
        "Hold a renderer against what every renderer owes, check by check.",
    ),
)


class Later(typer.core.TyperCommand):
    """Stands for a command on the page of help, and becomes it when it is called."""

    def __init__(self, told: Command) -> None:
        super().__init__(told.name, help=told.line, rich_help_panel=told.group)
        self.told = told

    def make_context(self, *args: Any, **extra: Any) -> Any:  # noqa: ANN401 - typer's own types
        return self.told.load().make_context(*args, **extra)


class Commands(typer.core.TyperGroup):
    """The table as typer's group."""

    def __init__(self, **attributes: Any) -> None:  # noqa: ANN401 - typer's own
        super().__init__(**attributes)
        self.commands = {told.name: Later(told) for told in COMMANDS}


app = typer.Typer(
    name="rushes",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        from jobs.version import version_lines  # noqa: PLC0415 - looks at this machine

        for line in version_lines():
            typer.echo(one_line(line))
        raise typer.Exit


@app.callback()
def rushes(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_version,
            is_eager=True,
            help="Tell the version, its commit, torch and the device.",
        ),
    ] = False,
) -> None:
    """Talking-portrait videos by the night: a Parquet manifest in, finished videos out."""


def main() -> None:
    """Run the command line; errors that a person must mend are one sentence and exit code 2."""
    try:
        with told_on_terminal():
            app()
    except RushesError as error:
        from jobs.console import SOME_NOT_DONE, UNUSABLE, tell  # noqa: PLC0415 - loads Arrow

        tell(f"rushes: {error} [{error.code}]")
        sys.exit(SOME_NOT_DONE if isinstance(error, Transient) else UNUSABLE)
