"""Copies of stored files on this machine, by the digests of their bytes, in a bounded room."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from manifests.artifact import Artifact, sha256_of
from manifests.errors import BadInput, Transient
from manifests.storage import storage_of
from pipeline.workspace.scratch import new_desk

DAMAGED, GONE = "work_damaged", "work_missing"
"""Codes of a failure over a finished file of ours: made again from the row on, it is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Keeps at most `limit_bytes` below `scratch` for the next reader."""

    scratch: Path
    limit_bytes: int

    def path_of(self, artifact: Artifact) -> Path:
        return self.scratch / "copies" / artifact.sha256

    def linked(self, artifact: Artifact, folder: Path) -> Path:
        """A link in `folder` to a copy with the artifact's bytes; the copy itself may be dropped at
        any time without harm to the reader."""
        link = folder / artifact.sha256
        if not link.exists():
            copy = self._copy(artifact)
            try:
                os.link(copy, link)
            except FileNotFoundError as error:  # dropped to make room, just now
                raise Transient("copy_dropped", f"the copy of {artifact.uri} is gone") from error
        return link

    def _copy(self, artifact: Artifact) -> Path:
        """The copy that is there, if it still is the artifact's bytes; else a new one."""
        copy = self.path_of(artifact)
        if copy.exists() and sha256_of(copy) != artifact.sha256:
            copy.unlink(missing_ok=True)
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            self._make_room(artifact.bytes)
            with new_desk(self.scratch) as folder:
                part = folder / "part"
                _download(artifact, part)
                part.replace(copy)
        os.utime(copy)
        return copy

    def _make_room(self, wanted_bytes: int) -> None:
        """Drop the copies used longest ago until `wanted_bytes` more fit."""
        copies = []
        for copy in (self.scratch / "copies").iterdir():
            try:
                copies.append((copy.stat(), copy))
            except FileNotFoundError:  # another worker made room too
                continue
        copies.sort(key=lambda pair: pair[0].st_mtime)
        held = sum(stat.st_size for stat, _ in copies)
        for stat, copy in copies:
            if held + wanted_bytes <= self.limit_bytes:
                return
            copy.unlink(missing_ok=True)
            held -= stat.st_size


def is_as_stored(artifact: Artifact) -> bool:
    """Whether the file is there with the artifact's bytes.

    A local file is read. Of one elsewhere, only what its storage says is compared: its bytes are
    when it is fetched.
    """
    stat = storage_of(artifact.uri).stat(artifact.uri)
    if stat is None or stat.bytes != artifact.bytes:
        return False
    if is_local(artifact.uri):
        return sha256_of(Path(artifact.uri)) == artifact.sha256
    return stat.sha256 in {"", artifact.sha256}


def is_local(uri: str) -> bool:
    return "://" not in uri


def _download(artifact: Artifact, path: Path) -> None:
    """Fetch the file; one whose bytes are not those that were stored is dropped."""
    storage = storage_of(artifact.uri)
    try:
        storage.download(artifact.uri, path)
    except BadInput as error:  # our own file: not the studio's to mend
        raise Transient(GONE, error.message) from error
    if sha256_of(path) == artifact.sha256:
        return
    stat = storage.stat(artifact.uri)
    if stat is not None and stat.sha256 in {"", artifact.sha256}:  # else: made anew by another
        storage.delete(artifact.uri)
    raise Transient(DAMAGED, f"{artifact.uri} was changed after it was made; it is made again")
