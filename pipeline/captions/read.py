"""Cues out of SubRip, WebVTT and TTML files of any maker; nothing is mended silently."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from xml.etree import ElementTree as ET

from manifests.errors import BadInput
from pipeline.captions.cue import Cue

_CLOCK = r"(?:(\d+):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMES = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]*)>")
_NO_CUE = re.compile(r"WEBVTT|NOTE|STYLE|REGION")
_TAG = re.compile(r"</?[a-zA-Z0-9][^>]*>")
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_TTML_CLOCK = re.compile(r"(\d+):(\d{2}):(\d{2})(?:\.(\d+))?$")
_TTML_OFFSET = re.compile(r"(\d+(?:\.\d+)?)(h|m|s|ms)$")
_UNIT_S = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_LARGEST_BYTES = 32 << 20


def read_captions(data: bytes, name: str) -> tuple[Cue, ...]:
    """The cues of a file that people know as `name`. Raises `BadInput("captions_unreadable")`."""
    if len(data) > _LARGEST_BYTES:
        raise _unreadable(name, "it is larger than 32 MiB")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise _unreadable(name, f"byte {error.start} is not UTF-8") from error
    match PurePosixPath(name).suffix.lower():
        case ".vtt":
            if not text.startswith("WEBVTT"):
                raise _unreadable(name, "it does not begin with WEBVTT")
            return tuple(_blocks(text, name, markup=True))
        case ".srt":
            return tuple(_blocks(text, name, markup=False))
        case ".ttml" | ".xml" | ".dfxp":
            return tuple(_paragraphs(text, name))
        case suffix:
            raise _unreadable(name, f"{suffix or 'no suffix'} is none of .srt, .vtt, .ttml")


def _blocks(text: str, name: str, *, markup: bool) -> Iterator[Cue]:
    for block in re.split(r"\n[^\S\n]*\n+", text.strip("\n")):
        lines = block.strip("\n").split("\n")
        at = next((place for place, line in enumerate(lines[:2]) if "-->" in line), None)
        if at is None:
            if not block.strip() or (markup and _NO_CUE.match(lines[0])):
                continue
            raise _unreadable(name, f"{lines[0][:40]!r} begins no cue")
        found = _TIMES.match(lines[at])
        if found is None:
            raise _unreadable(name, f"{lines[at][:40]!r} are no times")
        start_s, stop_s = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
        yield _cue(start_s, stop_s, lines[at + 1 :], markup=markup)


def _cue(start_s: float, stop_s: float, lines: list[str], *, markup: bool) -> Cue:
    speaker = ""
    if markup:
        voice = _VOICE.search("\n".join(lines))
        speaker = html.unescape(voice.group(1)) if voice else ""
        lines = [html.unescape(_TAG.sub("", line)) for line in lines]
    shown = tuple(_MARKS.sub("", line) for line in lines)
    return Cue(start_s=start_s, stop_s=stop_s, lines=shown, speaker=speaker)


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return round(whole + int((fraction or "0").ljust(3, "0")) / 1000, 3)


def _paragraphs(text: str, name: str) -> Iterator[Cue]:
    if "<!DOCTYPE" in text or "<!ENTITY" in text:  # entities can be made to fill all memory
        raise _unreadable(name, "it declares a document type")
    try:
        root = ET.fromstring(text)  # noqa: S314  # no document type, so no entities
    except ET.ParseError as error:
        raise _unreadable(name, f"it is not XML ({error})") from error
    names = {
        agent.get("{http://www.w3.org/XML/1998/namespace}id"): "".join(agent.itertext()).strip()
        for agent in root.iter("{http://www.w3.org/ns/ttml#metadata}agent")
    }
    for paragraph in root.iter("{http://www.w3.org/ns/ttml}p"):
        yield Cue(
            start_s=_ttml_s(paragraph.get("begin"), name),
            stop_s=_ttml_s(paragraph.get("end"), name),
            lines=tuple(_MARKS.sub("", line) for line in _ttml_lines(paragraph)),
            speaker=names.get(paragraph.get("{http://www.w3.org/ns/ttml#metadata}agent"), ""),
        )


def _ttml_lines(paragraph: ET.Element) -> list[str]:
    def text_of(element: ET.Element) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            if child.tag.endswith("}br"):
                yield "\n"
            yield from text_of(child)
            yield child.tail or ""

    whole = re.sub(r"[^\S\n]+", " ", "".join(text_of(paragraph)))
    return [line.strip() for line in whole.strip().split("\n")]


def _ttml_s(value: str | None, name: str) -> float:
    if value and (clock := _TTML_CLOCK.match(value)):
        hours, minutes, seconds = (int(part) for part in clock.groups()[:3])
        return round(hours * 3600 + minutes * 60 + seconds + float(f"0.{clock.group(4) or 0}"), 3)
    if value and (offset := _TTML_OFFSET.match(value)):
        return round(float(offset.group(1)) * _UNIT_S[offset.group(2)], 3)
    raise _unreadable(name, f"{value!r} is no time such as 00:00:01.000")


def _unreadable(name: str, why: str) -> BadInput:
    return BadInput("captions_unreadable", f"{name} cannot be read as captions: {why}.")
