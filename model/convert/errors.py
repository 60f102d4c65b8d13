"""The error of the converter: the checkpoint, the folder or the call is wrong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

SHOWN = 6


class ConversionError(ValueError):
    """Nothing was written; the message names the file, the keys and the remedy."""


def some(names: Sequence[str]) -> str:
    """The first few names, and how many more there are."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "")


@contextmanager
def naming(file: str) -> Iterator[None]:
    """Put the file's name before the message of a `ConversionError`."""
    try:
        yield
    except ConversionError as error:
        raise ConversionError(f"{file}: {error}") from error
