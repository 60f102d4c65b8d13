# ruff: noqa: RUF001  # signs of typesetters are meant
"""French: hours with `h`, ordinals of centuries, sums with `euros` between."""

from __future__ import annotations

import re
from functools import cache

from pipeline.media.text.grammars.european.customs import FRENCH as CUSTOMS
from pipeline.media.text.grammars.european.shared_rules import grammar_of
from pipeline.media.text.grammars.european.tongue import AMOUNT, FREE, Tongue
from pipeline.media.text.grammars.grammar import Grammar, Rule
from pipeline.media.text.grammars.roman import ROMAN, roman_value
from pipeline.media.text.grammars.spellout import spelled

_MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
_SHORT_MONTHS = {
    "janv": "janvier", "févr": "février", "avr": "avril", "juil": "juillet", "sept": "septembre",
    "oct": "octobre", "nov": "novembre", "déc": "décembre",
}  # fmt: skip
_MONTH = rf"(?:{'|'.join(_MONTHS)}|(?:{'|'.join(_SHORT_MONTHS)})\.)"
_UNITS = """
km:kilomètre m:mètre cm:centimètre mm:millimètre kg:kilogramme g:gramme mg:milligramme l:litre L:litre
ml:millilitre cl:centilitre ha:hectare W:watt kW:kilowatt MW:mégawatt V:volt kWh:kilowattheure
Hz:hertz|hertz kHz:kilohertz|kilohertz MHz:mégahertz|mégahertz GHz:gigahertz|gigahertz ko:kilooctet
Ko:kilooctet Mo:mégaoctet Go:gigaoctet To:téraoctet dB:décibel cts:centime min:minute|minutes|f mn:minute|minutes|f
s:seconde|secondes|f t:tonne|tonnes|f km/h:kilomètre_par_heure|kilomètres_par_heure
m/s:mètre_par_seconde|mètres_par_seconde m²:mètre_carré|mètres_carrés m2:mètre_carré|mètres_carrés m3:mètre_cube|mètres_cubes km²:kilomètre_carré|kilomètres_carrés
m³:mètre_cube|mètres_cubes °C:degré_Celsius|degrés_Celsius °F:degré_Fahrenheit|degrés_Fahrenheit
°:degré %:pour_cent|pour_cent kcal:kilocalorie|kilocalories|f px:pixel
"""
_SHORTS = {
    "M.": "monsieur", "MM.": "messieurs", "Mme": "madame", "Mmes": "mesdames", "Mlle": "mademoiselle",
    "Dr": "docteur", "Dr.": "docteur", "Pr": "professeur", "Pr.": "professeur", "p. ex.": "par exemple",
    "c.-à-d.": "c'est-à-dire", "c-à-d": "c'est-à-dire", "etc.": "et cetera", "env.": "environ",
    "av.": "avenue", "bd": "boulevard", "Bd": "boulevard", "bd.": "boulevard", "av. J.-C.": "avant Jésus-Christ",
    "apr. J.-C.": "après Jésus-Christ", "St": "saint", "Ste": "sainte", "tél.": "téléphone",
    "Tél.": "téléphone", "hab.": "habitants", "max.": "maximum", "min.": "minimum", "vol.": "volume",
    "chap.": "chapitre", "fig.": "figure", "cf.": "confer", "S.A.": "S A", "Mgr": "monseigneur", "Vve": "veuve", "Cie": "compagnie",
    "ex.": "exemple", "p.-ê.": "peut-être", "Sté": "société", "pl.": "place", "Bld": "boulevard", "éd.": "édition", "prof.": "professeur",
    "Dre": "docteure", "Pre": "professeure", "svp": "s'il vous plaît",
    **{f"{name}.": month for name, month in _SHORT_MONTHS.items()},
}  # fmt: skip
_FEMININE = r"(?:e|es|tions?|sions?|tés?|eurs?)$"
_MASCULINE = re.compile(
    r"(?:homme|groupe|siècle|verre|livre|litre|mètre|centre|membre|titre|nombre|mètre|arbre|type|"
    r"problème|système|programme|article|exemple|mille|kilomètre|gramme|pays|monde|âge|étage|village|"
    r"message|voyage|gigaoctet|cadre|poste|site|geste|texte|maître|ministre|théâtre|terme|million|"
    r"acteur|joueur|auteur|ordinateur|moteur|secteur|facteur|côté|été|degré)s?$"
)

_NO_ORDINAL = r"Les?\b|[IVXL]*[VXL]I{0,3}(?:ers?|res?|ères?)\b"
"""Words that look like Roman ordinals: le, les, vers. Only the first ends in `er` and `re`."""


class French(Tongue):
    """French."""

    def cardinal(self, number: int, *, gender: str = "") -> list[str]:
        return super().cardinal(number, gender=gender)

    def gender_of(self, after: str, text: str) -> str:
        noun = re.match(r" ([^\W\d_]{2,})", after)
        if not noun or not text.endswith("1") or text.endswith("11"):
            return ""
        if _MASCULINE.search(noun[1]) or not re.search(self.feminine_ends, noun[1]):
            return "masculine"
        return "feminine"

    def decimals(self, text: str) -> list[str]:
        """3,14 is said with fourteen; a zero ahead is said."""
        if len(text) > 3 or text.startswith("0"):  # noqa: PLR2004
            return self.digits(text)
        return spelled(int(text), self.tag).split()

    def clock(self, hour: int, minute: int) -> list[str]:
        said = [*self.cardinal(hour, gender="feminine"), "heure" if hour < 2 else "heures"]  # noqa: PLR2004
        return [*said, *self.cardinal(minute, gender="feminine")] if minute else said

    def ruler(self, match: re.Match[str], number: int) -> list[str] | None:
        if match["roman"] == "I":
            return ["premier"]
        return self.cardinal(number)

    def telephone(self, match: re.Match[str]) -> list[str]:
        """In pairs, as they are written."""
        said: list[str] = []
        for run in re.findall(r"\+|\d+", match.group()):
            pairs = re.findall("..", run) if len(run) % 2 == 0 else [run]
            if run == "+":
                said.append("plus")
                continue
            if len(pairs) == 1 and len(run) > 3:  # noqa: PLR2004
                said += self.digits(run)
                continue
            for pair in pairs:
                zeros = len(pair) - len(pair.lstrip("0"))
                said += self.digits("0" * zeros)
                said += self.cardinal(int(pair)) if pair.lstrip("0") else []
        return said


def units_of(text: str) -> dict[str, str]:
    """Symbols with their names; a plural that is not told has an s."""
    table = {}
    for each in text.split():
        symbol, _, names = each.partition(":")
        one, *rest = names.replace("_", " ").split("|")
        table[symbol] = "|".join([one, *(rest or [f"{one}s"])])
    return table


_CENTS = ("€", "euros", "euro", "EUR", "$", "US$", "USD", "dollars", "CHF")
FRENCH = French(
    tag="fr", comma="virgule", minus="moins", to="à", per="par", months=_MONTHS, short_months=_SHORT_MONTHS,
    units=units_of(_UNITS),
    money={
        "€": "euro|euros", "euros": "euro|euros", "euro": "euro|euros", "EUR": "euro|euros",
        "$": "dollar|dollars", "US$": "dollar américain|dollars américains", "USD": "dollar|dollars",
        "dollars": "dollar|dollars", "£": "livre|livres|f", "GBP": "livre|livres|f",
        "CHF": "franc suisse|francs suisses", "¥": "yen|yens",
    },
    cents=dict.fromkeys(_CENTS, "centime|centimes") | {"£": "penny|pence", "GBP": "penny|pence", "¥": "sen|sen"},
    with_cents=(), cents_named=False,
    scales={
        "M": "million|millions", "Md": "milliard|milliards", "Mds": "milliard|milliards",
        "k": "mille|mille", "K": "mille|mille", "millions": "million|millions",
        "million": "million|millions", "milliards": "milliard|milliards", "milliard": "milliard|milliards",
    },
    of_scale="de", elided="d'", shorts=_SHORTS,
    before_figures={
        "n°": "numéro", "N°": "numéro", "nº": "numéro", "no": "numéro", "p.": "page", "pp.": "pages",
        "art.": "article", "§": "paragraphe", "#": "numéro", "chap.": "chapitre",
    },
    signs={
        "&": "et", "@": "arobase", "+": "plus", "=": "égale", "×": "fois", "÷": "divisé par",
        "±": "plus ou moins", "§": "paragraphe", "#": "numéro", ":": "à", "%": "pour cent",
        "€": "euros", "$": "dollars", "£": "livres", "°": "degrés", "≈": "environ",
    },
    web={
        ".": "point", "@": "arobase", "/": "barre", "-": "tiret", "_": "tiret bas", "+": "plus",
        "?": "point d'interrogation", "=": "égale", "&": "et", "%": "pour cent", "#": "dièse",
        "~": "tilde", ":": "deux-points", **{str(digit): spelled(digit, "fr") for digit in range(10)},
    },
    halves={2: "demi|demis", 3: "tiers|tiers", 4: "quart|quarts", 5: "cinquième|cinquièmes",
            6: "sixième|sixièmes", 7: "septième|septièmes", 8: "huitième|huitièmes",
            9: "neuvième|neuvièmes", 10: "dixième|dixièmes", 100: "centième|centièmes"},
    feminine_ends=_FEMININE, year_kind="numbering",
    rulers=r"Louis|Henri|Charles|François|Napoléon|Philippe|Jean-Paul|Jean|Benoît|Pie|Élisabeth|Elizabeth|"
    r"Georges|Édouard|Guillaume|Frédéric|Alexandre|Nicolas|Pierre|Léopold|Albert|Baudouin|Clément|"
    r"Grégoire|Innocent|Urbain|Léon|Paul|Ferdinand|Alphonse|Richard|Jacques|Ramsès|Catherine|Hassan|Mohammed",
    counted="[Cc]hapitre|Tome|tome|Acte|acte|Volume|volume|Partie|partie|Article|article|Phase|phase|guerre",
)  # fmt: skip


def _clock(match: re.Match[str]) -> list[str]:
    said = FRENCH.clock(int(match["hour"]), int(match["minute"] or 0))
    until = match.groupdict().get("hour2")
    if not until:
        return said
    return [*said, "à", *FRENCH.clock(int(until), int(match["minute2"] or 0))]


def _spoons(match: re.Match[str]) -> list[str]:
    """2 c. à s."""
    one = match["amount"] == "1"
    kind = {"s": "soupe", "c": "café"}[match["kind"]]
    said = FRENCH.amount(match["amount"], gender="feminine")
    return [*said, "cuillère" if one else "cuillères", "à", kind]


def _half_of_noun(match: re.Match[str]) -> list[str]:
    """2 1/2 heures; 3½ ans."""
    noun = match["noun"]
    feminine = bool(re.search(_FEMININE, noun)) and not _MASCULINE.search(noun)
    half = "demie" if feminine and noun not in ("ans", "mois") else "demi"
    return [*FRENCH.cardinal(int(match["whole"])), noun, "et", half]


def _part_more(match: re.Match[str]) -> list[str] | None:
    """2 1/4."""
    part = FRENCH.fraction(match)
    return part and [*FRENCH.cardinal(int(match["whole"])), "et", *part]


def _half_more(match: re.Match[str]) -> list[str]:
    """2 h 1/2; 2 1/2."""
    hours = match["hours"]
    said = FRENCH.cardinal(int(match["whole"]), gender="feminine" if hours else "")
    if not hours:
        return [*said, "et", "demi"]
    return [*said, "heure" if match["whole"] == "1" else "heures", "et", "demie"]


def _ordinal(match: re.Match[str]) -> list[str]:
    feminine = match["end"].startswith(("re", "ère", "nde"))
    number = roman_value(match["roman"]) if match["roman"] else int(match["number"])
    return FRENCH.ordinal(number, gender="feminine" if feminine else "masculine")


@cache
def french() -> Grammar:
    """French."""
    own = (
        Rule(r"\bMe (?=[A-ZÉÈ][a-zéè]+)(?!Voi)", lambda _: ["maître", ""]),
        Rule(
            rf"{FREE}(?P<amount>{AMOUNT}) ?c\. ?à ?(?P<kind>[sc])\.",
            _spoons,
        ),
        Rule(
            r"(?<![\w/.,])(?P<whole>\d{1,3}) 1[/⁄]2 (?P<noun>[^\W\d_]{2,}s)(?!\w)",
            _half_of_noun,
        ),
        Rule(
            r"(?<![\w/.,])(?P<whole>\d{1,3}) (?P<top>[1-9])[/⁄](?P<bottom>[3-9])(?![\w/])",
            _part_more,
        ),
        Rule(
            r"(?<![\w/.,])(?P<whole>\d{1,3}) (?:(?P<hours>h|heures?) )?(?:et )?1[/⁄]2(?![\w/])",
            _half_more,
        ),
        Rule(
            r"(?<!\w)24 ?[hH](?:eures)?/24",
            lambda _: ["vingt-quatre", "heures", "sur", "vingt-quatre"],
        ),
        Rule(r"(?<!\w)7 ?[jJ](?:ours)?/7", lambda _: ["sept", "jours", "sur", "sept"]),
        Rule(
            rf"{FREE}(?P<hour>[01]?\d|2[0-4]) ?[hH](?: ?(?P<minute>[0-5]\d))?(?: ?(?:[-–]|à|À) ?(?P<hour2>[01]?\d|2[0-4]) ?[hH](?: ?(?P<minute2>[0-5]\d))?)?(?!\w)",
            _clock,
        ),
        Rule(r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\w:])", _clock),
        Rule(
            rf"(?<!\w)(?!{_NO_ORDINAL})(?:(?P<number>\d{{1,4}})|(?P<roman>{ROMAN}))(?P<end>ers?|res?|ères?|èmes?|es?|nde?s?|ᵉ|ᵉʳ)(?!\w)",
            _ordinal,
        ),
        Rule(
            rf"{FREE}(?P<day>\d{{1,2}}) (?P<month>{_MONTH})(?!\w)",
            lambda m: [*FRENCH.day(int(m["day"])), FRENCH.month_of(m["month"])],
        ),
        Rule(r"\bSt-(?=[A-ZÉ])", lambda _: ["saint-"]),
        Rule(r"\bSte-(?=[A-ZÉ])", lambda _: ["sainte-"]),
        Rule(r"(?<![\w/.,])1/2(?![\w/])", lambda _: ["un", "demi"]),
    )
    return grammar_of(FRENCH, own, CUSTOMS)
