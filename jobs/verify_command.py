"""`rushes verify`: are the files of a run still those that were made, and do they come out the same
again."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from jobs.config import RunConfig, load_config
from jobs.remake import Remade, Studio
from jobs.runfile import read_run_file
from jobs.sampling import drawn
from jobs.verify import Files, look_at_files, results_of
from manifests.errors import ManifestUnusable
from manifests.storage import absolute
from pipeline.workplace import Workplace

ALL_RIGHT, SOMETHING_DIFFERS = 0, 1


def verify_command(
    out: Annotated[str, typer.Argument(help="The output folder or s3:// prefix of a run.")],
    sample: Annotated[
        int, typer.Option(help="Finished segments to render again; 0 for none.", min=0)
    ] = 3,
    seed: Annotated[int, typer.Option(help="Of the draw of these segments.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
    config: Annotated[
        Path | None, typer.Option(help="TOML file; default: the settings of the last run.")
    ] = None,
) -> None:
    """Compare all that was delivered with its digests, and render some segments again.

    Nothing in OUT is changed. Exit code 0: all is right. 1: something differs, is missing, extra or
    could not be compared. 2: OUT is not the output of a run, or cannot be read.
    """
    out = absolute(out)
    settings = settings_of(out, config)
    files = look_at_files(out, results_of(out))
    remade = remade_of(out, settings, sample, seed)
    right = not files.findings and all(each.verdict == "same" for each in remade)
    if as_json:
        typer.echo(report(out, files, remade, right=right))
    else:
        show(files, remade, right=right)
    raise typer.Exit(ALL_RIGHT if right else SOMETHING_DIFFERS)


def settings_of(out: str, config: Path | None) -> RunConfig:
    """The settings that were given, else those that the last run wrote down."""
    ran = read_run_file(out)
    if config is not None:
        return load_config(config)
    try:
        return RunConfig.model_validate(ran.get("config"))
    except ValidationError as error:
        message = f"the settings of the last run of {out} are of another version; give --config"
        raise ManifestUnusable("config_wrong", message) from error


def remade_of(out: str, settings: RunConfig, sample: int, seed: int) -> list[Remade]:
    """Render the segments that the seed draws; none asks for no weights and no scratch."""
    if not sample:
        return []
    place = Workplace(out=out, scratch=settings.scratch.absolute())
    place.open()
    studio = Studio(out, settings.presets, place)
    return [studio.remake(draw) for draw in drawn(results_of(out), sample, seed)]


def report(out: str, files: Files, remade: list[Remade], *, right: bool) -> str:
    told = {
        "out": out,
        "right": right,
        "files": asdict(files),
        "segments": [asdict(each) for each in remade],
    }
    return json.dumps(told, indent=2)


def show(files: Files, remade: list[Remade], *, right: bool) -> None:
    """For people: what is wrong by name, the segments as a table, and the verdict."""
    console = Console()
    for finding in files.findings:
        told = f"{finding.what}  {finding.job_id or '-'}  {finding.uri}  {finding.detail}"
        console.print(Text(told, style="red"), soft_wrap=True)
    if remade:
        console.print(table_of(remade))
    for each in remade:
        if each.detail:
            where = f"{each.job_id} segment {each.number}"
            console.print(Text(f"{each.verdict}  {where}: {each.detail}"), soft_wrap=True)
    same = sum(each.verdict == "same" for each in remade)
    counts = (
        f"{files.files} files ({files.bytes / 1e6:.1f} MB), {len(files.findings)} not right; "
        f"{same} of {len(remade)} segments came out the same"
    )
    console.print(Text(f"{counts}. {'All is right.' if right else 'Not all is right.'}"))


def table_of(remade: list[Remade]) -> Table:
    table = Table("job", "segment", "verdict", "frames", "differing", "pixels", "largest step")
    for each in remade:
        found = each.difference
        numbers = (each.number, each.verdict, found.frames, found.differing_frames)
        table.add_row(
            each.job_id, *map(str, numbers), str(found.differing_pixels), str(found.largest)
        )
    return table
