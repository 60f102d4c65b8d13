"""What commands say to people, and the exit codes that they share."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from manifests.rows import unknown_columns

ALL_DONE, SOME_NOT_DONE, UNUSABLE = 0, 1, 2

Manifests = Annotated[
    list[str], typer.Argument(help="Parquet file or folder, .csv or .jsonl; a path or s3://.")
]
Out = Annotated[str, typer.Argument(help="The output folder or s3:// prefix of a run.")]


def say(text: str, *, style: str = "") -> None:
    Console().print(Text(text, style=style), soft_wrap=True)


def warn_of_columns(uris: list[str]) -> None:
    for uri in uris:
        for column in unknown_columns(uri):
            hint = f"; did you mean {column.meant}?" if column.meant else ""
            say(
                f"{uri}: the column {column.name} is not known and is not read{hint}",
                style="yellow",
            )
