"""`rushes captions check`: every breach of the house rules in files of captions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from jobs.console import many, say, say_as_it_is
from manifests.errors import ManifestUnusable
from manifests.storage import absolute, storage_of
from pipeline.captions.check import Breach, breaches_of
from pipeline.captions.house_rules import house_rules, rules_of_text
from pipeline.captions.read import LARGEST_BYTES, read_captions

KINDS = ("check",)
NO_BREACH, SOME_BREACHES = 0, 1


def captions_command(
    kind: Annotated[str, typer.Argument(help=f"What to do: {', '.join(KINDS)}.")],
    files: Annotated[list[str], typer.Argument(help=".srt, .vtt or .ttml; paths or s3://.")],
    language: Annotated[
        str | None,
        typer.Option(help="Whose rules hold (BCP 47); else those of most of a file's letters."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Tell it as JSON.")] = False,
) -> None:
    """List every breach of the house rules in files of captions, whoever made them.

    Exit code 0: none. 1: some. 2: a file cannot be read as captions.
    """
    if kind not in KINDS:
        raise ManifestUnusable("call_wrong", f"{kind} is nothing to do; give {' or '.join(KINDS)}")
    found = {file: checked(file, language) for file in files}
    if as_json:
        told = [
            {"file": file, "cues": cues, "breaches": [asdict(breach) for breach in breaches]}
            for file, (cues, breaches) in found.items()
        ]
        say_as_it_is(json.dumps(told, indent=2))
    else:
        for file, (cues, breaches) in found.items():
            show_breaches(file, cues, breaches)
    some = any(breaches for _, breaches in found.values())
    raise typer.Exit(SOME_BREACHES if some else NO_BREACH)


def checked(file: str, language: str | None = None) -> tuple[int, list[Breach]]:
    """How many cues a file has, and the breaches in it of the rules of its language."""
    uri = absolute(file)
    cues = read_captions(storage_of(uri).read(uri, 0, LARGEST_BYTES + 1), uri)
    rules = rules_of_text(cues) if language is None else house_rules(language)
    return len(cues), breaches_of(cues, rules)


def show_breaches(file: str, cues: int, breaches: Sequence[Breach]) -> None:
    for breach in breaches:
        minutes, seconds = divmod(breach.start_s, 60)
        where = f"{file} cue {breach.cue} at {minutes:02.0f}:{seconds:06.3f}"
        say(f"{where}: {breach.detail} [{breach.rule}]")
    told = "no breach of the house rules"
    if breaches:
        told = "1 breach" if len(breaches) == 1 else f"{len(breaches)} breaches"
    say(f"{file}: {many(cues, 'cue')}, {told}")
