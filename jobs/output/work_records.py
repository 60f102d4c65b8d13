"""Records of finished work, read from a run's output folder alone and without touching it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import TypeVar

from manifests.errors import BadInput, Transient
from manifests.storage import join, storage_of
from manifests.storage.uri import S3, local_path
from pipeline.workspace.workspace import WORK, artifacts_of, read_record, record_name

Noun = TypeVar("Noun")

REPORT = "report"
"""The folder of all files of the report but the page itself."""

NAME = re.compile("[0-9a-f]{40}")
"""Of finished work: its fingerprint."""


def read_work_record(out: str, name: str, noun: type[Noun]) -> Noun:
    """The record of finished work; raises `BadInput` `work_missing` when there is none any more,
    and `Transient` when it names files elsewhere: whoever may write here names nothing there."""
    if not NAME.fullmatch(name):
        raise Transient("work_damaged", f"{name} is no name of finished work")
    uri = join(out, *WORK, name, record_name(noun))
    if storage_of(uri).stat(uri) is None:
        raise BadInput("work_missing", f"{uri} is gone")
    found = read_record(uri, noun)
    if not all(is_below(out, artifact.uri) for artifact in artifacts_of(found)):
        raise Transient("work_damaged", f"{uri} names files that are not in {out}")
    return found


def bundle_uri(out: str, job_id: str) -> str:
    """The replay bundle of a job that failed."""
    return join(out, "_run", "replay", f"{job_id}.json")


def report_key(job_id: str) -> str:
    """What the report's files of a job are called: an id of a refused row may be no file name."""
    return sha256(job_id.encode(errors="replace")).hexdigest()[:16]


def report_files(out: str, jobs: Iterable[str]) -> Iterator[str]:
    """All files of the report that show or name these jobs; the data of the night name all."""
    keys = {report_key(job) for job in jobs}
    folder = join(out, REPORT, "")
    for uri in storage_of(out).list(folder):
        place = uri.removeprefix(folder).split("/")
        name = place[1] if len(place) > 1 else ""
        if re.split("[.-]", name)[0] in keys or place == ["night.js"]:
            yield uri


def is_below(out: str, uri: str) -> bool:
    """Whether a file is in the folder `out`."""
    return uri.startswith(join(out, "")) and ".." not in uri.split("/")


def stays_below(out: str, uri: str) -> bool:
    """Whether the file lies in OUT also when links are followed."""
    if not is_below(out, uri):
        return False
    if uri.startswith(S3):
        return True
    try:
        return local_path(uri).resolve().is_relative_to(local_path(out).resolve())
    except (OSError, RuntimeError, BadInput):
        return False
