"""Which finished work goes: a pure decision over what is there, how old it is and who needs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from jobs.output.work_of_jobs import FinishedRow, StoredWork
from pipeline.workspace.keep_work import KeepWork

DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkInStock:
    """All stored work that may go at all, by name, and who has it.

    `needed` tells by job id why the work of a finished row stays. `closed`: no row is open, so
    work that no finished row has is nobody's. `now_s` is the time of the storage's own clock.
    `prepared_bytes` is what takes and portraits use, which always stay.
    """

    works: Mapping[str, StoredWork]
    rows: Sequence[FinishedRow]
    needed: Mapping[str, str]
    closed: bool
    now_s: float
    prepared_bytes: int = 0

    @property
    def bytes(self) -> int:
        return self.prepared_bytes + sum(work.bytes for work in self.works.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Letting:
    """The names of the work that goes, and of each finished row that had some of it the bytes that
    are gone for it; `others` of the names were no row's."""

    names: tuple[str, ...]
    rows: Mapping[str, int]
    others: int
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Holder:
    """A finished row, or work that none has; `made_s` is when the newest of its parts was."""

    job_id: str
    names: tuple[str, ...]
    made_s: float


def letting_go(stock: WorkInStock, keep: KeepWork) -> Letting:
    """Of rows that nobody needs, all work goes once it is `keep.days` old; then the oldest of what
    is left, until all work takes `keep.bytes`.

    Work that several rows have goes with the last of them. Age counts from the newest part of a
    row, and from when the row was finished if that is later; what is dated in the future is new.
    """
    holders = sorted(_holders(stock), key=lambda each: (each.made_s, each.job_id, each.names))
    held = Counter(name for holder in holders for name in holder.names)
    held.update(name for row in stock.rows if row.job_id in stock.needed for name in row.names)
    left, going, gone = stock.bytes, [], set()
    for holder in holders:
        # S3 tells whole seconds, also of now
        old = stock.now_s - floor(holder.made_s) >= keep.days * DAY_S
        if not old and (keep.bytes is None or left <= keep.bytes):
            continue
        going.append(holder)
        held.subtract(holder.names)
        free = [name for name in holder.names if not held[name]]
        left -= sum(stock.works[name].bytes for name in free)
        gone |= set(free)
    return _letting(stock, going, gone)


def _letting(stock: WorkInStock, going: Sequence[_Holder], gone: set[str]) -> Letting:
    rows = {}
    for holder in going:
        lost = sum(stock.works[name].bytes for name in holder.names if name in gone)
        if holder.job_id and any(name in gone for name in holder.names):
            rows[holder.job_id] = lost
    of_rows = {name for holder in going if holder.job_id for name in holder.names}
    return Letting(
        names=tuple(sorted(gone)),
        rows=rows,
        others=len(gone - of_rows),
        bytes=sum(stock.works[name].bytes for name in gone),
    )


def _holders(stock: WorkInStock) -> Iterator[_Holder]:
    """All who may let go: rows that nobody needs, and where no row is open each work of nobody."""
    had: set[str] = set()
    for row in stock.rows:
        names = tuple(sorted(row.names & stock.works.keys()))
        had.update(names)
        if row.job_id not in stock.needed and names:
            newest_s = max(stock.works[name].modified_s for name in names)
            yield _Holder(job_id=row.job_id, names=names, made_s=max(newest_s, row.finished_s))
    if stock.closed:
        for name, work in stock.works.items():
            if name not in had:
                yield _Holder(job_id="", names=(name,), made_s=work.modified_s)
