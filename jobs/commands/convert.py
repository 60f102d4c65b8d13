"""The command `rushes convert`: official research checkpoints to diffusers folders."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Annotated

import typer

from jobs.console import say
from manifests.errors import ManifestUnusable, RushesError, Transient

KINDS = ("hallo3",)
BYTES_PER_GB = 1_000_000_000


def convert_command(  # noqa: PLR0913, PLR0917 - each is an argument or a flag
    kind: Annotated[str, typer.Argument(help=f"What it is: {', '.join(KINDS)}.")],
    source: Annotated[Path, typer.Argument(help="The official folder, pretrained_models.")],
    destination: Annotated[Path, typer.Argument(help="A new folder.")],
    latent_frames: Annotated[int, typer.Option(help="Latent frames of a segment.")] = 13,
    latent_height: Annotated[int, typer.Option(help="Rows of a latent frame.")] = 60,
    latent_width: Annotated[int, typer.Option(help="Columns of a latent frame.")] = 90,
    audio_blocks: Annotated[int, typer.Option(help="Layers of the speech encoder.")] = 12,
    dtype: Annotated[
        str | None, typer.Option(help="bfloat16, float16 or float32; default: as it is.")
    ] = None,
    shard_gb: Annotated[float, typer.Option(help="Largest file of weights.", min=0.001)] = 5.0,
) -> None:
    """Convert an official checkpoint into a folder that a preset can name.

    Nothing is downloaded. The folder appears whole or not at all. Exit code 2: the source, the
    destination or the call is wrong.
    """
    if kind not in KINDS:
        raise ManifestUnusable(
            "call_wrong", f"{kind} cannot be converted; give {' or '.join(KINDS)}"
        )
    from model.convert import ConversionError, convert_hallo3  # noqa: PLC0415 - loads torch

    try:
        made = convert_hallo3(
            source,
            destination,
            latent_frames=latent_frames,
            latent_height=latent_height,
            latent_width=latent_width,
            audio_blocks=audio_blocks,
            dtype=dtype,
            shard_bytes=int(shard_gb * BYTES_PER_GB),
        )
    except ConversionError as error:
        raise ManifestUnusable("checkpoint_unusable", str(error)) from error
    except OSError as error:
        raise _of_the_disk(error, destination) from error
    say(f"Wrote {made.folder}: {', '.join(made.present)}; {made.bytes / BYTES_PER_GB:.1f} GB.")
    if made.absent:
        say(f"Not in the source: {', '.join(made.absent)}.")
    say(f"Weights digest: {made.digest}. Licences to clear: {made.folder / 'LICENSES.md'}")


def _of_the_disk(error: OSError, destination: Path) -> RushesError:
    """Who must act on a failing disk: nobody but time when it is full, else who named the path."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return Transient(
            "disk_full", f"{destination}: {error.strerror}; make room and run it again"
        )
    where = error.filename if error.filename is not None else destination
    return ManifestUnusable("path_unusable", f"{where}: {error.strerror}; mend it and run it again")
