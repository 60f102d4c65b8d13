"""`rushes compare`: what differs between two nights, down to frames and gates."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer

from jobs.compare.night_difference import NightDifference, lines_of_changes
from jobs.compare.two_nights import (
    NightOutput,
    Pair,
    UncomparedVideo,
    compared_nights,
    compared_videos,
    night_output,
)
from jobs.compare.video_difference import line_of_video
from jobs.console import Out, say, say_as_it_is
from manifests.storage import absolute

SAME, DIFFERS = 0, 1


def compare_command(
    out: Out,
    other: Annotated[str, typer.Argument(metavar="OTHER", help="The output of another run.")],
    frames: Annotated[
        bool, typer.Option(help="Decode videos whose bytes differ, and compare their frames.")
    ] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
) -> None:
    """Tell what differs between two nights, down to frames and gates.

    Nothing is changed. Exit code 0: all rows are the same. 1: something differs. 2: one is not the
    output of a run that ended.
    """
    one, two = night_output(absolute(out)), night_output(absolute(other))
    found = compared_nights(one, two)
    if as_json:
        say_as_it_is(json.dumps(_report(one, two, found, frames=frames), indent=2))
    else:
        _show(one, two, found, frames=frames)
    raise typer.Exit(DIFFERS if found.differs else SAME)


def _show(one: NightOutput, two: NightOutput, found: NightDifference, *, frames: bool) -> None:
    for name, before, after in _made_with(one, two):
        say(f"made with {name}: {before} -> {after}")
    for night, jobs in ((one, found.only_one), (two, found.only_other)):
        for job in jobs:
            say(f"{job}: only in {night.out}")
    for row in found.rows:
        say(row.job_id)
        for line in lines_of_changes(row.changes):
            say(line)
        if frames:
            for pair in compared_videos(one, two, row.job_id):
                say(_line_of_pair(pair))
    alone = len(found.only_one) + len(found.only_other)
    say(f"{found.same} rows the same, {len(found.rows)} differ, {alone} in one night only")


def _line_of_pair(pair: Pair) -> str:
    if isinstance(pair, UncomparedVideo):
        return f"  video {pair.profile}: not compared: {pair.why}"
    return line_of_video(pair)


def _made_with(one: NightOutput, two: NightOutput) -> list[tuple[str, object, object]]:
    names = dict.fromkeys((*one.made_with, *two.made_with))
    sides = [(name, one.made_with.get(name), two.made_with.get(name)) for name in names]
    return [side for side in sides if side[1] != side[2]]


def _report(
    one: NightOutput, two: NightOutput, found: NightDifference, *, frames: bool
) -> dict[str, object]:
    rows = [
        asdict(row)
        | {
            "videos": [asdict(each) for each in compared_videos(one, two, row.job_id)]
            if frames
            else []
        }
        for row in found.rows
    ]
    return {
        "one": one.out,
        "other": two.out,
        "made_with": [
            {"name": name, "one": before, "other": after}
            for name, before, after in _made_with(one, two)
        ],
        "only_one": list(found.only_one),
        "only_other": list(found.only_other),
        "rows": rows,
        "same": found.same,
        "differs": found.differs,
    }
