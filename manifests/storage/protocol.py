"""What the program needs from a place that holds files: a local folder or an S3 bucket."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Stat:
    """Size in bytes and an opaque `version` that changes when the bytes are replaced; `sha256` as
    whoever stored them said it, "" where nobody did. `modified_s`: when it was stored, in seconds
    since 1970 by the storage's own clock."""

    bytes: int
    version: str
    sha256: str = ""
    modified_s: float = 0.0


class Storage(Protocol):
    """Files by absolute URI. A file appears under its name only whole.

    All methods raise `Missing`, `Forbidden` (both `BadInput`) or `Transient` (after bounded
    retries).
    """

    def stat(self, uri: str) -> Stat | None:
        """Size and version, or None when there is no such file."""

    def read(self, uri: str, start: int = 0, stop: int | None = None) -> bytes:
        """Bytes `start` up to `stop` (default: all)."""

    def download(self, uri: str, path: Path, *, at_most: int | None = None) -> None:
        """Stream the whole file to `path`, which appears only when complete.

        Raises `TooLarge` as soon as it is known to have more than `at_most` bytes.
        """

    def create(self, uri: str, source: Path | bytes) -> bool:
        """Store a finished file unless the name is taken; False when it was."""

    def replace(self, uri: str, source: Path | bytes, *, expected: str | None) -> bool:
        """Store over the version `expected` (None: over nothing); False when it is another by
        now."""

    def list(self, prefix: str) -> Iterator[str]:
        """URIs of all files below the folder `prefix`, sorted."""

    def stats(self, prefix: str) -> Iterator[tuple[str, Stat]]:
        """What `list` lists, each with its stat; nobody is asked for the digests."""

    def delete(self, uri: str) -> None:
        """Remove a file; a missing one is no error."""

    def delete_all(self, uris: Iterable[str]) -> None:
        """Remove many files, and the folders that this leaves empty; missing ones are no error."""
