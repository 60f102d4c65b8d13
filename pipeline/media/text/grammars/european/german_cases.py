"""German endings by case and gender: of one, and of the numerals of rulers."""

from __future__ import annotations

import re

from pipeline.media.text.grammars.spellout import spelled

_TITLE = r"(?:(?:König|Königin|Kaiser|Kaiserin|Papst|Zar|Zarin|Herzog|Fürst|Kurfürst|Prinz|Sultan|Pharao)\w{0,2} )?"
_FIRST_NAME = r"(?:(?:Johannes|Franz|Juan|Friedrich|Karl|Maria) )?"
_DATIVE = re.compile(
    rf"\b(?:unter|mit|von|bei|nach|zu|seit|vor|aus|gegenüber|dem|zum|vom|beim|neben|zwischen|einem)"
    rf" {_TITLE}{_FIRST_NAME}$",
    re.IGNORECASE,
)
_ACCUSATIVE = re.compile(
    rf"\b(?:für|gegen|durch|um|ohne|den|gen) {_TITLE}{_FIRST_NAME}$", re.IGNORECASE
)
_GENITIVE = re.compile(
    rf"\b(?:des|eines|wegen|trotz|während) {_TITLE}{_FIRST_NAME}$", re.IGNORECASE
)
_DATIVE_ONE = re.compile(
    r"\b(?:mit|von|zu|bei|nach|aus|seit|vor|in|an|auf|ab|unter|über|neben|binnen)(?: nur| genau| etwa)? $",
    re.IGNORECASE,
)
_ACCUSATIVE_ONE = re.compile(
    r"\b(?:für|um|ohne|gegen|durch|kostet|kosten|hat|haben|habe|hatte|spart|sparen|zahlen|zahlt|bekommt"
    r"|bekommen|gibt|dauert|enthält|braucht|brauchen|je|pro|nehmen|nimmt|wiegt|misst|trinken|trinkt|isst|kaufen"
    r"|kauft|machen|macht|warten|gewinnt|gewinnen|erhalten|erhält|spenden)"
    r"(?: \w+){0,1}? (?:nur |etwa |genau |Sie )?$",
    re.IGNORECASE,
)
_NEUTER = re.compile(
    r"^(?:.*(?:chen|lein|ment|tum|nis)|.*(?:[Jj]ahr|[Mm]al|[Hh]aus|[Ss]piel|[Tt]or|[Bb]uch|[Ff]est|[Rr]ennen"
    r"|[Tt]reffen|[Kk]onzert|[Gg]eschoss|[Ss]tück|[Kk]ind|[Bb]ild|[Vv]ideo|[Gg]las|[Pp]aar|[Ww]ort|[Ll]and"
    r"|[Dd]orf|[Rr]ätsel|[Kk]apitel|[Jj]ubiläum|[Zz]immer|[Ff]inale|[Qq]uartal|[Ss]emester|[Jj]ahrhundert"
    r"|[Jj]ahrtausend|[Ff]estival|[Aa]lbum|[Tt]icket|[Pp]rodukt|[Ee]xemplar|[Gg]ebot|[Bb]ier|[Ee]i|[Bb]rot"
    r"|[Kk]ilo|[Gg]ramm|[Kk]ilogramm|[Pp]fund|[Pp]rozent|byte|[Ww]att|[Vv]olt|[Gg]rad|[Mm]itglied|[Tt]ier"
    r"|[Aa]uto|[Pp]ferd|[Ss]chiff|[Mm]useum|[Zz]entrum|[Tt]eam|[Aa]bo|[Aa]ngebot|[Bb]and|[Tt]raining))$"
)


def case_behind(ahead: str) -> str:
    """The case of a ruler's name by the words before it."""
    for case, cue in (("dative", _DATIVE), ("accusative", _ACCUSATIVE), ("genitive", _GENITIVE)):
        if cue.search(ahead):
            return case
    return "nominative"


def ruler_of(number: int, case: str, *, queen: bool) -> list[str]:
    """The Second, of the Second."""
    article = {
        "nominative": ("der", "die"), "genitive": ("des", "der"),
        "dative": ("dem", "der"), "accusative": ("den", "die"),
    }[case][queen]  # fmt: skip
    weak = case in ("genitive", "dative") or (case == "accusative" and not queen)
    nth = spelled(number, "de", "ordinal-n" if weak else "ordinal")
    return [article, nth.capitalize()]


def is_neuter(noun: str) -> bool:
    return _NEUTER.fullmatch(noun) is not None


def counted_one(noun: str, ahead: str, *, feminine: bool) -> str:
    """1 before a noun, in the case of the words before it."""
    if _DATIVE_ONE.search(ahead):
        return "einer" if feminine else "einem"
    if feminine:
        return "eine"
    return "einen" if _ACCUSATIVE_ONE.search(ahead) and not is_neuter(noun) else "ein"
