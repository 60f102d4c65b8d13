"""Text files as lines: in the encoding that their first bytes show, and none of them endless."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator

from manifests.storage.ranged import RangedFile

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
