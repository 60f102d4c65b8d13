# ruff: noqa: RUF001  # bullets and dashes of typesetters are meant
"""A script without the marks of Markdown, and with the ends of lines that end a sentence."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

from pipeline.media.text.cleaning.stage_directions import starred_in_brackets

LINE_END = "\x01"
"""Stands where a line ends a sentence; no script that was cleaned has this letter."""

SHORT_LINE = 42
"""Characters. Longer lines are prose that was broken to fit a page."""

_RULE = re.compile(r"\s*(?:-{3,}|\*{3,}|_{3,}|={3,}|```.*|\|[\s|:-]*\|)\s*")
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*")
_QUOTE = re.compile(r"\s*>\s?")
_BULLET = re.compile(r"\s*[-*+•‣◦▪–]\s+(?:\[[ xX]\]\s+)?(?=\S)")
_BEFORE_FIGURE = re.compile(r"\s*[-–+>]\s?\d")
_TABLE = re.compile(r"\s*\|(.+)\|\s*")
_LINK = re.compile(r"!?\[([^\[\]\n]*)\]\((?:[^()\s]|\([^()\s]*\))*(?:\s\"[^\"\n]*\")?\)")
_STRONG = re.compile(r"(?<![\w*\\])(\*{1,3})(?=[^\s*])([^\n]*?[^\s*\\])\1(?![\w*])")
_UNDER = re.compile(r"(?<![\w_\\])(_{1,3})(?=[^\s_])([^\n]*?[^\s_\\])\1(?![\w_])")
_STRUCK = re.compile(r"~~(?=\S)([^\n]*?\S)~~")
_CODE = re.compile(r"`+([^`\n]+)`+")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|>~-])")
_ENDED = re.compile(r"[.!?:;,…。！？：；，、،؛؟।\-–—/&+(\[\"“„«][\"”’»)\]]*\s*$")
_BEGINS = re.compile(r"\s*[\"“„«¿¡(\[]*(\w)")
_SMALL_WORDS = """
a an the of to and or but in on at for with by from is are was were be has have had my your his
her our their this that as if than der die das den dem des ein eine einen und oder mit von zu im
am in auf für le la les un une de des du et ou à au aux pour avec par el los las una y o con por
para del il lo gli i uno e di da che per
"""
_GOES_ON = frozenset(_SMALL_WORDS.split())
_MARKS = frozenset("#*_`~[>|-+•‣◦▪–=\\")


def plain_script(script: str) -> str:
    """The text of a script that may be written in Markdown; newlines are `\\n`.

    `LINE_END` stands behind titles, items of lists, rows of tables, and short lines without a mark
    at their end that are followed by one that begins anew.
    """
    lines = script.split("\n")
    begins_with = Counter(line.lstrip()[:1] for line in lines)
    listed = frozenset(mark for mark, count in begins_with.items() if count > 1)
    marked = [_unmarked(line, listed) if _MARKS & set(line) else (line, False) for line in lines]
    joined = [
        text + (LINE_END if text.strip() and (always or _ends(text, after, begins)) else "")
        for (text, always), (after, begins) in pairwise([*marked, ("", False)])
    ]
    return "\n".join(joined)


def _unmarked(line: str, listed: frozenset[str]) -> tuple[str, bool]:
    """The text of a line, and whether it is one of its own by its marks. A mark before a figure
    belongs to the figure (`- 5 degrees`, `> 50 people`), unless others of the `listed` marks make
    it one of a list."""
    if _RULE.fullmatch(line):
        return "", False
    if _BEFORE_FIGURE.match(line) and line.lstrip()[0] not in listed:
        return _inline(line), False
    line = line[quote.end() :] if (quote := _QUOTE.match(line)) else line
    if heading := _HEADING.fullmatch(line):
        return _inline(heading[1]), True
    if table := _TABLE.fullmatch(line):
        return _inline(
            ", ".join(cell.strip() for cell in table[1].split("|") if cell.strip())
        ), True
    bullet = _BULLET.match(line)
    return _inline(line[bullet.end() :] if bullet else line), bool(bullet)


def _inline(text: str) -> str:
    """Links and pictures by their words, emphasis and code without their marks."""
    text = _LINK.sub(r"\1", starred_in_brackets(text))
    for pattern, kept in ((_CODE, r"\1"), (_STRUCK, r"\1"), (_STRONG, r"\2"), (_UNDER, r"\2")):
        text = pattern.sub(kept, text)
    return _ESCAPED.sub(r"\1", text)


def _ends(line: str, after: str, is_own: bool) -> bool:
    """Whether a line ends a sentence by where the next one begins."""
    words = line.split()
    if len(line) > SHORT_LINE or _ENDED.search(line) or words[-1].lower() in _GOES_ON:
        return False
    first = _BEGINS.match(after)
    return first is not None and (is_own or not first[1].islower())
