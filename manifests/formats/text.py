"""What kind of file stands there, told by its first bytes, and text files as lines that end."""

from __future__ import annotations

import codecs
import io
import os
from collections.abc import Iterator

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


_BLOCK_BYTES = 8 << 20
_MARKS = (  # UTF-32 before UTF-16, whose mark it begins with
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def encoding_of(head: bytes) -> str:
    """By the byte order mark, or by the zeros that UTF-16 puts beside ASCII; else UTF-8."""
    for mark, encoding in _MARKS:
        if head.startswith(mark):
            return encoding
    if len(head) > 1 and 0 in head[:2] and head[:2] != b"\0\0":
        return "utf-16-be" if head[0] == 0 else "utf-16-le"
    return "utf-8"


def lines(file: RangedFile, longest: int, *, newline: str = "") -> Iterator[str]:
    """Lines with their ends, each cut behind `longest` characters; memory holds one.

    What is not of the encoding comes as surrogates.
    """
    file.seek(0)
    encoding = encoding_of(file.read(4))
    file.seek(0)
    errors = "surrogateescape" if encoding.startswith("utf-8") else "surrogatepass"
    blocks = io.BufferedReader(file, _BLOCK_BYTES)
    text = io.TextIOWrapper(blocks, encoding, errors=errors, newline=newline)
    try:
        while line := text.readline(longest + 1):
            rest = line
            while not _ends(rest) and len(rest) > longest:
                rest = text.readline(longest + 1)
            yield line
    except UnicodeDecodeError:
        yield "\ufffd\ud800"  # a character that the end of the file cuts


def _ends(line: str) -> bool:
    return line.endswith(("\n", "\r"))
