"""Manifests are written whole: finished aside, then given their name."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from manifests.errors import BadInput
from manifests.formats import parquet
from manifests.job import Job
from manifests.reading.rows import FORMATS, suffix_of
from manifests.schema import COLUMNS
from manifests.storage import absolute, join, overwrite, redacted, storage_of

ROWS_PER_FILE = 100_000


def write_jobs(jobs: Iterable[Job], uri: str, *, rows_per_file: int = ROWS_PER_FILE) -> None:
    """Write a manifest: `.parquet`, `.csv` or `.jsonl`, over what is there; or a folder.

    A `uri` that ends with `/` is a folder, which must be empty, for `part-00000.parquet` and more
    of `rows_per_file` rows each. Raises BadInput `bad_uri` or `folder_not_empty`.
    """
    uri = absolute(uri)
    if uri.endswith("/"):
        _write_parts(jobs, uri, rows_per_file)
    elif (suffix := suffix_of(uri)) in FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"manifest{suffix}")
            FORMATS[suffix].write(map(_cells, jobs), path)
            overwrite(uri, path)
    else:
        raise BadInput(
            "bad_uri", f"{redacted(uri)} ends in none of .parquet, .csv, .jsonl and /; add one."
        )


def _write_parts(jobs: Iterable[Job], uri: str, rows_per_file: int) -> None:
    storage = storage_of(uri)
    if next(storage.list(uri), None):
        raise BadInput("folder_not_empty", f"{redacted(uri)} holds files; name an empty folder.")
    for number, part in enumerate(_parts(jobs, rows_per_file)):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "part.parquet")
            parquet.write(map(_cells, part), path)
            overwrite(join(uri, f"part-{number:05}.parquet"), path)


def _parts(jobs: Iterable[Job], rows_per_file: int) -> Iterator[Iterable[Job]]:
    """Consecutive runs of jobs; at least one, which may be empty."""
    remaining = iter(jobs)
    yield itertools.islice(remaining, rows_per_file)
    for first in remaining:
        yield itertools.chain([first], itertools.islice(remaining, rows_per_file - 1))


def _cells(job: Job) -> Mapping[str, object]:
    """The job's values by column; as Arrow, JSON and CSV all take them."""
    values = {name: getattr(job, name) for name in COLUMNS}
    return values | {
        "deliverables": list(job.deliverables),
        "territories": list(job.territories) or None,
        "metadata": dict(job.metadata) or None,
        "voices": dict(job.voices) or None,
    }
