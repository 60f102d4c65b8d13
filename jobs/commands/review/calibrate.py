"""`rushes calibrate`: gates from the figures of good clips."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer

from jobs.console import say, say_as_it_is
from jobs.output.results_writer import results_so_far
from jobs.output.run_file import read_run_file
from jobs.output.work_of_jobs import sidecar_uri
from manifests.errors import ManifestUnusable, RushesError
from manifests.storage import absolute
from pipeline.quality.calibration import Calibration, GoodClip, calibrated, heading
from pipeline.quality.gates import gates_text
from pipeline.sidecar import read_sidecar

_READERS = 16
"""Sidecars are read in parallel: on S3 each is one round trip."""


def calibrate_command(
    outs: Annotated[list[str], typer.Argument(help="Outputs of runs.", metavar="OUT...")],
    write: Annotated[Path | None, typer.Option(help="The file; default: it is printed.")] = None,
    quantile: Annotated[
        float, typer.Option(help="Part of the good figures that may be warned of.", min=0, max=0.5)
    ] = 0.01,
    margin: Annotated[
        float, typer.Option(help="How much further out what fails lies.", min=0, max=10)
    ] = 1.0,
) -> None:
    """Write gates from the figures of good clips, for each preset and language.

    Exit code 0: written. 2: an output is none, or nothing was measured there.
    """
    places = [absolute(out) for out in outs]
    clips = [clip for out in places for clip in good_clips(out)]
    how = Calibration(quantile=quantile, margin=margin)
    gates = tuple(calibrated(clips, how))
    if not gates:
        message = (
            f"{len(clips)} segments and takes were measured in {', '.join(places)}: too few of any "
            "measure; name outputs of more rows, made by this version"
        )
        raise ManifestUnusable("nothing_measured", message)
    text = gates_text(gates, heading(how, len(clips), places))
    if write is None:
        say_as_it_is(text.rstrip("\n"))
        return
    written(write, text)
    say(f"{len(gates)} gates from {len(clips)} segments and takes: {write}")


def written(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        message = f"{file} cannot be written: {error.strerror}"
        raise ManifestUnusable("path_unusable", message) from error


def good_clips(out: str) -> Iterator[GoodClip]:
    """What was measured of all rows that are done under `out`, but for those that people chose
    although their gates refused them."""
    read_run_file(out)
    done = [sidecar_uri(result) for result in results_so_far(out) if result.status == "done"]
    with ThreadPoolExecutor(_READERS) as readers:
        for clips in readers.map(clips_of_sidecar, done):
            yield from clips


def clips_of_sidecar(uri: str) -> Sequence[GoodClip]:
    """None of a sidecar that is gone or damaged."""
    try:
        sidecar = read_sidecar(uri)
    except RushesError:
        return ()
    if sidecar.chosen:
        return ()
    preset, language = sidecar.preset.name, sidecar.language
    figures = (*(drawn.figures for drawn in sidecar.drawn), sidecar.quality)
    return [GoodClip(preset=preset, language=language, figures=each) for each in figures if each]
