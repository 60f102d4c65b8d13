"""The command `rushes train`: from material to a folder of weights."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jobs.console import GracefulStop, say
from manifests.errors import ManifestUnusable, RushesError, Transient

if TYPE_CHECKING:  # it loads pydantic models of the pipeline, whose siblings load torch
    from pipeline.training.config import TrainingConfig

STOPPED = 130


def train_command(
    settings: Annotated[Path, typer.Argument(help="TOML file of the training; docs/train.md.")],
    only: Annotated[
        list[str] | None, typer.Option(help="This stage alone; may be given several times.")
    ] = None,
    threads: Annotated[
        int | None, typer.Option(help="CPU threads, over the file's.", min=1)
    ] = None,
) -> None:
    """Train networks, stage by stage, and write their weights.

    Stop it at any time and call it again: it goes on from the last checkpoint, and ends with the
    weights that it would have had. Shots, curves and checkpoints are in the training's folder.
    Exit code 0: the stages are trained. 2: the file or the material is wrong. 130: stopped.
    """
    from pipeline.training.config import load_training  # noqa: PLC0415 - the rest loads torch

    config = load_training(settings)
    if threads is not None:
        config = config.model_copy(update={"threads": threads})
    for name in only or ():
        config.stage(name)
    stop = GracefulStop("stopping: the step in hand is saved first; once more to stop at once")
    stop.listen()
    _train(config, only or (), stop, settings)


def _train(config: TrainingConfig, only: Sequence[str], stop: GracefulStop, settings: Path) -> None:
    from model.training.loop import Stopped  # noqa: PLC0415 - loads torch
    from pipeline.training.run import run_training  # noqa: PLC0415 - loads torch

    try:
        run_training(config, only, say, stop)
    except OSError as error:
        raise _of_the_disk(error, settings) from error
    except ValueError as error:
        raise ManifestUnusable("training_failed", f"{settings}: {error}") from error
    except (Stopped, KeyboardInterrupt) as why:
        say(f"{str(why) or 'stopped'}; `rushes train {settings}` goes on from there")
        raise typer.Exit(STOPPED) from None


def _of_the_disk(error: OSError, settings: Path) -> RushesError:
    """Who must act: nobody but time when the disk is full, else who wrote the settings."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Transient(
            "disk_full", f"{settings}: {error.strerror}; make room and run it again to go on"
        )
    return ManifestUnusable("training_failed", f"{settings}: {error}")
