"""Abbreviations, rulers, numerals of chapters and wars, initials."""

from __future__ import annotations

import re

from pipeline.media.text.grammars.grammar import Rule, before, behind, either
from pipeline.media.text.grammars.roman import ROMAN, roman_value
from pipeline.media.text.numerals import cardinal, ordinal

_SHORT = {
    "Dr": "doctor", "Mr": "mister", "Mrs": "missus", "Ms": "miz", "Prof": "professor",
    "Jr": "junior", "Sr": "senior", "Rev": "reverend", "Gen": "general", "Col": "colonel",
    "Capt": "captain", "Lt": "lieutenant", "Sgt": "sergeant", "Gov": "governor", "Sen": "senator",
    "Rep": "representative", "Hon": "honourable", "Mt": "mount", "Ft": "fort", "St": "saint",
    "vs": "versus", "etc": "et cetera", "approx": "approximately", "dept": "department",
    "Dept": "department", "Inc": "incorporated", "Ltd": "limited", "Corp": "corporation",
    "Ave": "avenue", "Blvd": "boulevard", "Rd": "road", "govt": "government", "Govt": "government",
    "Sts": "saints", "Messrs": "messers", "Co": "company", "Bros": "brothers", "Cmdr": "commander",
    "Maj": "major", "Pres": "president", "est": "established", "misc": "miscellaneous",
    "Assn": "association", "Univ": "university", "Hwy": "highway", "Pkwy": "parkway",
    "tel": "telephone", "Tel": "telephone", "Apt": "apartment", "max": "maximum",
    "temp": "temperature",
}  # fmt: skip
_NEVER_BARE = ("Co", "est", "temp", "max", "tel", "Tel", "Apt", "Sts", "Maj", "Pres", "Hon", "Rep",
               "Sen", "Gen", "Ft", "Rd", "Rev", "misc")  # fmt: skip
"""Words of their own without a full stop: `Rep`, `Gen Z`."""

_DOTTED = {
    "e.g.": "for example", "i.e.": "that is", "a.m.": "a m", "p.m.": "p m", "a.k.a.": "A K A",
    "et al.": "et al", "w/o": "without", "w/": "with", "w/ ": "with", "p.a.": "per annum",
    "R.I.P.": "R I P", "c/o": "care of", "Ph.D.": "P H D", "Ph.D": "P H D", "Ed.D.": "E D D",
}  # fmt: skip
_BEFORE_FIGURES = {
    "No": "number", "Nos": "numbers", "Fig": "figure", "Figs": "figures", "Vol": "volume",
    "Ch": "chapter", "pp": "pages", "p": "page", "Sec": "section", "Art": "article", "ca": "circa",
    "c": "circa", "Eq": "equation", "Ex": "example", "Ext": "extension", "ext": "extension",
    "no": "number", "vol": "volume", "fig": "figure",
}  # fmt: skip
_CROWNED = """
Henry Louis George Edward William Charles James Richard Elizabeth Mary Philip Pius Benedict Paul
Leo Gregory Innocent Clement Urban Julius Alexander Napoleon Frederick Wilhelm Catherine Ivan
Nicholas Peter Otto Friedrich Ramesses Ramses Thutmose Cleopatra Ferdinand Alfonso Carlos Felipe
Francis Emmanuel Christian Gustav Margrethe Harald Olav Haakon Leopold Albert Rudolf Maximilian
Joseph Constantine Justinian Darius Xerxes Cyrus Ptolemy Mehmed Murad Selim Suleiman Isabella
Umberto Edmund Stephen Boniface Sixtus Celestine Umberto Amenhotep Seti Artaxerxes Theodosius
Valentinian Baldwin Robert Malcolm Kenneth Matthias Sigismund Casimir Akihito Pedro Joao Manuel
"""
_RULERS = _CROWNED.split()
_TITLES = r"(?:King|Queen|Emperor|Empress|Pope|Tsar|Czar|Kaiser|Sultan|Prince|Duke|Shah|Pharaoh)"
_COUNTED = (
    "World War|Chapter|Part|Act|Volume|Vol\\.|vol\\.|Section|Phase|Type|Scene|Book|Title|"
    "Article|Appendix|Super Bowl|Class|Grade|Level|Stage|Episode|Round|Table|Figure|Fig\\.|"
    "Unit|Module|Lesson|Step|Apollo|Gemini|Area|Division|Group|Schedule|Canto|Psalm|"
    "Symphony|Concerto|Sonata|Fantasy"
)
_NOT_COUNTED = ("XL", "XXX", "LI", "LL", "XXL", "XX")
_STREETS = {"St.": "street", "Dr.": "drive"}
_OF_RULERS = r" (?:of [A-Z]|and [A-Z]|ruled|reigned|died|became|abdicated|\()|,|\.|$|['\u2019]s"
_OWN_I = (
    r"(?: (?:like|love|want|know|have|had|am|was|will|would|can|could|think|play|saw|see|do)\b"
    r"|['\u2019])"
)


def _ruler(match: re.Match[str]) -> list[str] | None:
    """Henry V; of I, which may be the speaker, only behind a title or before `of`."""
    roman, name = match["roman"], match["name"]
    if name == "Malcolm" and roman == "X":
        return None
    rare = name in ("Napoleon", "Justinian", "Darius", "Xerxes", "Ramses", "Wilhelm", "Friedrich")
    titled = re.search(rf"\b{_TITLES} (?:\w+ )?$", before(match))
    if roman == "I" and not (titled or rare or re.match(_OF_RULERS, behind(match))):
        return None
    return [name, "the", *ordinal(roman_value(roman))]


def _counted(match: re.Match[str]) -> list[str] | None:
    """World War I, Chapter IV."""
    if match["roman"] == "I" and match["word"] == "Part" and re.match(_OWN_I, behind(match)):
        return None
    word = {"Vol.": "Volume", "vol.": "volume", "Fig.": "Figure"}.get(match["word"], match["word"])
    return [word, *cardinal(roman_value(match["roman"]))]


def _roman(match: re.Match[str]) -> list[str] | None:
    """Rocky IV, the XXI century; not `an IV`, XL."""
    roman = match["roman"]
    century = re.match(r" (?:century|centuries|Olympi|Congress)", behind(match))
    if len(roman) < 2 or (roman in _NOT_COUNTED and not century):  # noqa: PLR2004
        return None
    if roman == "IV" and re.search(r"\b[Aa]n $", before(match)):
        return None
    return (ordinal if century else cardinal)(roman_value(roman))


def _street(match: re.Match[str]) -> list[str] | None:
    """Oak Dr., 42nd St."""
    return [_STREETS[match.group()]]


def _short(match: re.Match[str]) -> list[str] | None:
    if not match["dot"] and match["word"] in _NEVER_BARE:
        return None
    return _SHORT[match["word"]].split()


RULES = (
    Rule(
        rf"\b(?P<name>{'|'.join(dict.fromkeys(_RULERS))}) (?P<roman>{ROMAN})\b(?!['\u2019.]\w)",
        _ruler,
    ),
    Rule(rf"\b(?P<word>{_COUNTED}) (?P<roman>{ROMAN})\b(?!['\u2019]\w)", _counted),
    Rule(
        rf"\bWorld Wars (?P<first>{ROMAN}) and (?P<roman>{ROMAN})\b",
        lambda m: [
            "World Wars",
            *cardinal(roman_value(m["first"])),
            "and",
            *cardinal(roman_value(m["roman"])),
        ],
    ),
    Rule(
        r"(?<=\d )(?P<way>[NSEW])\. (?=[A-Z])",
        lambda m: [{"N": "north", "S": "south", "E": "east", "W": "west"}[m["way"]], ""],
    ),
    Rule(r"\bWWI\b", lambda _: ["World", "War", "one"]),
    Rule(r"\bWWII\b", lambda _: ["World", "War", "two"]),
    Rule(
        rf"\b(?P<word>{either(list(_BEFORE_FIGURES))})\. ?(?=\d)",
        lambda m: [_BEFORE_FIGURES[m["word"]]],
    ),
    Rule(
        rf"(?<![\w.])(?:{either(list(_DOTTED))})(?!\w)|(?<!\w)w/ ?(?=[a-z])",
        lambda m: _DOTTED[m.group()].split(),
    ),
    Rule(r"(?:(?<=[a-z] )|(?<=\d(?:st|nd|rd|th) ))(?:St|Dr)\.(?= ?(?:,|$)| [a-z])", _street),
    Rule(rf"\b(?P<word>{either(list(_SHORT))})(?:(?P<dot>\.)(?=\W|$)|(?= [A-Z]))", _short),
    Rule(r"\b(?:[A-Z]\. ?){2,}(?!\w)", lambda m: list(re.sub(r"[. ]", "", m.group()))),
    Rule(rf"(?:(?<=[a-z] )|(?<=[IVX], )|(?<![^\n]))(?P<roman>{ROMAN})\b(?!['\u2019])", _roman),
)
