"""What was let go of: small records under `OUT/_run/let_go`, written before any byte goes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from manifests.errors import BadInput, Transient
from manifests.results import Result
from manifests.storage import join, storage_of

CODE = "let_go"
"""Of whatever cannot be had since its work was let go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGoRow:
    """A row whose work, or a part of it, was let go: as it was asked and when it was finished."""

    job_id: str
    asked: str
    finished_s: float
    bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    """What one call let go of; `others` counts pieces of work that no finished row had."""

    format: Literal[1] = 1
    given: datetime
    rows: tuple[LetGoRow, ...]
    others: int
    bytes: int


_ADAPTER = TypeAdapter(LetGo)


def folder_of_let_go(out: str) -> str:
    return join(out, "_run", "let_go")


def remember(out: str, let_go: LetGo) -> str:
    """Write down what is about to go; returns the record's URI."""
    name = f"{let_go.given:%Y%m%dT%H%M%S.%fZ}-{secrets.token_hex(4)}.json"
    uri = join(folder_of_let_go(out), name)
    if not storage_of(out).create(uri, _ADAPTER.dump_json(let_go)):
        raise Transient("storage_contended", f"{uri} was taken; give the command again")
    return uri


def let_go_rows(out: str, results: Iterable[Result]) -> Mapping[str, LetGoRow]:
    """The rows of which work is gone, by job id, as they are now: one that was made again since is
    none of them. A record that cannot be read tells nothing."""
    gone: dict[tuple[str, str, float], LetGoRow] = {}
    for uri in storage_of(out).list(folder_of_let_go(out)):
        for row in _rows_in(uri):
            before = gone.get(key := (row.job_id, row.asked, row.finished_s))
            gone[key] = row if before is None or row.bytes > before.bytes else before
    if not gone:
        return {}
    return {r.job_id: gone[_key(r)] for r in results if r.status == "done" and _key(r) in gone}


def _rows_in(uri: str) -> tuple[LetGoRow, ...]:
    try:
        return _ADAPTER.validate_json(storage_of(uri).read(uri)).rows
    except (BadInput, ValidationError):
        return ()


def _key(result: Result) -> tuple[str, str, float]:
    finished_s = result.finished.timestamp() if result.finished else 0.0
    return result.job_id, result.fingerprint or "", finished_s


def let_go_now(rows: tuple[LetGoRow, ...], others: int, total_bytes: int) -> LetGo:
    """A record of this moment, which is for people and decides nothing."""
    return LetGo(given=datetime.now(UTC), rows=rows, others=others, bytes=total_bytes)
