"""Lines for people on the terminal (stderr), which a terminal only shows."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal
from unicodedata import category

LogLevel = Literal["debug", "info", "warning", "error"]

LOGGER = logging.getLogger("rushes")
"""The parent of all our loggers."""

UNTOLD = ("rushes.driver", "rushes.run", "rushes.worker")
"""Loggers of the file alone: on a terminal the progress shows what they tell."""

_UNSEEN = {"Cc", "Cs", "Zl", "Zp"}
"""Control characters, halves of letters, and what ends a line."""

_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Turn the letters behind them around."""


def one_line(text: str) -> str:
    """One line that a terminal only shows, whoever wrote the text: what would steer it stands there
    as `\\u001b` does, which JSON reads too."""
    if text.isprintable():
        return text
    return "".join(
        f"\\u{ord(letter):04x}" if category(letter) in _UNSEEN or letter in _TURNING else letter
        for letter in text
    )


def write_line(text: str) -> None:
    """A line for people, on stderr."""
    sys.stderr.write(f"{one_line(text)}\n")


class TerminalHandler(logging.Handler):
    """Writes the sentence of a record, without its time or fields."""

    def emit(self, record: logging.LogRecord) -> None:
        terminals = [each for each in LOGGER.handlers if isinstance(each, TerminalHandler)]
        if record.name not in UNTOLD and terminals[-1:] == [self]:  # of a run in a run, the inner
            try:
                write_line(record.getMessage())
            except (OSError, ValueError):  # a terminal that is gone stops no night
                return


@contextmanager
def told_on_terminal(level: LogLevel = "info") -> Iterator[None]:
    """Our loggers tell people what is of this level at least."""
    with attached(TerminalHandler(level.upper())):
        yield


@contextmanager
def attached(handler: logging.Handler) -> Iterator[None]:
    """Our loggers hand their records to the handler, and to no logger of others meanwhile."""
    LOGGER.addHandler(handler)
    _adapt()
    try:
        yield
    finally:
        LOGGER.removeHandler(handler)
        _adapt()


def _adapt() -> None:
    levels = [handler.level for handler in LOGGER.handlers if handler.level]
    LOGGER.setLevel(min(levels, default=logging.NOTSET))
    LOGGER.propagate = not levels
