"""Keeps the ledger of a long night in few files, beside the driver."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from manifests.errors import RushesError
from manifests.ledger import Ledger

EVERY_S = 120.0

AT_THE_END = 32
"""Loose files from which on the ledger is compacted when a run ends."""


@contextmanager
def compacting(ledger: Ledger) -> Iterator[Ledger]:
    """The ledger, compacted every `EVERY_S` seconds on a thread; trouble with it stops no night."""
    over = threading.Event()
    thread = threading.Thread(target=_compact_now_and_then, args=(ledger, over), daemon=True)
    thread.start()
    try:
        yield ledger
    finally:
        over.set()
        thread.join()
        with suppress(RushesError):
            ledger.compact(AT_THE_END)


def _compact_now_and_then(ledger: Ledger, over: threading.Event) -> None:
    while not over.wait(EVERY_S):
        with suppress(RushesError):
            ledger.compact()
