"""Places that hold files, behind one contract: storage/protocol.py."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import lazy_loader  # type: ignore[import-untyped]  # it ships no types

from manifests.errors import Transient
from manifests.storage.local import LocalStorage
from manifests.storage.protocol import Stat, Storage
from manifests.storage.uri import S3, absolute, join, local_path, parent, redacted, resolve

if TYPE_CHECKING:
    from manifests.storage.s3 import S3Storage
else:  # it loads boto3
    __getattr__, __dir__, _ = lazy_loader.attach(__name__, submod_attrs={"s3": ["S3Storage"]})

__all__ = [
    "LocalStorage",
    "S3Storage",
    "Stat",
    "Storage",
    "absolute",
    "join",
    "overwrite",
    "parent",
    "redacted",
    "resolve",
    "storage_of",
]

_OVERWRITE_TRIES = 5


def storage_of(uri: str) -> Storage:
    """The storage that holds `uri`; raises BadInput `bad_uri` when there is none."""
    if uri.startswith(S3):
        from manifests.storage.s3 import S3Storage  # noqa: PLC0415 - loads boto3

        return S3Storage()
    local_path(uri)
    return LocalStorage()


def overwrite(uri: str, source: Path | bytes) -> None:
    """Store a finished file over whatever version is there."""
    storage = storage_of(uri)
    for _ in range(_OVERWRITE_TRIES):
        found = storage.stat(uri)
        if storage.replace(uri, source, expected=found.version if found else None):
            return
    raise Transient("storage_contended", f"{redacted(uri)} is written by others all the time.")
