"""A file that is not there under its name, and is there under one that looks the same."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path
from urllib.parse import unquote_plus

from manifests.errors import Missing
from manifests.storage import storage_of
from manifests.storage.uri import S3, redacted

_MOST_NAMES = 10_000
"""So many names of a folder are looked at."""

_BORDERS = " \t\r\n\xa0\u200b\ufeff\"'`\u201c\u201d\u2018\u2019"


def as_stored(uri: str) -> str:
    """The name under which a missing `uri` is there: the same letters with their accents composed
    otherwise.

    Raises Missing, which names what was perhaps meant.
    """
    same = _only(_composed, uri)
    if same is not None:
        return same
    near = _only(_loosely, uri.replace("\\", "/")) or _only(_as_in_address, _in_plain(uri))
    if near is None:
        raise Missing(f"{_told(uri)} does not exist; correct the path or upload the file.")
    raise Missing(
        f"{_told(uri)} does not exist, but {_told(near)} does"
        f" ({_difference(uri, near)}); write that."
    )


def _told(uri: str) -> str:
    return repr(redacted(uri)) if _composed(uri).strip(_BORDERS) != uri else redacted(uri)


def _difference(uri: str, near: str) -> str:
    last = uri.rpartition("/")[2]
    if "\\" in uri:
        return "folders are parted by /"
    if last.strip(_BORDERS) != last:
        return "blanks or quotes stand around the name"
    if near not in {_in_plain(near), uri} or _in_plain(uri) != uri:
        return "one of the names is written as in a web address"
    return "the names differ in upper and lower case, blanks or quotes"


def _in_plain(uri: str) -> str:
    """What `+` and `%20` stand for in web addresses and in the events of S3."""
    plain = unquote_plus(uri)
    return plain if plain.isprintable() else uri


def _as_in_address(name: str) -> str:
    return _loosely(_in_plain(name))


def _composed(name: str) -> str:
    return unicodedata.normalize("NFC", name)


def _loosely(name: str) -> str:
    return _composed(name).strip(_BORDERS).casefold()


def _only(fold: Callable[[str], str], uri: str) -> str | None:
    """The file whose path is that of `uri` after `fold`; None where there is none, or several."""
    return _in_bucket(fold, uri) if uri.startswith(S3) else _in_folders(fold, uri)


def _in_folders(fold: Callable[[str], str], path: str) -> str | None:
    found = Path("/")
    for name in path.strip("/").split("/"):
        there = [name] if os.path.lexists(found / name) else _same(fold, name, _names_in(found))
        if len(there) != 1:
            return None
        found /= there[0]
    return str(found)


def _names_in(folder: Path) -> Iterable[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.name for entry in islice(entries, _MOST_NAMES)]
    except OSError:
        return ()


def _in_bucket(fold: Callable[[str], str], uri: str) -> str | None:
    """Below the last folder that the bucket has by that name; the bucket is never listed whole."""
    bucket, _, key = uri.removeprefix(S3).partition("/")
    folders = key.split("/")[:-1]
    for depth in range(len(folders), 0, -1):
        folder = f"{S3}{bucket}/{'/'.join(folders[:depth])}"
        names = list(islice(storage_of(folder).list(folder), _MOST_NAMES))
        if names:
            others = _same(fold, uri, names)
            return others[0] if len(others) == 1 else None
    return None


def _same(fold: Callable[[str], str], name: str, names: Iterable[str]) -> list[str]:
    return [other for other in names if _folded(fold, other) == _folded(fold, name)]


def _folded(fold: Callable[[str], str], uri: str) -> str:
    return "/".join(map(fold, uri.split("/")))
