r"""Pairs of what is written and how it may be said: their files, and when a reading is right.

A file is UTF-8 with four columns parted by tabs: language (BCP 47), section, written, readings.
Lines that begin with `#` tell the section's rule. In what is written, `\n` is a new line. Readings
are parted by ` | `; in one of them `{a|b}` is either (`{a|}`: or nothing), `[a]` may be left out.

Compared are words in lower case without punctuation: hyphens count as blanks, apostrophes as
nothing, single letters that follow each other as one word (`b b c` is `bbc`), spellings that sound
alike as one (metre, meter). Signs that are no punctuation (`$ % * #`) are compared too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_GROUP = re.compile(r"\{([^{}\[\]]*)\}|\[([^\[\]{}]*)\]")
_ALIKE = (("metre", "meter"), ("litre", "liter"), ("per cent", "percent"))
_MARKS = re.compile(
    r"[-.,;:!?\u2026\u2010-\u2015\"\u201c-\u201f()\[\]\u00ab\u00bb\u2039\u203a\u00bf\u00a1]"
)
_SPELLED = re.compile(r"[A-Z]{2}|\b[^\W\d_]\b")
_COLUMNS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingPair:
    """A text and all readings of it that are right."""

    language: str
    section: str
    written: str
    readings: frozenset[str]

    def holds(self, said: str) -> bool:
        """Where letters are spelled, `EST` is right for `e s t`, so blanks do not count there."""
        if compared(said) in self.readings:
            return True
        is_spelled = _SPELLED.search(said) is not None
        return is_spelled and _unspaced(said) in {_unspaced(each) for each in self.readings}


def read_pairs(path: Path) -> tuple[ReadingPair, ...]:
    """The pairs of a file; a line of another shape is a `ValueError` that names it."""
    pairs = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        cells = line.split("\t")
        if len(cells) != _COLUMNS:
            raise ValueError(f"{path}: line {number} has {len(cells)} columns, not {_COLUMNS}")
        language, section, written, readings = cells
        pairs.append(
            ReadingPair(
                language=language,
                section=section,
                written=written.replace("\\n", "\n"),
                readings=frozenset(map(compared, expanded(readings))),
            )
        )
    return tuple(pairs)


def expanded(readings: str) -> Iterator[str]:
    """`a {b|c [d]}` -> a b, a c d, a c. Groups may stand in groups."""
    for reading in readings.split(" | "):
        yield from _ways(reading)


def _ways(reading: str) -> Iterator[str]:
    """An innermost group is opened first."""
    group = _GROUP.search(reading)
    if group is None:
        yield reading
        return
    either = group[1]
    for choice in (group[2], "") if either is None else either.split("|"):
        yield from _ways(reading[: group.start()] + choice + reading[group.end() :])


def _unspaced(said: str) -> str:
    return compared(said).replace(" ", "")


def compared(said: str) -> str:
    """The words of a reading as they are held against each other."""
    text = unicodedata.normalize("NFC", said).lower().replace("\u00ad", "")
    text = re.sub(r"['\u2019]", "", text)
    text = " ".join(_MARKS.sub(" ", text).split())
    for spelling, same in _ALIKE:
        text = text.replace(spelling, same)
    return re.sub(r"\b(?:[^\W\d_] )+[^\W\d_]\b", lambda run: run.group().replace(" ", ""), text)
