"""One row per job of what came out: `results.parquet`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types

from manifests.errors import BadInput
from manifests.formats.parquet import read_table, write_table
from manifests.lease import UNFENCED, put_under
from manifests.schema import stamped
from manifests.storage import join, redacted, storage_of

Status = Literal["done", "failed", "rejected", "invalid", "cancelled", "erased"]

VERSION = "results/1"
_TIME = pa.timestamp("us", tz="UTC")
_DELIVERABLE = pa.struct(
    [
        ("profile", pa.string()),
        ("uri", pa.string()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("xxh128", pa.string()),
    ]
)
_SCHEMA = stamped(
    [
        ("job_id", pa.string()),
        ("status", pa.string()),
        ("error_code", pa.string()),
        ("error_message", pa.string()),
        ("video_uri", pa.string()),
        ("sha256", pa.string()),
        ("bytes", pa.int64()),
        ("duration_s", pa.float64()),
        ("frames", pa.int64()),
        ("fps", pa.float64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("chunks", pa.int32()),
        ("segments", pa.int32()),
        ("gpu_s", pa.float64()),
        ("attempts", pa.int32()),
        ("preset", pa.string()),
        ("seed", pa.int64()),
        ("weights_digest", pa.string()),
        ("fingerprint", pa.string()),
        ("quality", pa.map_(pa.string(), pa.float64())),
        ("warnings", pa.list_(pa.string())),
        ("deliverables", pa.list_(_DELIVERABLE)),
        ("started", _TIME),
        ("finished", _TIME),
    ],
    VERSION,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deliverable:
    """A published file of a job, by the name of its delivery profile; `xxh128` is "" in results of
    before it was written down."""

    profile: str
    uri: str
    sha256: str
    bytes: int
    xxh128: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a job. What it did not come to is None (0 for amounts); times are UTC.

    `video_uri`, `sha256` and `bytes` are those of the `web` deliverable; `quality` holds measures
    by name.
    """

    job_id: str
    status: Status
    error_code: str | None = None
    error_message: str | None = None
    video_uri: str | None = None
    sha256: str | None = None
    bytes: int = 0
    duration_s: float = 0.0
    frames: int = 0
    fps: float = 0.0
    width: int = 0
    height: int = 0
    chunks: int = 0
    segments: int = 0
    gpu_s: float = 0.0
    attempts: int = 0
    preset: str | None = None
    seed: int | None = None
    weights_digest: str | None = None
    fingerprint: str | None = None
    quality: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    deliverables: tuple[Deliverable, ...] = ()
    started: datetime | None = None
    finished: datetime | None = None


def results_uri(out_uri: str) -> str:
    return join(out_uri, "results.parquet")


def results_version(out_uri: str) -> str | None:
    """Names what the results say now; None while there are none."""
    stat = storage_of(out_uri).stat(results_uri(out_uri))
    return stat.version if stat else None


def write_results(
    results: Iterable[Result],
    out_uri: str,
    *,
    expected: str | None = None,
    epoch: int = UNFENCED,
) -> bool:
    """Write the results in the order given in place of the version `expected` (None: of
    nothing); False when they are of another version by now.

    Raises `Preempted` when the epoch is over: a later run has the results now.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "results.parquet")
        write_table(map(_cells, results), _SCHEMA, path)
        uri = results_uri(out_uri)
        return put_under(out_uri, epoch, uri, path, expected=expected)


def read_results(out_uri: str) -> Iterator[Result]:
    """The results of a run in order; raises Missing before the first run ended, BadInput
    `results_damaged` also on the way."""
    with _damage_told(out_uri):
        rows = read_table(results_uri(out_uri), _SCHEMA, VERSION)
    return _results(rows, out_uri)


def _results(rows: Iterator[Mapping[str, object]], out_uri: str) -> Iterator[Result]:
    with _damage_told(out_uri):
        yield from map(_result, rows)


@contextmanager
def _damage_told(out_uri: str) -> Iterator[None]:
    """Nobody can write results again but the next run."""
    try:
        yield
    except BadInput as error:
        if error.code != "unreadable_parquet":
            raise
        why = error.message.rstrip(".").partition(";")[0]
        message = (
            f"{redacted(results_uri(out_uri))} cannot be read ({why}); run again with the same "
            "manifests: what is finished is found, and it is made anew."
        )
        raise BadInput("results_damaged", message) from error


def _cells(result: Result) -> Mapping[str, object]:
    values = {name: getattr(result, name) for name in _SCHEMA.names}
    return values | {"deliverables": [asdict(each) for each in result.deliverables]}


def _result(row: Mapping[str, Any]) -> Result:
    parts: Mapping[str, object] = {
        "quality": row["quality"] or {},
        "warnings": tuple(row["warnings"] or ()),
        "deliverables": tuple(Deliverable(**each) for each in row["deliverables"] or ()),
        "started": row["started"] and row["started"].astimezone(UTC),
        "finished": row["finished"] and row["finished"].astimezone(UTC),
    }
    return Result(**{**row, **parts})
