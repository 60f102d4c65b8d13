"""Let finished work go: first the note of what goes, then the records, then the bytes."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from jobs.keeping.letting import Letting, letting_go
from jobs.keeping.stock import Stocktaking, reasons_told, take_stock
from jobs.output.lease_holder import Lease
from jobs.output.let_go import LetGoRow, let_go_now, remember
from manifests.errors import Transient
from manifests.lease import epoch_uri
from manifests.storage import storage_of
from pipeline.nouns import Master, Reel
from pipeline.workspace.keep_work import KeepWork
from pipeline.workspace.workspace import record_name

LOGGER = logging.getLogger("rushes.clean")

TOGETHER = 1000
"""Files are removed in batches; the lease is looked at before each."""

_FIRST = tuple(record_name(noun) for noun in (Reel, Master))
"""Records that name files of other work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleaning:
    """What goes, or would go: rows with the bytes that are gone for them, and what is left.

    `needed` tells why the work of other rows stays; manifests that are `unread` may hold rows that
    are not finished.
    """

    rows: Mapping[str, int]
    works: int
    others: int
    bytes: int
    left_bytes: int
    needed: Mapping[str, str]
    unread: tuple[str, ...]


def foreseen(out: str, keep: KeepWork, now_s: float) -> Cleaning:
    """What would go; nothing is touched."""
    taken = take_stock(out, now_s)
    return _told(taken, letting_go(taken.stock, keep))


def cleaned(out: str, keep: KeepWork, lease: Lease) -> Cleaning:
    """Let go of what goes, under the run's lease. Killed at any point, the next call ends it.

    Ages count by the clock of the storage: the time at which it stored the lease is now.
    """
    taken = take_stock(out, _storage_now_s(lease))
    letting = letting_go(taken.stock, keep)
    if letting.names:
        remember(out, let_go_now(_noted(taken, letting), letting.others, letting.bytes))
        _remove(taken, letting, lease)
    return _told(taken, letting)


def _storage_now_s(lease: Lease) -> float:
    uri = epoch_uri(lease.out, lease.number)
    stat = storage_of(uri).stat(uri)
    if stat is None:
        raise Transient("storage_unavailable", f"{uri} is gone; give the command again")
    return stat.modified_s


def _noted(taken: Stocktaking, letting: Letting) -> tuple[LetGoRow, ...]:
    rows = {row.job_id: row for row in taken.stock.rows}
    return tuple(
        LetGoRow(
            job_id=job_id, asked=rows[job_id].asked, finished_s=rows[job_id].finished_s, bytes=lost
        )
        for job_id, lost in letting.rows.items()
    )


def _remove(taken: Stocktaking, letting: Letting, lease: Lease) -> None:
    """Records before the bytes that they speak of, and before those the records that name them."""
    files = iter(sorted(_files(taken, letting), key=_turn))
    while batch := list(islice(files, TOGETHER)):
        if not lease.holds():
            message = f"another run took over {lease.out}; clean it when that has ended"
            raise Transient("out_busy", message)
        storage_of(lease.out).delete_all(batch)


def _files(taken: Stocktaking, letting: Letting) -> Iterator[str]:
    for name in letting.names:
        yield from taken.stock.works[name].files


def _turn(uri: str) -> tuple[bool, bool]:
    name = uri.rpartition("/")[2]
    return not name.endswith(".json"), name not in _FIRST


def _told(taken: Stocktaking, letting: Letting) -> Cleaning:
    return Cleaning(
        rows=letting.rows,
        works=len(letting.names),
        others=letting.others,
        bytes=letting.bytes,
        left_bytes=taken.stock.bytes - letting.bytes,
        needed=taken.stock.needed,
        unread=taken.unread,
    )


def log_cleaning(cleaning: Cleaning) -> None:
    """What a run that ends let go, in its log."""
    told = (len(cleaning.rows), cleaning.bytes / 1e9, cleaning.left_bytes / 1e9)
    LOGGER.info("let go of the work of %d rows, %.3f GB; %.3f GB stay", *told)
    if cleaning.needed:
        LOGGER.info("kept: %s", reasons_told(cleaning.needed))
