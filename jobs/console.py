"""What commands say to people and how they are stopped, and the arguments and exit codes that they
share."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from jobs.logs.terminal import one_line, write_line
from manifests.reading.rows import unknown_columns, zoneless_columns

ALL_DONE, SOME_NOT_DONE, UNUSABLE = 0, 1, 2

Manifests = Annotated[
    list[str], typer.Argument(help="Parquet file or folder, .csv or .jsonl; a path or s3://.")
]
Out = Annotated[str, typer.Argument(help="The output folder or s3:// prefix of a run.")]
Consents = Annotated[
    str | None, typer.Option(help="Register of consents: .csv, .parquet or .jsonl.")
]
RequireConsent = Annotated[
    bool | None, typer.Option("--require-consent", help="Refuse rows that name no consent.")
]


def line_of(text: str, *, style: str = "") -> Text:
    """A line for a console."""
    return Text(one_line(text), style=style)


def say(text: str, *, style: str = "") -> None:
    """A line for people, on stdout."""
    Console().print(line_of(text, style=style), soft_wrap=True)


def say_as_it_is(lines: str) -> None:
    """Lines for programs or of our own making, on stdout, of any length."""
    for line in lines.split("\n"):
        typer.echo(one_line(line))


def many(count: int, noun: str) -> str:
    """How many there are, in words: `1 row`, `2 rows`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def tell(text: str) -> None:
    """A line for people, on stderr."""
    write_line(text)


def warn_of_columns(uris: list[str]) -> None:
    for uri in uris:
        for column in unknown_columns(uri):
            hint = f"; did you mean {column.meant}?" if column.meant else ""
            say(
                f"{uri}: the column {column.name[:60]} is not known and is not read{hint}",
                style="yellow",
            )
        for name in zoneless_columns(uri):
            told = "has times without a zone, which are read as UTC"
            say(f"{uri}: the column {name} {told}", style="yellow")


class GracefulStop:
    """Becomes true at the first SIGINT or SIGTERM, with a sentence; the second is a
    `KeyboardInterrupt`."""

    def __init__(self, sentence: str) -> None:
        self.asked = False
        self._sentence = sentence

    def __call__(self) -> bool:
        return self.asked

    def listen(self) -> None:
        signal.signal(signal.SIGINT, self._note)
        signal.signal(signal.SIGTERM, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        tell(self._sentence)
