# ruff: noqa: RUF001  # quotes of typesetters are meant
"""What stands in a script for those who read it: who speaks, and how."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SPEAKER = re.compile(r"(?P<name>[^:\n]{2,40}):\s+(?=\S)")
_MOST_WORDS = 4
_HEADINGS = """
NOTE WARNING UPDATE TIP PS P.S. FAQ DANGER CAUTION IMPORTANT BREAKING NEW FREE ALERT NOTICE
REMINDER EXAMPLE TODAY TOMORROW TL;DR FYI BONUS SALE STEP PART CHAPTER HINT FACT MYTH QUESTION
ANSWER RESULT SUMMARY GOAL DATE TIME PLACE PRICE ACHTUNG HINWEIS WICHTIG NEU FRAGE ANTWORT
ATTENTION NOUVEAU ATENCIÓN NOTA AVISO IMPORTANTE ATTENZIONE AVVISO NUOVO NUEVO REMARQUE EXEMPLE
EJEMPLO ESEMPIO BEISPIEL SCHRITT KAPITEL TEIL ÉTAPE CHAPITRE PASO CAPÍTULO CAPITOLO PASSO CALL TEL
PHONE EMAIL
"""
_NO_NAMES = frozenset(_HEADINGS.split())

_SOUNDS = (
    "applause|music|pause|beat|silence|laughter|cheering|cheers|crosstalk|inaudible|indistinct|"
    "Applaus|Musik|Pause|Gelächter|Stille|rires|musique|applaudissements|silence|risas|aplausos|"
    "música|pausa|silencio|risate|applausi|musica|silenzio"
)
_DEEDS = (
    "laughs?|laughing|chuckles?|chuckling|giggles?|giggling|sighs?|sighing|sobs?|sobbing|crying|cries|"
    "whispers?|whispering|shouts?|shouting|yells?|yelling|screams?|screaming|gasps?|gasping|coughs?|"
    "coughing|sniffs?|groans?|moans?|grunts?|claps?|clapping|smiles?|smiling|nods?|nodding|shrugs?|"
    "winks?|yawns?|clears? (?:his |her |their )?throat|off[- ]?screen|off[- ]camera|voice ?over|"
    "v\\.?o\\.?|"
    "o\\.?s\\.?|cont'?d|lacht|seufzt|flüstert|hustet|lächelt|weint|schreit|rit|soupire|chuchote|tousse|"
    "sourit|pleure|crie|ríe|suspira|susurra|tose|sonríe|llora|grita|ride|sospira|sussurra|tossisce|"
    "sorride|piange"
)
_CUE = re.compile(
    rf"(?:\w+ ){{0,2}}(?:{_SOUNDS})(?: (?:plays|playing|fades|stops|continues|swells|in|out))?"
    rf"|(?:{_DEEDS})(?: \w+){{0,3}}",
    re.IGNORECASE,
)
_STARRED = re.compile(rf"(?:^|(?<=[.!?] ))\*((?:{_DEEDS})(?: \w+){{0,2}})\*(?= |$)", re.IGNORECASE)
_ROUND = re.compile(r" ?\(([^()\n]{2,60})\)")
_SQUARE = re.compile(r" ?\[([^\[\]\n]{1,60})\]")
_REFERENCE = re.compile(r"sic|\d{1,3}(?:[,-–] ?\d{1,3})*", re.IGNORECASE)


def starred_in_brackets(line: str) -> str:
    """`*sighs*` at the beginning of a sentence stands in brackets, as directions do."""
    return _STARRED.sub(r"(\1)", line)


def unspoken_in(text: str) -> Iterator[tuple[int, int]]:
    """Characters `start` to `stop` of a sentence that nobody says: the name in capitals before a
    colon that begins it, and words in brackets that tell how it sounds. In round brackets they are
    known words, for what stands there is mostly said."""
    start = 0
    speaker = _SPEAKER.match(text)
    spoken = text[speaker.end() :] if speaker else ""
    if speaker and is_name(speaker["name"]) and any(map(str.islower, spoken)):
        yield 0, (start := speaker.end())
    for match in _SQUARE.finditer(text, start):
        inside = match[1]
        loud = inside.isupper() and sum(map(str.isalpha, inside)) > 2  # noqa: PLR2004
        if loud or _CUE.fullmatch(inside) or _REFERENCE.fullmatch(inside):
            yield match.span()
    for match in _ROUND.finditer(text, start):
        if _CUE.fullmatch(match[1].strip()):
            yield match.span()


def is_name(name: str) -> bool:
    """HOST, DR. SMITH, SPEAKER 1, ANNA (V.O.); but NOTE and ACHTUNG are said."""
    words = re.sub(r"\([^()]*\)", "", name).split()
    return (
        0 < len(words) <= _MOST_WORDS
        and name.isupper()
        and all(re.fullmatch(r"[\w.'’#&-]+", word) for word in words)
        and words[0][:1].isalpha()
        and sum(map(str.isalpha, name)) > 1
        and words[0] not in _NO_NAMES
    )
