"""Keeps stored copies of a log's files where nothing can be appended (S3): replaced now and
then."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

from jobs.logs.log_file import LogFile
from manifests.errors import RushesError
from manifests.storage import join, overwrite, storage_of

EVERY_S = 5.0
"""How often what was written is stored: what a killed worker said last may be lost by so much."""


class LogUpload:
    """Stores the files of `log`, which lie in `spool`, under `folder`, on a thread of its own.

    What cannot be stored now is stored the next time; nobody waits longer than he wants to.
    """

    def __init__(self, log: LogFile, spool: Path, folder: str) -> None:
        self._log = log
        self._spool = spool
        self._folder = folder
        self._storing = threading.Lock()
        self._over = threading.Event()
        threading.Thread(target=self._now_and_then, daemon=True, name="log").start()

    def store(self, wait_s: float) -> None:
        """Store what was written; waits so long for it."""
        now = threading.Thread(target=self._store, args=(wait_s,), daemon=True, name="log now")
        now.start()
        now.join(wait_s)

    def close(self, wait_s: float) -> None:
        self._over.set()
        self.store(wait_s)

    def _now_and_then(self) -> None:
        while not self._over.wait(EVERY_S):
            self._store(EVERY_S)

    def _store(self, wait_s: float) -> None:
        """Files in turn: two threads would store an older state over a newer one."""
        if not self._storing.acquire(timeout=wait_s):
            return
        try:
            changed, dropped = self._log.take_changes()
            for name in sorted(changed):
                self._store_file(name)
            for name in sorted(dropped):
                with suppress(RushesError, OSError):
                    storage_of(self._folder).delete(join(self._folder, name))
        finally:
            self._storing.release()

    def _store_file(self, name: str) -> None:
        try:
            overwrite(join(self._folder, name), (self._spool / name).read_bytes())
        except (RushesError, OSError):
            self._log.changed_again([name])
