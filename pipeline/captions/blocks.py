"""SubRip and WebVTT: blocks of lines, each with a line of times.

Every pattern here stops at a `<` or a `{`, or after a few characters, so that no text takes more
than the time of its length.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from pipeline.captions.cue import Cue

_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s|$)")
_NUMBER = re.compile(r"\s*#?(\d{1,9})[.:)]?\s*$")
_NO_CUE = re.compile(r"(?:WEBVTT|NOTE|STYLE|REGION)(?:\s|$)")
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t]|$)")
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s([^<>]*)>")
_SRT_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>|\{\\[^{}]{0,200}\}")
_VTT_TAG = re.compile(r"<[^<>]*>")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|\w{1,31});")
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SHOWN = 40
_WINDOW = 300
"""Characters of a line within which its times stand."""


def srt_cues(text: str) -> Iterator[Cue]:
    """A cue's text goes on to the next line of times, whatever blank lines are in it or lack before
    it; only the number before that line is none of it."""
    lines = text.split("\n")
    times = [at for at, line in enumerate(lines) if "-->" in line]
    first = times[0] if times else len(lines)
    _refuse_text(lines[:first])
    for at, following in pairwise([*times, len(lines)]):
        last = following
        if following < len(lines) and following > at + 1 and _NUMBER.match(lines[following - 1]):
            last = following - 1
        shown = [_SRT_TAG.sub("", line) for line in _trimmed(lines[at + 1 : last])]
        number = _NUMBER.match(lines[at - 1]) if at else None
        yield replace(_cue(lines[at], shown), id=number[1] if number else "")


def vtt_cues(text: str) -> Iterator[Cue]:
    """Blocks end at an empty line; one of blanks alone is text, as rolling captions have it."""
    signature, *lines = text.split("\n")
    if not _SIGNATURE.match(signature):
        raise ValueError("it does not begin with WEBVTT")
    for number, block in enumerate(_blocks(lines)):
        at = next((place for place, line in enumerate(block[:2]) if "-->" in line), None)
        if at is not None:
            name = block[0].strip() if at else ""
            yield replace(_vtt_cue(block[at], block[at + 1 :]), id=name)
        elif number > 0 and not _NO_CUE.match(block[0]):  # the first belongs to the signature
            raise ValueError(f"{block[0][:_SHOWN]!r} begins no cue")


def _blocks(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines between empty ones; the first block may be empty. A line of times begins a block
    where an empty line before it was forgotten, as players have it."""
    block: list[str] = []
    first = True
    for line in lines:
        timed = "-->" in line and any("-->" in before for before in block)
        if line and not timed:
            block.append(line)
            continue
        if block or first:
            yield block or [""]
        first = False
        block = [line] if timed else []
    if block:
        yield block


def _vtt_cue(times: str, lines: list[str]) -> Cue:
    voices = _VOICE.finditer("\n".join(lines))
    names = dict.fromkeys(" ".join(_unescaped(voice[1]).split()) for voice in voices)
    speaker, *others = names or [""]
    cue = _cue(times, [_unescaped(_VTT_TAG.sub("", line)) for line in lines])
    return replace(cue, speaker=speaker, others=tuple(others))


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda entity: html.unescape(entity.group()), text)


def _cue(times: str, lines: Sequence[str]) -> Cue:
    found = _TIMES.match(times[:_WINDOW])
    if found is None:
        raise ValueError(f"{times[:_SHOWN]!r} are no times")
    start_s, stop_s = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    shown = tuple(_MARKS.sub("", line) for line in lines)
    return Cue(start_s=start_s, stop_s=stop_s, lines=shown)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return round(whole + int((fraction or "0").ljust(3, "0")) / 1000, 3)


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    """Without the blank lines around the text."""
    written = [at for at, line in enumerate(lines) if line.strip()]
    return lines[written[0] : written[-1] + 1] if written else ()


def _refuse_text(lines: Sequence[str]) -> None:
    """Before the first cue there is nothing but its number."""
    written = [line for line in lines if line.strip()]
    wrong = [line for line in written if not _NUMBER.match(line)]
    if wrong or len(written) > 1:
        raise ValueError(f"{(wrong or written)[0][:_SHOWN]!r} begins no cue")
