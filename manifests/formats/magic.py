"""Files that are no manifest, told by their first bytes whatever their name says."""

from __future__ import annotations

import os

from manifests.errors import BadInput
from manifests.storage.ranged import RangedFile

_AS_CSV = 'save it as "CSV UTF-8" in the spreadsheet program, and give that file'
_SOME_BYTES = 1 << 16


def refuse_other_content(file: RangedFile, suffix: str) -> None:
    """BadInput that names what the file is and the remedy, when it is none that can be read under
    `suffix`."""
    file.seek(0)
    head = file.read(_SOME_BYTES)
    what = _zipped(head + _end_of(file)) if head.startswith(b"PK\3\4") else _what(head, suffix)
    if what:
        raise BadInput("unreadable_manifest", f"{file.name} is {what}.")


def _end_of(file: RangedFile) -> bytes:
    """Where a ZIP archive lists its names."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - _SOME_BYTES))
    return file.read()


def _zipped(ends: bytes) -> str:
    if b"opendocument.spreadsheet" in ends:
        return f"an OpenDocument spreadsheet (.ods); {_AS_CSV}"
    if b"xl/workbook" in ends:
        return f"an Excel workbook (.xlsx); {_AS_CSV}"
    if b"Index/Document.iwa" in ends:
        return f"a Numbers spreadsheet; {_AS_CSV}"
    return "a ZIP archive; unpack it, and give the manifest in it"


def _what(head: bytes, suffix: str) -> str:
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return f"an Excel workbook of the old form (.xls); {_AS_CSV}"
    if head.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh")):
        return "compressed as a whole; unpack it first"
    if head.startswith((b"ARROW1", b"\xff\xff\xff\xff")):
        return "an Arrow (Feather) file; write it as Parquet"
    if head.startswith(b"PAR1") and suffix != ".parquet":
        return "a Parquet file; name it .parquet"
    if head and not head.startswith(b"PAR1") and suffix == ".parquet":
        return "damaged or no Parquet file; write it again"
    return ""
