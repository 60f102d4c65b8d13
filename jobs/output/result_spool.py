"""The results of jobs that are over, on disk: a night of a hundred thousand takes no more memory
than one of a hundred."""

from __future__ import annotations

import pickle
import tempfile
from array import array
from collections.abc import Iterator, Mapping, Sequence
from errno import ENOSPC
from os import SEEK_END
from weakref import finalize

from manifests.errors import Transient
from manifests.results import Result

_NONE = -1


class ResultSpool:
    """Keeps a result for each of the names; all that grows with the night is a nameless file.

    `results.parquet` is the record; this file goes with its process.
    """

    def __init__(self, names: Sequence[str | None]) -> None:
        self._row: dict[str, int] = {}
        self._starts = array("q")
        self.extend(names)
        # without a buffer: what did not fit must not fail again when the others are read
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - closed when this goes
        finalize(self, self._file.close)

    def extend(self, names: Sequence[str | None]) -> None:
        """Further rows, behind the others."""
        first = len(self._starts)
        self._row |= {name: row for row, name in enumerate(names, first) if name is not None}
        self._starts.extend([_NONE] * len(names))

    def rename(self, old: str, new: str) -> None:
        """The row of `old` is that of `new`, and has no result."""
        self._row[new] = self._row.pop(old)
        self._starts[self._row[new]] = _NONE

    def __contains__(self, name: str) -> bool:
        return self._starts[self._row[name]] != _NONE

    def __getitem__(self, name: str) -> Result:
        return self._read(self._starts[self._row[name]])

    def put(self, name: str, result: Result) -> None:
        """Keep the result; raises Transient `disk_full` when there is no room for it."""
        try:
            start = self._file.seek(0, SEEK_END)
            self._append(pickle.dumps(result))
        except OSError as error:
            message = f"no room for results in {tempfile.gettempdir()}: free some, then run again"
            raise Transient("disk_full", message) from error
        self._starts[self._row[name]] = start

    def rows(self, others: Mapping[int, Result]) -> Iterator[Result]:
        """The results by row, one at a time, with those of `others` at their rows."""
        for row, start in enumerate(self._starts):
            if row in others:
                yield others[row]
            elif start != _NONE:
                yield self._read(start)

    def _append(self, content: bytes) -> None:
        if self._file.write(content) < len(content):
            raise OSError(ENOSPC, "there was room for a part of it")

    def _read(self, start: int) -> Result:
        self._file.seek(start)
        found: Result = pickle.load(self._file)  # noqa: S301 - written above, by this process
        return found
