"""The log of one process of a run: JSON lines in numbered files, of a bounded size in all."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from jobs.logs.fields import FIELDS, bound_fields
from jobs.logs.redaction import Redaction
from jobs.logs.terminal import one_line

PART_BYTES = 1 << 20
"""Of one file: so much is sent anew when a line is added on S3, where nothing can be appended."""

PARTS = 32
"""Files of one process: the first, which tells how it began, and the latest."""

_LONGEST = 4_000
"""Letters of a message or a traceback; the end of a longer one is cut off."""

_LONGEST_READ = 5 * _LONGEST
"""Letters of a message that secrets are looked for in: what is behind them is never written."""


class LogFile(logging.Handler):
    """Writes the records of one run to `FOLDER/STEM.jsonl`, `FOLDER/STEM.2.jsonl` and so on.

    What cannot be written is left out: no night stops for its log. `changed` files were written
    to, `dropped` ones removed, for whoever stores them elsewhere.
    """

    def __init__(self, folder: Path, stem: str, run: str, level: int, hide: Redaction) -> None:
        super().__init__(level)
        self._folder = folder
        self._changed: set[str] = set()
        self._dropped: set[str] = set()
        self._stem = stem
        self._run = run
        self._hide = hide
        self._file: IO[bytes] | None = None
        self._part = 0
        self._bytes = 0

    def emit(self, record: logging.LogRecord) -> None:
        fields = bound_fields()
        if fields.get("run", self._run) != self._run:
            return
        try:
            self._write(f"{self._line(record, fields)}\n".encode())
        except OSError:  # a full disk, a folder that is gone
            return

    def take_changes(self) -> tuple[set[str], set[str]]:
        """The `changed` and the `dropped` since the last call."""
        self.acquire()
        try:
            taken = self._changed, self._dropped
            self._changed, self._dropped = set(), set()
        finally:
            self.release()
        return taken

    def changed_again(self, names: Iterable[str]) -> None:
        """Files whose change was taken and could not be told on."""
        self.acquire()
        try:
            self._changed |= {name for name in names if (self._folder / name).exists()}
        finally:
            self.release()

    def close(self) -> None:
        self.acquire()
        try:
            if self._file is not None:
                self._file.close()
            self._file = None
        finally:
            self.release()
        super().close()

    def _line(self, record: logging.LogRecord, fields: Mapping[str, str]) -> str:
        clean, time = self._hide.cleaned, datetime.fromtimestamp(record.created, UTC)
        told = {
            "time": time.isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        fields = {"run": self._run, **fields}
        told |= {name: clean(fields[name]) for name in FIELDS if name in fields}
        told["message"] = clean(_message(record)[:_LONGEST_READ])[:_LONGEST]
        if record.exc_info and record.exc_info[0] is not None:
            text = "".join(traceback.format_exception(*record.exc_info))
            told["traceback"] = clean(text[-_LONGEST_READ:])[-_LONGEST:]
        return one_line(json.dumps(told, ensure_ascii=False))

    def _write(self, line: bytes) -> None:
        file = self._file
        if file is None or self._bytes + len(line) > PART_BYTES:
            file = self._next_part()
        self._bytes += file.write(line)
        self._changed.add(self._file_name(self._part))

    def _next_part(self) -> IO[bytes]:
        """Go on in another file, and remove the oldest but the first where there are too many."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = (self._folder / self._file_name(self._part + 1)).open("ab", buffering=0)
        if self._file is not None:
            self._file.close()
        self._file, self._bytes = file, 0
        self._part += 1
        oldest = self._part - PARTS + 1
        if oldest > 1:
            self._changed.discard(self._file_name(oldest))
            self._dropped.add(self._file_name(oldest))
            (self._folder / self._file_name(oldest)).unlink(missing_ok=True)
        return file

    def _file_name(self, part: int) -> str:
        return f"{self._stem}.jsonl" if part == 1 else f"{self._stem}.{part}.jsonl"


def _message(record: logging.LogRecord) -> str:
    """A sentence whose values do not fit it is better than none."""
    try:
        return record.getMessage()
    except (TypeError, ValueError):
        return str(record.msg)
