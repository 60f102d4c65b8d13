"""Cues out of SubRip, WebVTT and TTML files of any maker; nothing is mended silently."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping
from pathlib import PurePosixPath

from manifests.errors import BadInput
from pipeline.captions.blocks import srt_cues, vtt_cues
from pipeline.captions.cue import Cue
from pipeline.captions.ttml import ttml_cues

LARGEST_BYTES = 8 << 20
"""A film's captions have 0.2 MB, in TTML with all its styles 2."""

MOST_CUES = 20_000
"""A film has 2,000."""

READERS: Mapping[str, Callable[[str], Iterator[Cue]]] = {
    ".srt": srt_cues,
    ".vtt": vtt_cues,
    ".ttml": ttml_cues,
    ".xml": ttml_cues,
    ".dfxp": ttml_cues,
}
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def read_captions(data: bytes, name: str) -> tuple[Cue, ...]:
    """The cues of a file that people know as `name`. Raises `BadInput("captions_unreadable")`."""
    suffix = PurePosixPath(name).suffix.lower()
    try:
        if len(data) > LARGEST_BYTES:
            raise ValueError(f"it is larger than {LARGEST_BYTES >> 20} MiB")  # noqa: TRY301
        if suffix not in READERS:
            raise ValueError(f"{suffix or 'no suffix'} is none of .srt, .vtt, .ttml")  # noqa: TRY301
        return tuple(_not_too_many(READERS[suffix](decoded(data))))
    except ValueError as error:
        message = f"{name} cannot be read as captions: {error}."
        raise BadInput("captions_unreadable", message) from error


def _not_too_many(cues: Iterator[Cue]) -> Iterator[Cue]:
    for number, cue in enumerate(cues):
        if number == MOST_CUES:
            raise ValueError(f"it has more than {MOST_CUES:,} cues")
        yield cue


def decoded(data: bytes) -> str:
    """UTF-8, or UTF-16 that says so, with one kind of newline."""
    coding = "utf-16" if data.startswith(_WIDE) else "utf-8-sig"
    try:
        text = data.decode(coding)
    except UnicodeDecodeError as error:
        told = f"byte {error.start} is not {coding.removesuffix('-sig').upper()}"
        raise ValueError(f"{told}{_guess(data)}; save it as UTF-8") from error
    if "\0" in text:
        raise ValueError(f"it holds characters of no text{_guess(data)}; save it as UTF-8")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guess(data: bytes) -> str:
    """What the bytes look like: letters of Western Europe in one byte each, or wide ones."""
    start = data[:4096]
    if start.count(0) > len(start) // 4:
        return ", and looks like UTF-16 without its mark"
    try:
        western = data.decode("cp1252")
    except UnicodeDecodeError:
        return ""
    beyond = [letter for letter in western if ord(letter) > 127]  # noqa: PLR2004  # beyond ASCII
    if "\0" in western or not beyond or 2 * sum(map(str.isalpha, beyond)) < len(beyond):
        return ""
    return ", and looks like Windows-1252 (cp1252) or a code page like it"
