"""A file we made, known by where it is and by what is in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

C2PA = ".c2pa"
"""The ending of content credentials that lie beside a file, behind the file's whole name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Artifact:
    """A finished file: `uri`, hex `sha256` of its bytes, and their number. `xxh128`, which media
    hash lists take, is of delivered files alone."""

    uri: str
    sha256: str
    bytes: int
    xxh128: str = ""


def sha256_of(path: Path) -> str:
    """Hex digest of a file, read in blocks."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
