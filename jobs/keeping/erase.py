"""Remove all that was made of a person under an output folder, and write down that it was done."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from jobs.keeping.clean import TOGETHER
from jobs.keeping.erasing import Erasing
from jobs.logs.process_log import logs_folder
from jobs.output.erasures import Erasure, end_erasure, read_erasures, remember_erasure
from jobs.output.instruction_files import forget_reasons
from jobs.output.lease_holder import Lease
from jobs.output.package_records import NOTHING_SIGNS, write_package
from jobs.output.results_writer import results_as_told
from jobs.output.titles import FOLDER_OF_TITLES, write_titles
from jobs.output.work_records import report_files
from manifests.errors import Transient
from manifests.ledger import Ledger
from manifests.results import Result, results_version, write_results
from manifests.storage import join, overwrite, storage_of
from manifests.storage.aside import HIDDEN
from pipeline.delivery.file_names import FOLDER
from pipeline.delivery.package.mhl import is_of_package
from pipeline.delivery.provenance.signing import SigningSettings
from pipeline.media.scratch_names import SPOKEN
from pipeline.workspace.scratch import CHECKED
from pipeline.workspace.workspace import Workspace

LOGGER = logging.getLogger("rushes.erase")

CODE = "erased"
"""Of a row whose work was erased."""

_TRIES = 5


def erased(
    what: Erasing, lease: Lease, workspace: Workspace, signing: SigningSettings = NOTHING_SIGNS
) -> Erasure:
    """Remove it all under the lease; the lists of what is left are signed where a key signs.

    Killed at any point, the next call ends it: what tells whose a file is goes last.
    """
    uri, record = _begun(what, lease.out)
    _drop_lists(lease)
    _delete(what.works, lease)
    _clean_logs(what, lease.out)
    Ledger(lease.out).drop_sentences(what.jobs)
    forget_reasons(lease.out, what.jobs)
    _empty_caches(workspace)
    _delete(report_files(lease.out, what.jobs), lease)  # also of one who wrote it until just now
    _delete(what.files, lease)
    _clear_leftovers(lease.out)
    _rewrite_results(what, lease)
    write_package(lease.out, lease.number, signing)
    write_titles(lease.out, lease.number, signing)
    return end_erasure(uri, record)


def _begun(what: Erasing, out: str) -> tuple[str, Erasure]:
    """The record of this erasure: the one that a call of before began and did not end, or new."""
    for uri, record in read_erasures(out).items():
        same = (record.whose, record.id) == (what.whose, what.id)
        if same and record.ended is None and not record.lifted:
            return uri, replace(record, jobs=tuple(sorted({*record.jobs, *what.jobs})))
    record = Erasure(
        whose=what.whose,
        id=what.id,
        begun=datetime.now(UTC),
        jobs=tuple(sorted(what.jobs)),
        files=len(what.works) + len(what.files),
        bytes=what.bytes,
    )
    return remember_erasure(out, record), record


def _delete(uris: Iterable[str], lease: Lease) -> None:
    """In their order, in batches; the lease is looked at before each."""
    remaining = iter(uris)
    while batch := list(islice(remaining, TOGETHER)):
        if not lease.holds():
            message = f"another run took over {lease.out}; erase again when that has ended"
            raise Transient("out_busy", message)
        storage_of(lease.out).delete_all(batch)


def _drop_lists(lease: Lease) -> None:
    """Sums and histories of all delivered files, also those set aside, hold digests of the files
    that go, and timelines of titles what was said in them; what is true of the others is written
    anew at the end."""
    out = lease.out
    uris = [uri for uri in storage_of(out).list(join(out, FOLDER)) if is_of_package(out, uri)]
    uris += storage_of(out).list(join(out, "_run", "mhl"))
    _delete([*uris, *storage_of(out).list(join(out, FOLDER_OF_TITLES))], lease)


def _clean_logs(what: Erasing, out: str) -> None:
    """Take the lines out of the logs that speak of the jobs or of their files."""
    storage = storage_of(out)
    for uri in storage.list(logs_folder(out)):
        lines = storage.read(uri).decode(errors="replace").splitlines(keepends=True)
        kept = [line for line in lines if not any(mark in line for mark in what.marks)]
        if len(kept) < len(lines):
            overwrite(uri, "".join(kept).encode())


def _empty_caches(workspace: Workspace) -> None:
    """Copies, what checks made, and spoken sentences on this machine: nobody can tell whose they
    are, and whoever misses them makes them again."""
    for name in ("copies", CHECKED, SPOKEN):
        for path in (workspace.scratch / name).glob("*"):
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    with suppress(OSError):
        workspace.close()


def _clear_leftovers(out: str) -> None:
    """What writers that were killed left half written among the videos; under the lease nobody
    writes there."""
    if "://" not in out:
        for path in Path(out, "videos").glob(f"{HIDDEN}*"):
            path.unlink(missing_ok=True)


def _rewrite_results(what: Erasing, lease: Lease) -> None:
    """The rows of the jobs say that they were erased, and nothing else of what they were."""
    for _ in range(_TRIES):
        version = results_version(lease.out)
        rows = results_as_told(lease.out)
        told = [erased_result(row) if row.job_id in what.jobs else row for row in rows]
        if told == rows:
            return
        if write_results(told, lease.out, expected=version, epoch=lease.number):
            return
    raise Transient("storage_contended", f"the results of {lease.out} are written by others")


def erased_result(row: Result) -> Result:
    """A row as it stands in the results when its work was erased."""
    if row.status == CODE:
        return row
    now = datetime.now(UTC)
    return Result(
        job_id=row.job_id,
        status="erased",
        error_code=CODE,
        error_message="All that was made of it was erased.",
        fingerprint=row.fingerprint,
        started=now,
        finished=now,
    )
