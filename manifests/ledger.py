"""All tries of all tasks: append-only, one small Parquet file for each write; many of them are
bound into volumes (volumes.py)."""

from __future__ import annotations

import dataclasses
import io
import itertools
import json
import logging
import secrets
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types

from manifests.errors import BadInput, Missing, Preempted, Transient
from manifests.formats.parquet import noted, read_note, read_table, write_table
from manifests.schema import stamped
from manifests.storage import join, overwrite, redacted, storage_of
from manifests.volumes import LedgerFiles, binding, is_volume

LOGGER = logging.getLogger("rushes.ledger")

AttemptState = Literal["done", "failed", "interrupted"]

BOUND_TOGETHER = 256
"""So many loose files are bound into a volume."""

_HOLDS = "rushes.holds"
"""Where a volume's schema names the files whose rows it has."""

_READERS = 16

WHOLE_JOB = -1
"""The `chunk` of a task that belongs to no chunk."""

VERSION = "ledger/1"
_TIME = pa.timestamp("us", tz="UTC")
_SCHEMA = stamped(
    [
        ("task", pa.string()),
        ("stage", pa.string()),
        ("job_id", pa.string()),
        ("job", pa.string()),
        ("chunk", pa.int32()),
        ("state", pa.string()),
        ("error", pa.string()),
        ("error_code", pa.string()),
        ("error_message", pa.string()),
        ("worker", pa.string()),
        ("host", pa.string()),
        ("run_id", pa.string()),
        ("segments_made", pa.int32()),
        ("segments_reused", pa.int32()),
        ("reused", pa.bool_()),
        ("gpu_s", pa.float64()),
        ("seconds", pa.float64()),
        ("started", _TIME),
        ("finished", _TIME),
        ("output", pa.string()),
    ],
    VERSION,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a task. Text that does not apply is ""; times are UTC.

    `task` and `job` are fingerprints, `error` is the name of the error's class, `output` the URI
    of the task's record.
    """

    task: str
    stage: str
    job_id: str
    job: str
    chunk: int = WHOLE_JOB
    state: AttemptState
    error: str = ""
    error_code: str = ""
    error_message: str = ""
    worker: str = ""
    host: str = ""
    run_id: str = ""
    segments_made: int = 0
    segments_reused: int = 0
    reused: bool = False
    gpu_s: float = 0.0
    seconds: float = 0.0
    started: datetime
    finished: datetime
    output: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskState:
    """Where a task stands: tries that count, the last error, and its record when it is done.

    A try that was interrupted or preempted does not count.
    """

    task: str
    attempts: int
    done: bool
    output: str
    error: str
    error_code: str
    error_message: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """The ledger of the run under `out_uri`; `warn` is told of files that are damaged."""

    out_uri: str
    warn: Callable[[str], None] = LOGGER.warning

    @property
    def folder(self) -> str:
        return join(self.out_uri, "_run", "ledger")

    def append(self, attempts: Iterable[Attempt], name: str = "") -> None:
        """Write one new file with the attempts; none, no file.

        With the `name` of a try whose answer was lost (`new_name`), they are written once: what
        stands under it is what that try wrote.
        """
        rows = [_cells(attempt) for attempt in attempts]
        if not rows:
            return
        content = io.BytesIO()
        write_table(rows, _SCHEMA, content)
        uri = join(self.folder, f"{name or new_name()}.parquet")
        storage_of(uri).create(uri, content.getvalue())

    def read(self) -> Iterator[Attempt]:
        """All attempts, oldest file first; damaged files are left out with a word. Raises Transient
        when files were bound into a volume and went while this read them."""
        shelf = self._shelf()
        known: set[Attempt] = set()
        for attempt in self._rows(shelf.to_read):
            if shelf.overlap:
                if attempt in known:
                    continue
                known.add(attempt)
            yield attempt

    def compact(self, at_least: int = BOUND_TOGETHER) -> None:
        """Write all loose files as one compacted file, if there are `at_least` of them, and delete
        the files that an earlier call compacted.

        This is safe at any moment, also while other processes do the same. A compacted file lists
        the files that it holds before any of them is deleted, and readers count each row once.
        """
        shelf = self._shelf()
        volume = binding(shelf, at_least)
        if volume is None:
            return
        for name in shelf.held:
            storage_of(self.folder).delete(join(self.folder, name))
        content = io.BytesIO()
        damaged: set[str] = set()
        rows = dict.fromkeys(self._rows(volume.sources, damaged))
        schema = noted(_SCHEMA, _HOLDS, json.dumps(sorted(volume.holds - damaged)))
        write_table(map(_cells, rows), schema, content)
        storage_of(self.folder).create(join(self.folder, volume.name), content.getvalue())

    def drop_sentences(self, jobs: Collection[str]) -> None:
        """Take what errors of these jobs said out of all files: a sentence may name a person's.
        Only whoever holds the lease may ask for it; what was tried and paid stays."""
        for name in sorted(self._shelf().names):
            rows = self._file(name)
            before = [] if isinstance(rows, BadInput) else list(rows)
            after = [without_sentence(row) if row.job_id in jobs else row for row in before]
            if after != before:
                note = json.dumps(sorted(self._held_by(name)))
                schema = noted(_SCHEMA, _HOLDS, note) if is_volume(name) else _SCHEMA
                content = io.BytesIO()
                write_table(map(_cells, after), schema, content)
                overwrite(join(self.folder, name), content.getvalue())

    def _shelf(self) -> LedgerFiles:
        uris = storage_of(self.folder).list(self.folder)
        names = [uri.rpartition("/")[2] for uri in uris if uri.endswith(".parquet")]
        return LedgerFiles(
            names=frozenset(names),
            holds={name: self._held_by(name) for name in names if is_volume(name)},
        )

    def _held_by(self, volume: str) -> frozenset[str]:
        try:
            note = read_note(join(self.folder, volume), _HOLDS)
            return frozenset(json.loads(note)) if note else frozenset()
        except (BadInput, ValueError):  # told when its rows are read
            return frozenset()

    def _rows(self, names: Sequence[str], damaged: set[str] | None = None) -> Iterator[Attempt]:
        """Of these files in turn; some are opened ahead, since on S3 each is a round trip. Names
        of those that cannot be read go into `damaged`."""
        damaged = set() if damaged is None else damaged
        with ThreadPoolExecutor(_READERS) as readers:
            waiting = iter(names)
            while ahead := list(itertools.islice(waiting, _READERS)):
                for name, rows in zip(ahead, readers.map(self._file, ahead), strict=True):
                    yield from self._sound(name, rows, damaged)

    def _sound(
        self, name: str, rows: Iterable[Attempt] | BadInput, damaged: set[str]
    ) -> Iterator[Attempt]:
        """The rows as far as they can be read."""
        try:
            if isinstance(rows, BadInput):
                raise rows
            yield from rows
        except BadInput as error:
            if error.code != "unreadable_parquet":
                raise
            damaged.add(name)
            self.warn(
                f"{redacted(join(self.folder, name))} is damaged; its attempts are not counted"
            )

    def _file(self, name: str) -> Iterable[Attempt] | BadInput:
        uri = join(self.folder, name)
        try:
            rows = map(_attempt, read_table(uri, _SCHEMA, VERSION))
            return rows if is_volume(name) else list(rows)
        except Missing as error:
            message = f"{redacted(uri)} was bound into a volume meanwhile; read again"
            raise Transient("storage_contended", message) from error
        except BadInput as error:
            return error


def without_sentence(attempt: Attempt) -> Attempt:
    return dataclasses.replace(attempt, error_message="")


def new_name() -> str:
    """A name for a file of attempts that nobody else has."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(8)}"


def task_states(attempts: Iterable[Attempt]) -> Mapping[str, TaskState]:
    """Where each task stands: the same for any order, and however often an attempt was written."""
    of_task: defaultdict[str, set[Attempt]] = defaultdict(set)
    for attempt in attempts:
        of_task[attempt.task].add(attempt)
    return {task: _standing(task, tries) for task, tries in of_task.items()}


def _standing(task: str, tries: Iterable[Attempt]) -> TaskState:
    ordered = sorted(tries, key=_order)
    done = [attempt for attempt in ordered if attempt.state == "done"]
    failed = [attempt for attempt in ordered if attempt.state == "failed"]
    last = failed[-1] if failed else None
    return TaskState(
        task=task,
        attempts=sum(_counts(attempt) for attempt in ordered),
        done=bool(done),
        output=done[-1].output if done else "",
        error=last.error if last else "",
        error_code=last.error_code if last else "",
        error_message=last.error_message if last else "",
    )


def _order(attempt: Attempt) -> tuple[Any, ...]:
    """By time; all the other fields make the order the same where times are."""
    return (attempt.finished, attempt.started, *dataclasses.astuple(attempt))


def _counts(attempt: Attempt) -> bool:
    return attempt.state != "interrupted" and attempt.error != Preempted.__name__


def _cells(attempt: Attempt) -> Mapping[str, object]:
    return {name: getattr(attempt, name) for name in _SCHEMA.names}


def _attempt(row: Mapping[str, Any]) -> Attempt:
    if row["started"] is None or row["finished"] is None:
        raise BadInput("unreadable_parquet", "an attempt has no times")
    times = {name: row[name].astimezone(UTC) for name in ("started", "finished")}
    return Attempt(**{**row, **times})
