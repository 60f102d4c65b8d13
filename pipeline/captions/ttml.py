"""TTML, as ttconv reads its times.

ttconv is given a bare tree: elements of text and time, and no attribute but those of time, each
looked at before. So no style, region or animation of a stranger's file reaches it, nothing nests so
deep that it ends in a `RecursionError`, and no time is so long that it takes minutes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Any
from xml.etree import ElementTree as ET

import ttconv.imsc.reader as imsc  # type: ignore[import-untyped]  # no types in ttconv
from ttconv import model as isd

from pipeline.captions.bounded_xml import bounded_xml
from pipeline.captions.cue import Cue

_TT = "http://www.w3.org/ns/ttml"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_NAMESPACES = (_TT, "http://www.w3.org/2006/10/ttaf1", "http://www.w3.org/2006/04/ttaf1")
"""Today's, and those of DFXP, which many tools still write."""

_NESTED = frozenset({"body", "div", "p", "span", "br"})
_OVER_TEXT = frozenset({"text", "textContainer", "delimiter"})
"""Ruby: small letters over others take no place in the line."""

_TIMED = ("begin", "end", "dur")
_TIME = re.compile(
    r"\d{1,3}:[0-5]\d:[0-5]\d(?:\.\d{1,9}|:(?P<frames>\d{2,3}))?$"
    r"|\d{1,12}(?:\.\d{1,9})?(?:h|m|s|ms|f|t)$"
)
_RATES = {
    "frameRate": re.compile(r"[1-9]\d{0,3}$"),
    "frameRateMultiplier": re.compile(r"[1-9]\d{0,5}[ :][1-9]\d{0,5}$"),
    "tickRate": re.compile(r"[1-9]\d{0,9}$"),
    "timeBase": re.compile(r"(?:media|smpte)$"),
    "dropMode": re.compile(r"(?:nonDrop|dropNTSC|dropPAL)$"),
}
_USUAL_RATE = "30"
_MARKS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SHOWN = 40

logging.getLogger("ttconv").addHandler(logging.NullHandler())
"""What it logs of a file is said by us, or of no concern to who checks it."""

Element = Any
"""An element of ttconv's model, which has no types."""


def ttml_cues(text: str) -> Iterator[Cue]:
    """The paragraphs that are shown at a time of their own, in the order of the file."""
    root = bounded_xml(text)
    bare = _Bare(root)
    document = imsc.to_model(ET.ElementTree(bare.tree))
    body = None if document is None else document.get_body()
    seen = 0
    for paragraph, begin, end in _paragraphs(body, Fraction(0), None) if body is not None else ():
        number = int(paragraph.get_lang()[1:])
        if number > seen:
            raise ValueError(f"its paragraph {seen + 1} is shown for no time")
        seen = number + 1
        yield from _cues_of(paragraph, (begin, end), bare.told[number])
    if seen < len(bare.told):
        raise ValueError(f"its paragraph {seen + 1} is shown for no time, or stands in no body")


@dataclass(frozen=True, slots=True)
class _Told:
    """What a paragraph says of itself."""

    speaker: str
    timed: bool
    id: str


class _Bare:
    """The tree for ttconv, and what its paragraphs told besides; `p7` is the language of the
    eighth: ttconv keeps no ids."""

    def __init__(self, root: ET.Element) -> None:
        space = root.tag.removeprefix("{").removesuffix("}tt")
        if space not in _NAMESPACES:
            raise ValueError("it does not begin with the `tt` of TTML")
        self.told: list[_Told] = []
        self._space = space
        self._rates = _rates_of(root, space)
        self._names = _agents_of(root, space)
        self.tree = ET.Element(f"{{{_TT}}}tt", {f"{_XML}lang": "", **_parameters(self._rates)})
        for body in root.findall(f"{{{space}}}body"):
            self._copy(body, self.tree)
        for element in root.iter():  # also of what stands in no body
            self._refuse_wrong_times(element)

    def _copy(self, element: ET.Element, parent: ET.Element) -> None:
        """An element of text and time with what is in it; of any other only the text after it."""
        space, _, local = element.tag.rpartition("}")
        known = local in _NESTED and space == f"{{{self._space}"
        if known and not self._is_over_text(element):
            given = {name: element.get(name) for name in _TIMED}
            times = {name: _padded(time) for name, time in given.items() if time is not None}
            if element.get("timeContainer") == "seq":
                times["timeContainer"] = "seq"
            made = ET.SubElement(parent, f"{{{_TT}}}{local}", times)
            if local == "p":
                made.set(f"{_XML}lang", f"p{len(self.told)}")
                agent = element.get(f"{{{self._space}#metadata}}agent", "")
                told = _Told(self._names.get(agent, ""), bool(times), element.get(f"{_XML}id", ""))
                self.told.append(told)
            made.text = element.text
            for child in element:
                self._copy(child, made)
        _add_text(parent, element.tail)

    def _is_over_text(self, element: ET.Element) -> bool:
        return element.get(f"{{{self._space}#styling}}ruby") in _OVER_TEXT

    def _refuse_wrong_times(self, element: ET.Element) -> None:
        for name in _TIMED:
            value = element.get(name)
            if value is None:
                continue
            found = _TIME.match(value)
            frames = int((found and found["frames"]) or 0)
            if found is None or frames >= ceil(Fraction(self._rates["frameRate"])):
                raise ValueError(f"{value[:_SHOWN]!r} is no time such as 00:00:01.000")


def _add_text(parent: ET.Element, text: str | None) -> None:
    """Text goes behind the last child, or before any."""
    if len(parent):
        parent[-1].tail = (parent[-1].tail or "") + (text or "")
    else:
        parent.text = (parent.text or "") + (text or "")


def _padded(time: str) -> str:
    """TTML wants two digits of hours."""
    return f"0{time}" if time[1:2] == ":" else time


def _rates_of(root: ET.Element, space: str) -> dict[str, str]:
    """Of frames and ticks, as the file says; where it tells frames alone, a tick is a frame."""
    rates: dict[str, str] = {}
    for name, pattern in _RATES.items():
        value = root.get(f"{{{space}#parameter}}{name}")
        if value is not None and not pattern.match(value):
            raise ValueError(f"its {name} {value[:_SHOWN]!r} is not read")
        if value is not None:
            rates[name] = value.replace(":", " ")
    if "frameRate" in rates:
        rates.setdefault("tickRate", rates["frameRate"])
    rates.setdefault("frameRate", _USUAL_RATE)
    return rates


def _parameters(rates: Mapping[str, str]) -> dict[str, str]:
    return {f"{{{_TT}#parameter}}{name}": value for name, value in rates.items()}


def _agents_of(root: ET.Element, space: str) -> dict[str, str]:
    return {
        agent.get(f"{_XML}id", ""): "".join(agent.itertext()).strip()
        for agent in root.iter(f"{{{space}#metadata}}agent")
    }


Shown = tuple[Element, Fraction, Fraction | None]
"""An element of the model, and the times of the whole file between which it is shown."""


def _paragraphs(element: Element, start: Fraction, stop: Fraction | None) -> Iterator[Shown]:
    begin, end = _times(element, start, stop)
    if isinstance(element, isd.P):
        yield element, begin, end
        return
    for child in element:
        yield from _paragraphs(child, begin, end)


def _times(
    element: Element, start: Fraction, stop: Fraction | None
) -> tuple[Fraction, Fraction | None]:
    """An element's times are told from its parent's beginning, and never outlast it."""
    begin = start + (element.get_begin() or 0)
    end = element.get_end()
    ends = [each for each in (stop, None if end is None else start + end) if each is not None]
    return begin, min(ends, default=None)


def _cues_of(
    paragraph: Element, times: tuple[Fraction, Fraction | None], told: _Told
) -> Iterator[Cue]:
    """One cue, or one for each span where only those have times."""
    spans = [child for child in paragraph if _is_timed(child)]
    loose = [child for child in paragraph if not _is_timed(child)]
    if told.timed or not spans or "".join(map(_text_of, loose)).strip():
        yield _cue(paragraph, *times, told)
        return
    for span in spans:
        yield _cue(span, *_times(span, *times), told)


def _is_timed(element: Element) -> bool:
    if not isinstance(element, isd.Span):
        return False
    return element.get_begin() is not None or element.get_end() is not None


def _cue(element: Element, begin: Fraction, end: Fraction | None, told: _Told) -> Cue:
    if end is None:
        raise ValueError(f"{_text_of(element).strip()[:_SHOWN]!r} is shown without an end")
    whole = re.sub(r"[^\S\n]+", " ", _MARKS.sub("", _text_of(element)))
    lines = tuple(line.strip() for line in whole.strip().split("\n"))
    start_s, stop_s = round(float(begin), 3), round(float(end), 3)
    return Cue(start_s=start_s, stop_s=stop_s, lines=lines, speaker=told.speaker, id=told.id)


def _text_of(element: Element) -> str:
    if isinstance(element, isd.Br):
        return "\n"
    if isinstance(element, isd.Text):
        return re.sub(r"\s+", " ", element.get_text())
    return "".join(map(_text_of, element))
