"""`rushes verify`: are the files of a run still those that were made, and do they come out the same
again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import cache, partial
from itertools import chain
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from jobs.config import RunConfig
from jobs.console import say, say_as_it_is
from jobs.logs.terminal import one_line
from jobs.output.foreign_settings import settings_handed
from jobs.output.let_go import let_go_rows
from jobs.output.run_file import read_run_file
from jobs.settings_file import load_config
from jobs.verify.copies import (
    ComparedWith,
    copy_found,
    copy_lines,
    delivered_by_digest,
    jobs_by_mark,
)
from jobs.verify.delivered_files import Files, HowToLook, look_at_files, results_of
from jobs.verify.rerender import Rerendered, SegmentVerifier
from jobs.verify.sample import sample_files, sample_segments
from manifests.artifact import C2PA
from manifests.errors import BadInput, Missing
from manifests.storage import absolute, redacted, storage_of
from pipeline.delivery.provenance.c2pa_files import SignedPath
from pipeline.delivery.watermark.payload import watermark_key
from pipeline.workspace.copies import is_local
from pipeline.workspace.workspace import Workspace

ALL_RIGHT, SOMETHING_DIFFERS = 0, 1

SHOWN = 20
"""So many erased rows are told one by one."""

RIGHT = ("same", "close", "let_go")


def verify_command(  # noqa: PLR0913, PLR0917  the flags
    targets: Annotated[
        list[str],
        typer.Argument(
            metavar="OUT|FILE...",
            help="The output folder or s3:// prefix of a run; or files that were delivered.",
        ),
    ],
    sample: Annotated[
        int,
        typer.Option(help="Segments to render again, and files to decode; 0 for none.", min=0),
    ] = 3,
    deep: Annotated[bool, typer.Option("--deep", help="Decode all files.")] = False,
    seed: Annotated[int, typer.Option(help="Of the draw of segments and files.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
    out: Annotated[
        str | None, typer.Option(help="With FILE: the output of the run that it may be of.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="TOML file: programs, weights and folders of this machine.")
    ] = None,
) -> None:
    """Compare all that was delivered with its digests, and render some segments again.

    What files hold is read back, and some are decoded. Of FILE, tell what it says of itself.
    Nothing in OUT is changed. Exit code 0: all is right. 1: something differs, is missing, extra or
    could not be compared; nothing vouches for a file. 2: OUT is not the output of a run, or cannot
    be read.
    """
    uris = [absolute(target) for target in targets]
    if all(storage_of(uri).stat(uri) is not None for uri in uris):
        right = verify_copies(uris, absolute(out) if out else "", load_config(config), as_json)
        raise typer.Exit(ALL_RIGHT if right else SOMETHING_DIFFERS)
    if len(uris) > 1 or out is not None:
        lacking = next(uri for uri in uris if storage_of(uri).stat(uri) is None)
        raise Missing(f"{redacted(lacking)} is no file; name one output of a run, or files")
    right = verify_output(uris[0], config, HowMuch(sample=sample, deep=deep, seed=seed), as_json)
    raise typer.Exit(ALL_RIGHT if right else SOMETHING_DIFFERS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HowMuch:
    """So many segments are rendered again and files decoded, or all files where it is `deep`."""

    sample: int
    deep: bool
    seed: int


def verify_output(out: str, config: Path | None, much: HowMuch, as_json: bool) -> bool:
    """Look at a run's output and tell it; whether all is right."""
    settings = settings_of(out, config)
    decoded = None if much.deep else sample_files(results_of(out), much.sample, much.seed)
    workspace = Workspace(out=out, scratch=settings.scratch.absolute())
    how = HowToLook(
        decoded=decoded,
        brought=partial(brought_to, workspace),
        trusted=settings.signing.trusted(),
        key=watermark_key(settings.watermark_key_env),
    )
    files = look_at_files(out, results_of(out), how)
    remade = remade_of(out, settings, much.sample, much.seed)
    right = not files.findings and all(each.verdict in RIGHT for each in remade)
    erased = [result.job_id for result in results_of(out) if result.status == "erased"]
    if as_json:
        say_as_it_is(report(out, files, remade, erased, right=right))
    else:
        show_erased(erased)
        show_findings(files, remade, right=right)
    return right


def verify_copies(uris: list[str], out: str, settings: RunConfig, as_json: bool) -> bool:
    """Tell what files say of themselves; whether something vouches for each."""
    known = ComparedWith(
        delivered=delivered_by_digest(results_of(out)) if out else {},
        marks=cache(lambda: jobs_by_mark(results_of(out)) if out else {}),
        trusted=settings.signing.trusted(),
        key=watermark_key(settings.watermark_key_env),
    )
    workspace = Workspace(out="", scratch=settings.scratch.absolute())
    found = []
    for uri in uris:
        with brought_to(workspace, uri) as path:
            if path is None:
                raise Missing(f"{redacted(uri)} is gone; name a file that is there")
            with brought_to(workspace, uri + C2PA) as beside:
                signed = SignedPath(path=path, name=uri.rpartition("/")[2], beside=beside)
                found.append(copy_found(uri, signed, known))
    if as_json:
        told = [asdict(each) | {"vouched": each.vouched} for each in found]
        say_as_it_is(json.dumps({"files": told}, indent=2))
    else:
        for line in chain.from_iterable(map(copy_lines, found)):
            say(line)
    return all(each.vouched for each in found)


@contextmanager
def brought_to(workspace: Workspace, uri: str) -> Iterator[Path | None]:
    """A delivered file on this machine: in place, or downloaded to scratch; None when it went
    meanwhile."""
    if is_local(uri):
        yield Path(uri) if storage_of(uri).stat(uri) is not None else None
        return
    with workspace.scratch_dir() as folder:
        path = folder / uri.rpartition("/")[2]
        try:
            storage_of(uri).download(uri, path)
        except BadInput:
            yield None
            return
        yield path


def settings_of(out: str, config: Path | None) -> RunConfig:
    """Those of this machine, and what the last run was made with where they say nothing."""
    return settings_handed(read_run_file(out).get("config"), load_config(config))


def remade_of(out: str, settings: RunConfig, sample: int, seed: int) -> list[Rerendered]:
    """Render the segments that the seed draws; none asks for no weights and no scratch."""
    if not sample:
        return []
    workspace = Workspace(out=out, scratch=settings.scratch.absolute())
    workspace.open()
    let_go = let_go_rows(out, results_of(out))
    verifier = SegmentVerifier(out, settings.presets, workspace, let_go=let_go)
    return [verifier.remake(sampled) for sampled in sample_segments(results_of(out), sample, seed)]


def report(
    out: str, files: Files, remade: list[Rerendered], erased: list[str], *, right: bool
) -> str:
    told = {
        "out": out,
        "right": right,
        "files": asdict(files),
        "segments": [asdict(each) for each in remade],
        "erased": erased,
    }
    return json.dumps(told, indent=2)


def show_erased(jobs: Sequence[str]) -> None:
    """Rows of which nothing can be missing."""
    for job in jobs[:SHOWN]:
        say(f"erased  {job}")
    if len(jobs) > SHOWN:
        say(f"and {len(jobs) - SHOWN} more rows were erased")


def show_findings(files: Files, remade: list[Rerendered], *, right: bool) -> None:
    """For people: what is wrong by name, the segments as a table, and the verdict."""
    for finding in files.findings:
        told = f"{finding.what}  {finding.job_id or '-'}  {finding.uri}  {finding.detail}"
        say(told, style="red")
        say(f"    {finding.remedy}")
    if remade:
        Console().print(segments_table(remade))
    for each in remade:
        if each.detail:
            where = f"{each.job_id} segment {each.number}"
            say(f"{each.verdict}  {where}: {each.detail}")
    same, close, gone = (sum(each.verdict == verdict for each in remade) for verdict in RIGHT)
    counts = (
        f"{files.files} files ({files.bytes / 1e6:.1f} MB), {len(files.findings)} not right; "
        f"{same} of {len(remade)} segments came out the same"
    )
    if close:
        counts += f", {close} close to it on another class of device"
    if gone:
        counts += f", {gone} cannot be compared since their work was let go"
    say(f"{counts}. {'All is right.' if right else 'Not all is right.'}")


def segments_table(remade: list[Rerendered]) -> Table:
    heads = ("segment", "verdict", "compared", "frames", "differing", "pixels", "largest step")
    table = Table(*(Column(head, overflow="fold") for head in ("job", *heads)))
    for each in remade:
        found = each.difference
        numbers = (each.number, each.verdict, by(each), found.frames, found.differing_frames)
        table.add_row(
            one_line(each.job_id),
            *map(str, numbers),
            str(found.differing_pixels),
            str(found.largest),
        )
    return table


def by(remade: Rerendered) -> str:
    """How a segment was compared, in words."""
    return {"bits": "to the bit", "tolerance": "by tolerance", "none": "-"}[remade.compared]
