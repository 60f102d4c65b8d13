"""Translations out of XLIFF 1.2 and 2.x: the target text of each unit, by its id.

Only text is taken: what stands for markup of the source's format is none of it, and neither are
notes, old translations and whatever other namespaces bring.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as ET

from pipeline.captions.bounded_xml import bounded_xml

_OLD = "urn:oasis:names:tc:xliff:document:1.2"
_NEW = "urn:oasis:names:tc:xliff:document:2."
_CODES = frozenset({"ph", "bpt", "ept", "it", "x", "bx", "ex", "sc", "ec", "sm", "em"})
"""Elements that stand for markup of the source's format, with or without its text."""

_SPELLED = "cp"
"""XLIFF 2 writes a character that XML cannot hold as the number of its code point."""

_LINE_BREAKS = frozenset({"lb", "xlf:lb"})
_BREAK = "\n"
_MARKUP_OF_BREAKS = re.compile(r"<br\b|^(?:\n|\\n)$", re.IGNORECASE)

_WAITING = frozenset({"new", "needs-translation", "initial"})
"""States of targets that nobody has translated: tools fill in the source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class XliffUnit:
    """A unit and its translation; `target` is None where there is none."""

    id: str
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Xliff:
    """`language` is the tag of the targets, "" where the file tells none."""

    language: str
    units: tuple[XliffUnit, ...]


def is_xliff(text: str) -> bool:
    """Whether a text that may be other XML begins as XLIFF does."""
    return "<xliff" in text[:2000]


def read_xliff(text: str) -> Xliff:
    """All units in the order of the file. Raises `ValueError` that says why it cannot be read."""
    root = bounded_xml(text)
    space, _, name = root.tag.rpartition("}")
    space = space.removeprefix("{")
    if name != "xliff" or not (space == _OLD or space.startswith(_NEW)):
        raise ValueError("it does not begin with the `xliff` of XLIFF 1.2 or 2.x")
    reader = _Old(space) if space == _OLD else _New(space)
    return Xliff(language=reader.language(root), units=tuple(reader.units(root)))


class _Reader:
    """Walks over the elements of one namespace."""

    def __init__(self, space: str) -> None:
        self._space = f"{{{space}}}"

    def tag(self, name: str) -> str:
        return f"{self._space}{name}"

    def text_of(self, element: ET.Element) -> str:
        """Of an element, without codes and without what other namespaces bring."""
        return "".join([element.text or "", *map(self._with_tail, element)])

    def _with_tail(self, element: ET.Element) -> str:
        return self._inside(element) + (element.tail or "")

    def _inside(self, element: ET.Element) -> str:
        name = element.tag.removeprefix(self._space)
        if name == _SPELLED:
            return _character(element.get("hex", ""))
        breaks = {element.get("ctype"), element.get("subType")} & _LINE_BREAKS
        if breaks or (name in _CODES and _stands_for_break(element)):
            return _BREAK
        if name in _CODES or "}" in name:
            return ""
        return self.text_of(element)


class _Old(_Reader):
    """XLIFF 1.2."""

    def language(self, root: ET.Element) -> str:
        return _one_language(
            file.get("target-language", "") for file in root.iter(self.tag("file"))
        )

    def units(self, root: ET.Element) -> Iterator[XliffUnit]:
        for unit in root.iter(self.tag("trans-unit")):
            found = unit.find(self.tag("target"))
            if found is not None and found.get("state") in _WAITING:
                found = None
            if found is None and unit.get("translate") == "no":
                found = unit.find(self.tag("source"))
            target = None if found is None else _tidy(self.text_of(found))
            yield XliffUnit(id=unit.get("id", ""), target=target or None)


class _New(_Reader):
    """XLIFF 2.0 and later: a unit has segments, and text between them that needs no translation."""

    def language(self, root: ET.Element) -> str:
        return root.get("trgLang", "")

    def units(self, root: ET.Element) -> Iterator[XliffUnit]:
        for unit in root.iter(self.tag("unit")):
            whole = unit.get("translate") != "no"
            yield XliffUnit(id=unit.get("id", ""), target=self._target(unit, translated=whole))

    def _target(self, unit: ET.Element, *, translated: bool) -> str | None:
        """None where a segment with a text has no translation."""
        parts: list[tuple[int, str]] = []
        kinds = (self.tag("segment"), self.tag("ignorable"))
        for place, part in enumerate((p for p in unit if p.tag in kinds), start=1):
            target, source = part.find(self.tag("target")), part.find(self.tag("source"))
            taken = source if target is None else target
            text = "" if taken is None else self.text_of(taken)
            asked = "" if source is None else self.text_of(source)
            waits = target is None or not text.strip() or part.get("state") in _WAITING
            if part.tag == kinds[0] and translated and waits and (text + asked).strip():
                return None
            order = "" if target is None else target.get("order", "")
            parts.append((int(order) if order.isdecimal() else place, text))
        ordered = sorted(parts, key=lambda part: part[0])
        return _tidy("".join(text for _, text in ordered)) or None


def _stands_for_break(mark: ET.Element) -> bool:
    """By the markup of the source's format, as `<br/>`."""
    markup = [mark.text, *(mark.get(name) for name in ("equiv-text", "equiv", "disp"))]
    return any(_MARKUP_OF_BREAKS.search(each) for each in markup if each)


def _one_language(languages: Iterator[str]) -> str:
    found = {language for language in languages if language}
    if len(found) > 1:
        raise ValueError(f"its files are in several languages: {', '.join(sorted(found))}")
    return next(iter(found), "")


def _character(number: str) -> str:
    try:
        found = chr(int(number, 16))
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{number[:8]!r} is the number of no character") from error
    return found if found.isprintable() or found.isspace() else ""


def _tidy(text: str) -> str:
    """Lines without blanks around them; XML may be folded anywhere, so only written breaks count
    where the text stands in one line."""
    lines = (" ".join(line.split()) for line in text.strip().split(_BREAK))
    return _BREAK.join(line for line in lines if line)
