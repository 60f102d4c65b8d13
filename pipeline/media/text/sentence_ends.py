# ruff: noqa: RUF001  # the marks of other scripts are meant
"""Where sentences end: by our rules where they know more than ICU, else by ICU."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pipeline.media.text.abbreviations import goes_on_behind, is_before_figures
from pipeline.media.text.breaks import sentence_ends
from pipeline.media.text.written_words import is_unspaced_letter

_CLOSERS = r"[\"'”’»›)\]」』】》〉〕）｝]*"

_MARKS = ".!?…؟۔։。！？｡．।॥"
"""Marks whose sentences end by our rules, which know abbreviations, initials and quotes. ICU ends a
sentence behind `Dr.` and takes the opening quote behind a full stop to the sentence before."""

# Latin marks end a sentence before a space; those of scripts that put no space after them anywhere.
# The look behind keeps a million dots from being tried a million times.
_END = re.compile(
    rf"(?<![.!?…؟۔։])[.!?…؟۔։]+{_CLOSERS}(?=\s|$)|(?:[。！？｡।॥]|．(?!\d))+{_CLOSERS}"
)

_TITLES = "mr mrs ms dr prof st sr jr rev hon gen col capt lt sgt mt ft gov sen rep messrs mme mlle"
_BEFORE_NUMBERS = "nr fig vol pp ch sec art approx ca bzw vgl abb"
_ALWAYS = "vs e.g i.e z.b d.h u.a cf al"
_OTHERS = (
    "sra srta dra ud uds ee sig dott avv ing geom hr hrn "
    "nrn dña cnel arz dipl hrsg mio mrd tsd डॉ प्रो د أ"
)
_ABBREVIATIONS = frozenset(f"{_TITLES} {_BEFORE_NUMBERS} {_ALWAYS} {_OTHERS}".split())
_TITLES_LIKE_WORDS = frozenset({"On", "Rag", "Arch", "Fr"})
"""Onorevole, ragionier, architetto, Frau: with a capital alone, since `and so on.` ends."""
_DAY = re.compile(r"[(„\"]?(?:\d{1,3}|[IVX]{1,5})")
_PARTED = frozenset("zuoiv")
_GERMAN_MONTHS = """
januar jänner februar märz april mai juni juli august september oktober november dezember
jan feb apr aug sep sept okt nov dez
"""
_MONTHS = frozenset(_GERMAN_MONTHS.split())
_GERMAN_ARTICLES = """
am im vom zum zur beim bis ab seit der die das dem den des jeder jede jedes jeden dieser
ein eine einen einem einer mein dein sein ihr unser
"""
_BEFORE_ORDINALS = frozenset(_GERMAN_ARTICLES.split())
_INITIALS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]$")
_LOOK_AHEAD = 40
_GOING_ON = frozenset("€%‰:;,")
"""Signs that begin no sentence, so that what they follow is an abbreviation: `2 Mio. €`."""
_OPENING = "“‘«‹([「『【《〈〔（｛"
_QUOTES = f"\"'{_OPENING}"
_CLOSING = "\"'”’»›)]」』】》〉〕）｝"
_QUOTED = re.compile("[」』](?:[とっを]|など|なんて)")
"""Behind what is quoted, Japanese goes on with a particle: `「行く？」と言った`."""


def ends_of(paragraph: str, language: str) -> list[int]:
    """Behind each sentence of a paragraph but the last, with the quotes that close it."""
    own, others = _own_ends(paragraph, language), _other_ends(paragraph, language)
    return sorted({*own, *others})


def _own_ends(paragraph: str, language: str) -> Iterator[int]:
    start = 0
    german = language.partition("-")[0].lower() == "de"
    for end in _END.finditer(paragraph):
        if _ends_sentence(paragraph, start, end) and not (german and _is_ordinal(paragraph, end)):
            yield end.end()
            start = end.end()


def _other_ends(paragraph: str, language: str) -> Iterator[int]:
    """Ends behind marks that our rules do not know, and behind Latin ones inside a text without
    blanks."""
    for edge in sentence_ends(paragraph, language)[:-1]:
        window = paragraph[max(0, edge - _LOOK_AHEAD) : edge]
        end = edge - len(window) + len(window.rstrip(f" {_OPENING}"))
        mark = window.rstrip(f" {_OPENING}").rstrip(_CLOSING)[-1:]
        after = paragraph[end : end + _LOOK_AHEAD].lstrip(f" {_QUOTES}")[:1]
        ends = not after.islower()
        if mark in _MARKS:
            ends = mark in "!?" and is_unspaced_letter(after) and not _goes_on(paragraph, end)
        if ends and mark:
            yield end


def _is_ordinal(paragraph: str, end: re.Match[str]) -> bool:
    """German writes `am 3. Mai` and `z. B.`; of other languages what follows is in lower case."""
    before = paragraph[max(0, end.start() - _LOOK_AHEAD) : end.start()].split()
    after = paragraph[end.end() : end.end() + _LOOK_AHEAD].split()
    if end.group() != "." or not before or not after:
        return False
    if before[-1].lower() in _PARTED:
        return True
    if not _DAY.fullmatch(before[-1]):
        return False
    if not before[1:] and before[-1].isdecimal() and end.start() < len(before[-1]) + 1:
        return True  # a line that begins with `2. Stock`
    if before[1:] and re.fullmatch(r"[^\W\d_]+,", before[-2]):
        return True  # 2. Auflage, 3. Band
    asked = before[-2].lower() if before[1:] else ""
    return asked in _BEFORE_ORDINALS or after[0].strip(".,;:!?").lower() in _MONTHS


def _goes_on(paragraph: str, end: int) -> bool:
    return bool(_QUOTED.match(paragraph, end - 1))


def _ends_sentence(paragraph: str, start: int, end: re.Match[str]) -> bool:
    """Not after an abbreviation or an initial, nor where the sentence goes on in lower case."""
    following = paragraph[end.end() : end.end() + _LOOK_AHEAD].lstrip().lstrip(_QUOTES)[:1]
    if following.islower() or following in _GOING_ON or _goes_on(paragraph, end.end()):
        return False
    if end.group() != ".":
        return True
    words = paragraph[max(start, end.start() - _LOOK_AHEAD) : end.start()].split()
    word = words[-1].lstrip(_QUOTES) if words else ""
    elided = re.split(r"['\u2019]", word)[-1]
    if following.isdigit() and is_before_figures(word):
        return False
    if goes_on_behind(word, paragraph[end.end() : end.end() + _LOOK_AHEAD]):
        return False
    if word.lower() == "no":  # an answer, unless a number follows
        return True
    initial = _INITIALS.fullmatch(word) and word.isupper() and word != "I" and following
    if initial and words[1:] and words[-2][-1:].isdigit():
        return True  # 5 M., 18 H.
    return not (initial or is_abbreviation(word) or is_abbreviation(elided))


def is_abbreviation(word: str) -> bool:
    """Whether the full stop behind a word (given without it) belongs to the word."""
    return word.lower() in _ABBREVIATIONS or word in _TITLES_LIKE_WORDS
