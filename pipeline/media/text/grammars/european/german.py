# ruff: noqa: RUF001  # signs of typesetters are meant
"""German: ordinals by the word before them, years in hundreds, hours with `Uhr`."""

from __future__ import annotations

import re
from functools import cache

from pipeline.media.text.grammars.european.customs import GERMAN as CUSTOMS
from pipeline.media.text.grammars.european.german_cases import (
    case_behind,
    counted_one,
    is_neuter,
    ruler_of,
)
from pipeline.media.text.grammars.european.shared_rules import grammar_of
from pipeline.media.text.grammars.european.tongue import FREE, Tongue
from pipeline.media.text.grammars.grammar import Grammar, Rule, before, behind
from pipeline.media.text.grammars.roman import ROMAN, roman_value
from pipeline.media.text.grammars.spellout import spelled

_MONTHS = (
    "Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
    "November", "Dezember",
)  # fmt: skip
_SHORT_MONTHS = {
    "jan": "Januar", "feb": "Februar", "mär": "März", "apr": "April", "jun": "Juni", "jul": "Juli",
    "aug": "August", "sep": "September", "sept": "September", "okt": "Oktober", "nov": "November",
    "dez": "Dezember",
}  # fmt: skip
_MONTH = rf"(?:{'|'.join(_MONTHS)}|(?:Jan|Feb|Mär|Apr|Jun|Jul|Aug|Sept?|Okt|Nov|Dez)\.)"
_UNITS = """
km:Kilometer m:Meter cm:Zentimeter mm:Millimeter kg:Kilogramm g:Gramm mg:Milligramm l:Liter L:Liter
ml:Milliliter dl:Deziliter cl:Zentiliter ha:Hektar W:Watt kW:Kilowatt MW:Megawatt GW:Gigawatt V:Volt
kWh:Kilowattstunde|Kilowattstunden|f Hz:Hertz kHz:Kilohertz MHz:Megahertz GHz:Gigahertz kB:Kilobyte
KB:Kilobyte MB:Megabyte GB:Gigabyte TB:Terabyte Mbit/s:Megabit_pro_Sekunde dB:Dezibel
Min.:Minute|Minuten|f min:Minute|Minuten|f Std.:Stunde|Stunden|f h:Stunde|Stunden|f
Sek.:Sekunde|Sekunden|f s:Sekunde|Sekunden|f t:Tonne|Tonnen|f km/h:Kilometer_pro_Stunde
m/s:Meter_pro_Sekunde m²:Quadratmeter m2:Quadratmeter m3:Kubikmeter qm:Quadratmeter km²:Quadratkilometer m³:Kubikmeter
°C:Grad_Celsius °F:Grad_Fahrenheit °:Grad %:Prozent ‰:Promille kcal:Kilokalorie|Kilokalorien|f
TL:Teelöffel EL:Esslöffel ct:Cent Ct.:Cent PS:P_S Jh.:Jahrhundert Uhr:Uhr
"""
_SHORTS = {
    "z. B.": "zum Beispiel", "z.B.": "zum Beispiel", "d. h.": "das heißt", "d.h.": "das heißt",
    "u. a.": "unter anderem", "u.a.": "unter anderem", "usw.": "und so weiter",
    "etc.": "et cetera", "bzw.": "beziehungsweise", "vgl.": "vergleiche", "ca.": "circa",
    "Dr.": "Doktor", "Prof.": "Professor", "Hr.": "Herr", "Hrn.": "Herrn", "Fr.": "Frau",
    "St.": "Sankt", "inkl.": "inklusive", "exkl.": "exklusive", "MwSt.": "Mehrwertsteuer",
    "Mwst.": "Mehrwertsteuer", "ggf.": "gegebenenfalls", "evtl.": "eventuell", "Str.": "Straße",
    "sog.": "sogenannte", "u. U.": "unter Umständen", "i. d. R.": "in der Regel",
    "v. a.": "vor allem", "v.a.": "vor allem", "zzgl.": "zuzüglich", "o. Ä.": "oder Ähnliches",
    "Tel.": "Telefon", "Abb.": "Abbildung", "Dipl.": "Diplom", "Ing.": "Ingenieur",
    "max.": "maximal", "min.": "mindestens", "geb.": "geboren", "gest.": "gestorben",
    "n. Chr.": "nach Christus", "v. Chr.": "vor Christus", "Mio.": "Millionen",
    "Mrd.": "Milliarden", "Jh.": "Jahrhundert", "Kap.": "Kapitel", "bspw.": "beispielsweise",
    "Mo.": "Montag", "Di.": "Dienstag", "Mi.": "Mittwoch", "Do.": "Donnerstag", "Sa.": "Samstag",
    "s. o.": "siehe oben", "s. u.": "siehe unten", "i. V.": "in Vertretung", "m. E.": "meines Erachtens",
    **{f"{name.capitalize()}.": month for name, month in _SHORT_MONTHS.items()},
}  # fmt: skip
_RULERS = (
    "Ludwig|Wilhelm|Friedrich|Karl|Heinrich|Otto|Paul|Benedikt|Pius|Alexander|Nikolaus|Napoleon|"
    "Maximilian|Ferdinand|Philipp|Georg|Franz|Leopold|Rudolf|Iwan|Peter|Gustav|Christian|Leo|Gregor|"
    "Innozenz|Clemens|August|Albert|Eduard|Jakob|Richard|Charles|Louis|Elisabeth|Katharina|Maria|"
    "Margarethe|Viktoria|Ramses|Johannes|Konrad|Joseph|Josef|Sigismund|Felipe|Juan Carlos"
)
_QUEENS = ("Elisabeth", "Katharina", "Maria", "Margarethe", "Viktoria")
_WEAK = re.compile(
    r"\b(?:am|im|vom|zum|zur|beim|den|dem|des|bis|ab|seit|jeden|jedem|einem|einen|einer|eines|seinem|"
    r"seinen|ihrem|ihren|diesem|diesen|meinem|meinen|unserem|(?:in|an|auf|von|mit|bei|nach|aus|zu|seit|vor) der"
    r")(?: \w+)? $|-$",
    re.IGNORECASE,
)
_FEMININE = re.compile(
    r"^(?!Name|Junge|Kunde|Kollege|Ende|Auge|Interesse|Gedanke|Glaube)[A-ZÄÖÜ]\w*"
    r"(?:e|ung|heit|keit|schaft|tion|tät|ei|Person|person|Frau|Stadt|Zahl|Million)$"
)
_STRONG = re.compile(r"(?:^|[,(] ?|\b(?:ein|mein|dein|sein|ihr|unser|kein|als) )$", re.IGNORECASE)


class German(Tongue):
    """German."""

    def cardinal(self, number: int, *, gender: str = "") -> list[str]:
        return super().cardinal(number, gender=gender if number == 1 else "")

    def nth(self, number: int, ahead: str, after: str = "") -> str:
        """The third: its ending is that of an adjective between what stands `ahead` and what stands
        `after`."""
        noun = re.match(r" ([^\W\d_]+)", after)
        kind = "-n" if _WEAK.search(ahead) else "-r" if _STRONG.search(ahead) else ""
        if kind == "-r" and noun and is_neuter(noun[1]):
            kind = "-s"
        elif kind == "-r" and noun and _FEMININE.search(noun[1]):
            kind = ""
        return spelled(number, self.tag, f"ordinal{kind}")

    def day_of_month(self, day: int, month: int, ahead: str) -> list[str]:
        return [self.nth(day, ahead), self.months[month - 1]]

    def date(self, day: int, month: int, year: str, *, ahead: str) -> list[str]:
        return [self.nth(day, ahead), self.months[month - 1], *self.year(int(year))]

    def clock(self, hour: int, minute: int) -> list[str]:
        said = [*self.cardinal(hour, gender="masculine"), "Uhr"]
        return [*said, *self.cardinal(minute)] if minute else said

    def ruler(self, match: re.Match[str], number: int) -> list[str] | None:
        del match, number
        return None  # by its own rule, which knows the case

    def unit(self, match: re.Match[str]) -> list[str] | None:
        said = super().unit(match)
        return said and self._one_declined(match, said)

    def sum(self, match: re.Match[str]) -> list[str]:
        return self._one_declined(match, super().sum(match))

    def _one_declined(self, match: re.Match[str], said: list[str]) -> list[str]:
        """For one euro, with one metre."""
        if match["amount"] != "1" or said[0] not in ("ein", "eine") or said[1:2] in ([], ["Uhr"]):
            return said
        one = counted_one(said[1], before(match), feminine=said[0] == "eine")
        return [one, *said[1:]]

    def plain(self, text: str, *, after: str = "", ahead: str = "") -> list[str]:
        """`eins` where nothing is counted."""
        noun = re.match(r" ([^\W\d_]+)", after)
        if text != "1" or not noun or noun[1].lower() in self.small_words:
            return super().plain(text)
        if noun[1] == "Uhr":
            return ["ein"]
        feminine = bool(_FEMININE.search(noun[1]))
        return [counted_one(noun[1], ahead, feminine=feminine)]


def _units() -> dict[str, str]:
    table = {}
    for each in _UNITS.split():
        symbol, _, names = each.partition(":")
        one, *rest = names.replace("_", " ").split("|")
        table[symbol] = "|".join([one, *(rest or [one])])
    return table


GERMAN = German(
    tag="de", comma="Komma", minus="minus", to="bis", per="pro", months=_MONTHS, short_months=_SHORT_MONTHS,
    units=_units(),
    money={
        "€": "Euro|Euro", "Euro": "Euro|Euro", "EUR": "Euro|Euro", "$": "Dollar|Dollar",
        "US$": "US-Dollar|US-Dollar", "USD": "US-Dollar|US-Dollar", "Dollar": "Dollar|Dollar",
        "£": "Pfund|Pfund", "GBP": "Pfund|Pfund", "CHF": "Franken|Franken", "Fr.": "Franken|Franken",
        "¥": "Yen|Yen",
    },
    cents=dict.fromkeys(("€", "Euro", "EUR", "$", "US$", "USD", "Dollar", "¥"), "Cent|Cent") | dict.fromkeys(("£", "GBP"), "Penny|Pence") | {"CHF": "Rappen|Rappen", "Fr.": "Rappen|Rappen"},
    with_cents=(), cents_named=False,
    scales={
        "M": "Million|Millionen|f", "Mio.": "Million|Millionen|f", "Mio": "Million|Millionen|f", "Mrd.": "Milliarde|Milliarden|f",
        "Mrd": "Milliarde|Milliarden|f", "Millionen": "Million|Millionen|f",
        "Milliarden": "Milliarde|Milliarden|f", "Tsd.": "tausend|tausend", "Million": "Million|Millionen|f",
        "Milliarde": "Milliarde|Milliarden|f", "Bio.": "Billion|Billionen|f",
    },
    of_scale="", shorts=_SHORTS, of_clock="Uhr",
    before_figures={
        "Nr.": "Nummer", "Nrn.": "Nummern", "S.": "Seite", "Bd.": "Band", "Kap.": "Kapitel",
        "Abb.": "Abbildung", "Art.": "Artikel", "Abs.": "Absatz", "Tel.": "Telefon", "§": "Paragraf",
        "§§": "Paragrafen", "#": "Nummer",
    },
    signs={
        "&": "und", "@": "at", "+": "plus", "=": "gleich", "×": "mal", "÷": "geteilt durch",
        "±": "plus minus", "§": "Paragraf", "#": "Nummer", ":": "zu", "%": "Prozent", "€": "Euro",
        "$": "Dollar", "£": "Pfund", "°": "Grad", "≈": "ungefähr", "→": "nach",
    },
    web={
        ".": "Punkt", "@": "at", "/": "Schrägstrich", "-": "Bindestrich", "_": "Unterstrich",
        "+": "plus", "?": "Fragezeichen", "=": "gleich", "&": "und", "%": "Prozent", "#": "Raute",
        "~": "Tilde", ":": "Doppelpunkt",
        **{str(digit): spelled(digit, "de") for digit in range(10)},
    },
    halves={2: "halb|halbe", 3: "Drittel|Drittel", 4: "Viertel|Viertel", 5: "Fünftel|Fünftel",
            6: "Sechstel|Sechstel", 7: "Siebtel|Siebtel", 8: "Achtel|Achtel", 9: "Neuntel|Neuntel",
            10: "Zehntel|Zehntel", 100: "Hundertstel|Hundertstel"},
    feminine_ends=r"$^", rulers=_RULERS,
    counted="Kapitel|Kap\\.|Teil|Akt|Band|Phase|Weltkrieg|Typ|Artikel|Stufe|Klasse",
)  # fmt: skip


def _ordinal(match: re.Match[str]) -> list[str]:
    return [GERMAN.nth(int(match["day"]), before(match), behind(match))]


def _day_of_month(match: re.Match[str]) -> list[str]:
    nth = GERMAN.nth(int(match["day"]), before(match))
    return [nth, GERMAN.month_of(match["month"])]


def _short_date(match: re.Match[str]) -> list[str] | None:
    """24.12."""
    day, month = int(match["day"]), int(match["month"])
    if not (1 <= day <= 31 and 1 <= month <= 12):  # noqa: PLR2004
        return None
    return [GERMAN.nth(day, before(match)), _MONTHS[month - 1]]


def _clock(match: re.Match[str]) -> list[str]:
    until = match["until"]
    said = GERMAN.clock(int(match["hour"]), int(match["minute"]))
    if not until:
        return said
    hour, minute = re.split(r"[:.]", until)
    return [*said, "bis", *GERMAN.clock(int(hour), int(minute))]


def _tens(match: re.Match[str]) -> list[str]:
    """80er, 1990ern."""
    number = int(match["number"])
    said = GERMAN.year(number) if number > 99 else GERMAN.cardinal(number)  # noqa: PLR2004
    return [f"{said[-1]}er{match['case'] or ''}"]


def _half(_match: re.Match[str]) -> list[str]:
    """1/2 Liter: half a litre."""
    return ["ein", "halber"]


def _ruler(match: re.Match[str]) -> list[str] | None:
    """Ludwig XIV., Ludwigs II.; one letter without a full stop may be an initial."""
    if match["roman"] in ("I", "V", "X") and not match["dot"]:
        return None
    number = roman_value(match["roman"])
    case = "genitive" if match["s"] else case_behind(before(match))
    return [match["whole"], *ruler_of(number, case, queen=match["name"] in _QUEENS)]


def _numeral_dotted(match: re.Match[str]) -> list[str]:
    """Nach dem II. Weltkrieg."""
    return [GERMAN.nth(roman_value(match["roman"]), before(match), behind(match))]


def _percent_of(match: re.Match[str]) -> list[str]:
    """20%ige."""
    number = "".join(GERMAN.amount(match["amount"])).replace("Komma", "komma")
    return [f"{number}prozent{match['end']}"]


def _halves_more(match: re.Match[str]) -> list[str] | None:
    """2 1/2 Stunden."""
    top, bottom = int(match["top"]), int(match["bottom"])
    if not 0 < top < bottom or bottom not in GERMAN.halves:
        return None
    whole = "".join(GERMAN.cardinal(int(match["whole"]), gender="masculine"))
    if bottom == 2:  # noqa: PLR2004
        return [f"{whole}einhalb"]
    part = "".join(GERMAN.cardinal(top, gender="masculine"))
    return [f"{whole}{part}{GERMAN.halves[bottom].split('|')[0].lower()}"]


@cache
def german() -> Grammar:
    """German."""
    time = r"(?:[01]?\d|2[0-4])[:.][0-5]\d"
    own = (
        Rule(
            rf"\b(?P<whole>(?P<name>{_RULERS})(?P<s>s)?) (?P<roman>{ROMAN})(?!\w|['’])(?P<dot>\.)?",
            _ruler,
        ),
        Rule(rf"(?<![\w-])(?P<roman>{ROMAN})\.(?= [A-ZÄÖÜ][a-zäöü]{{2}})", _numeral_dotted),
        Rule(
            r"(?<![\w.,-])(?P<number>\d{1,4})-?(?P<end>(?:stünd|täg|jähr|wöch|monat|mal|köpf|teil|stell|seit|"
            r"minüt|stöck|sprach|spur|tür|gäng)ig\w*|fach\w*|mal\b|jährl\w*)",
            lambda m: ["".join([*GERMAN.cardinal(int(m["number"]), gender="masculine"), m["end"]])],
        ),
        Rule(r"(?<=\d )ff?\.(?=[ ,;)]|$)", lambda _: ["folgende"]),
        Rule(rf"{FREE}(?P<amount>\d+(?:,\d+)?) ?%-?(?P<end>ig(?:e[nmrs]?)?)\b", _percent_of),
        Rule(
            r"(?<![\w/.,])(?P<whole>\d{1,3}) (?P<top>\d{1,2})[/⁄](?P<bottom>\d{1,3})(?![\w/])",
            _halves_more,
        ),
        Rule(
            r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-4])[:.](?P<minute>[0-5]\d)"
            rf"(?:\s?(?:[-–]|bis)\s?(?P<until>{time}))? Uhr\b",
            _clock,
        ),
        Rule(
            rf"(?<![\w:.,])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?:\s?[-–]\s?(?P<until>{time}))?(?: ?[hH](?!\w))?(?![\w:])",
            _clock,
        ),
        Rule(rf"{FREE}(?P<day>\d{{1,2}})\. ?(?P<month>{_MONTH})(?!\w)", _day_of_month),
        Rule(rf"{FREE}(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?!\w)", _short_date),
        Rule(
            rf"{FREE}(?P<day>\d{{1,3}})\.(?= [^\W\d_]| (?:bis|und|oder) \d{{1,2}}\.|[-–]\d{{1,2}}\.)",
            _ordinal,
        ),
        Rule(r"(?<!\w)['’]?(?P<number>\d{2}|\d{3}0)er(?P<case>n)?(?![^\W\d_])", _tens),
        Rule(r"(?<![\w/.,])1/2(?= [A-ZÄÖÜ])", _half),
        Rule(r"\b(?P<name>[A-ZÄÖÜ][a-zäöüß]+)str\.(?!\w)", lambda m: [f"{m['name']}straße"]),
    )
    return grammar_of(GERMAN, own, CUSTOMS)
