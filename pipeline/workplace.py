"""Where a stage keeps and finds files: the run's work folder, and a bounded scratch on this
machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from manifests.artifact import Artifact, sha256_of
from manifests.errors import Transient
from manifests.storage import Storage, join, storage_of

Noun = TypeVar("Noun")


@cache
def _adapter(noun: type[Any]) -> TypeAdapter[Any]:
    return TypeAdapter(noun)


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """A run's output folder `out` and this machine's `scratch`, which holds at most
    `scratch_bytes` of copies."""

    out: str
    scratch: Path
    scratch_bytes: int = 20 * 2**30

    @property
    def storage(self) -> Storage:
        return storage_of(self.out)

    def work(self, fingerprint: str, name: str) -> str:
        """URI of the file `name` of the work `fingerprint`."""
        return join(self.out, "_run", "work", fingerprint, name)

    def recorded(self, fingerprint: str, noun: type[Noun]) -> Noun | None:
        """The noun that the finished work `fingerprint` left, if it is finished."""
        uri = self.work(fingerprint, f"{noun.__name__.lower()}.json")
        if self.storage.stat(uri) is None:
            return None
        text = self.storage.read(uri)
        try:
            found: Noun = _adapter(noun).validate_json(text)  # type: ignore[arg-type]  # a type
        except ValidationError as error:
            self.storage.delete(uri)
            raise Transient(
                "record_damaged", f"the record {uri} cannot be read and was removed: {error.title}"
            ) from error
        return found

    def record(self, fingerprint: str, noun: Noun, *, over: bool = False) -> None:
        """Say that the work `fingerprint` is finished; the first to say so counts, or with `over`
        the last."""
        uri = self.work(fingerprint, f"{type(noun).__name__.lower()}.json")
        text = _adapter(type(noun)).dump_json(noun, indent=1)  # type: ignore[arg-type]  # a type
        if not self.storage.create(uri, text) and over:
            stat = self.storage.stat(uri)
            self.storage.replace(uri, text, expected=stat.version if stat else None)

    def keep(self, path: Path, fingerprint: str, name: str) -> Artifact:
        """Store a finished file; what another worker stored under the name before counts."""
        uri = self.work(fingerprint, name)
        if not self.storage.create(uri, path):
            with self.desk() as desk:
                stored = desk / name
                self.storage.download(uri, stored)
                return _artifact(uri, stored)
        return _artifact(uri, path)

    def fetch(self, artifact: Artifact) -> Path:
        """A local file with the artifact's bytes, to be read only: in place, or a checked copy."""
        if "://" not in artifact.uri:
            return Path(artifact.uri)
        copy = self.scratch / "copies" / artifact.sha256
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            self._make_room(artifact.bytes)
            with self.desk() as desk:
                part = desk / "part"
                self.storage.download(artifact.uri, part)
                if sha256_of(part) != artifact.sha256:
                    raise Transient(
                        "bytes_differ", f"{artifact.uri} came with other bytes than stored"
                    )
                part.replace(copy)
        os.utime(copy)
        return copy

    def let_go(self, artifact: Artifact) -> None:
        """Drop the copy that `fetch` made, if it made one."""
        if "://" in artifact.uri:
            (self.scratch / "copies" / artifact.sha256).unlink(missing_ok=True)

    @contextmanager
    def desk(self) -> Iterator[Path]:
        """An empty folder for one piece of work, removed afterwards."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix="desk-", dir=self.scratch))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _make_room(self, wanted_bytes: int) -> None:
        """Drop the copies used longest ago until `wanted_bytes` more fit."""
        copies = sorted(
            ((copy.stat(), copy) for copy in (self.scratch / "copies").iterdir()),
            key=lambda pair: pair[0].st_mtime,
        )
        held = sum(stat.st_size for stat, _ in copies)
        for stat, copy in copies:
            if held + wanted_bytes <= self.scratch_bytes:
                return
            copy.unlink(missing_ok=True)
            held -= stat.st_size


def _artifact(uri: str, path: Path) -> Artifact:
    return Artifact(uri=uri, sha256=sha256_of(path), bytes=path.stat().st_size)
