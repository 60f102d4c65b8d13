"""URLs of the report's files that open for a while, in a private bucket."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeAlias

from manifests.errors import ManifestUnusable, RushesError
from manifests.storage import join, storage_of
from manifests.storage.uri import S3

Sign: TypeAlias = Callable[[str], str]
"""Makes a URL of a file's URI."""

UNITS_S = {"m": 60, "h": 3600, "d": 86_400}

LONGEST_S = 7 * UNITS_S["d"]
"""S3 signs for no longer."""


def signer_of_urls(out: str, told: str) -> Sign:
    """Makes URLs of files; `ManifestUnusable` for a time that S3 does not sign for, or a disk."""
    found = re.fullmatch(r"(\d{1,6})([mhd])", told)
    seconds = int(found[1]) * UNITS_S[found[2]] if found else 0
    if not out.startswith(S3) or not 0 < seconds <= LONGEST_S:
        message = (
            f"--presign {told} of {out}: name an s3:// output and a time such as 12h, up to 7d"
        )
        raise ManifestUnusable("presign_unusable", message)
    return partial(_presigned, seconds=seconds)


def signer_kept(out: str) -> Sign | None:
    """Signs as long as the page that is there opens; None where it is not signed, or no more."""
    if not out.startswith(S3):
        return None
    page = join(out, "report.html")
    with suppress(RushesError):
        until = signed_until(storage_of(page).read(page).decode(errors="replace"))
        left_s = (until - datetime.now(UTC)).total_seconds() if until else 0.0
        return partial(_presigned, seconds=int(left_s)) if left_s >= 1 else None
    return None


def signed_until(page: str) -> datetime | None:
    """When the URLs in a page end; None where it has none."""
    began = re.search(r"[?;&]X-Amz-Date=(\d{8}T\d{6})Z", page)
    lasts = re.search(r"[?;&]X-Amz-Expires=(\d{1,6})\b", page)
    if began is None or lasts is None:
        return None
    with suppress(ValueError):
        start = datetime.strptime(began[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        return start + timedelta(seconds=int(lasts[1]))
    return None


def _presigned(uri: str, seconds: int) -> str:
    from manifests.storage.s3 import S3Storage  # noqa: PLC0415 - loads boto3

    return S3Storage().presigned(uri, seconds)
