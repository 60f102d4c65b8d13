"""`rushes example`: a small manifest to try things with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from jobs.console import say
from jobs.examples.dubbing import dubbing
from jobs.examples.portraits import portraits, write_example
from manifests.errors import ManifestUnusable

KINDS = {"portraits": portraits, "dubbing": dubbing}


def example_command(
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
    if kind not in KINDS:
        raise ManifestUnusable(
            "unknown_example", f"there is no example {kind!r}; there are: {', '.join(KINDS)}"
        )
    manifest, told = write_example(KINDS[kind], Path(words[-1]))
    for each in told:
        say(each)
    say(f"Wrote {manifest}. Now run: rushes run {manifest} --out {manifest.parent / 'out'}")
