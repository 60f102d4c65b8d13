# ruff: noqa: RUF001  # signs of typesetters are meant
"""Italian: ordinals of rulers and centuries, hours with `e`, sums with `euro e`."""

from __future__ import annotations

import re
from functools import cache

from pipeline.media.text.grammars.european.customs import ITALIAN as CUSTOMS
from pipeline.media.text.grammars.european.everyday import roman_before
from pipeline.media.text.grammars.european.shared_rules import grammar_of
from pipeline.media.text.grammars.european.tongue import FREE, Tongue
from pipeline.media.text.grammars.grammar import Grammar, Rule, before, behind
from pipeline.media.text.grammars.roman import ROMAN, roman_value
from pipeline.media.text.grammars.spellout import spelled

_MONTHS = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno", "luglio", "agosto", "settembre",
    "ottobre", "novembre", "dicembre",
)  # fmt: skip
_SHORT_MONTHS = {month[:3]: month for month in _MONTHS} | {"sett": "settembre"}
_UNITS = """
km:chilometro|chilometri m:metro|metri cm:centimetro|centimetri mm:millimetro|millimetri
kg:chilogrammo|chilogrammi g:grammo|grammi mg:milligrammo|milligrammi l:litro|litri L:litro|litri
ml:millilitro|millilitri cl:centilitro|centilitri ha:ettaro|ettari W:watt|watt kW:kilowatt|kilowatt
MW:megawatt|megawatt V:volt|volt kWh:kilowattora|kilowattora Hz:hertz|hertz kHz:kilohertz|kilohertz
MHz:megahertz|megahertz GHz:gigahertz|gigahertz KB:kilobyte|kilobyte kB:kilobyte|kilobyte
MB:megabyte|megabyte GB:gigabyte|gigabyte TB:terabyte|terabyte dB:decibel|decibel min:minuto|minuti
s:secondo|secondi h:ora|ore|f t:tonnellata|tonnellate|f km/h:chilometro_orario|chilometri_orari
m/s:metro_al_secondo|metri_al_secondo m²:metro_quadrato|metri_quadrati m2:metro_quadrato|metri_quadrati m3:metro_cubo|metri_cubi mq:metro_quadrato|metri_quadrati
km²:chilometro_quadrato|chilometri_quadrati m³:metro_cubo|metri_cubi °C:grado_Celsius|gradi_Celsius
°F:grado_Fahrenheit|gradi_Fahrenheit °:grado|gradi %:per_cento|per_cento kcal:chilocaloria|chilocalorie|f
"""
_SHORTS = {
    "Sig.": "signor", "sig.": "signor", "sig.ra": "signora", "sigg.": "signori", "sig.na": "signorina", "Sig.ri": "signori", "sig.ri": "signori",
    "dott.ssa": "dottoressa", "dr.": "dottor", "dr.ssa": "dottoressa", "Dr.ssa": "dottoressa", "prof.": "professor", "prof.ssa": "professoressa", "ing.": "ingegner", "avv.": "avvocato",
    "arch.": "architetto", "geom.": "geometra", "rag.": "ragionier", "on.": "onorevole", "Proff.": "professori", "P.zza": "piazza",
    "p.zza": "piazza", "P.zzo": "palazzo", "v.le": "viale", "c.so": "corso", "L.go": "largo", "F.lli": "fratelli", "f.lli": "fratelli",
    "Ill.mo": "illustrissimo", "Gent.mo": "gentilissimo", "Gent.ma": "gentilissima", "Egr.": "egregio", "fig.": "figura", "Fig.": "figura", "pag.": "pagina", "N.B.": "nota bene",
    "cell.": "cellulare", "Cell.": "cellulare", "min.": "minimo", "cad.": "cadauno", "c/o": "presso", "gen.": "gennaio", "S.ta": "santa", "S.to": "santo", "SS.": "santi", "V.": "via", "Gen.": "generale", "Sig.ra": "signora", "Sigg.": "signori", "Sig.na": "signorina",
    "Dott.": "dottor", "dott.": "dottor", "Dott.ssa": "dottoressa", "Dr.": "dottor", "Prof.": "professor",
    "Prof.ssa": "professoressa", "Ing.": "ingegner", "Avv.": "avvocato", "Arch.": "architetto",
    "ad es.": "ad esempio", "p.es.": "per esempio", "p. es.": "per esempio", "es.": "esempio",
    "ecc.": "eccetera", "etc.": "eccetera", "ca.": "circa", "S.": "san", "tel.": "telefono",
    "Tel.": "telefono", "a.C.": "avanti Cristo", "a. C.": "avanti Cristo", "d. C.": "dopo Cristo", "d.C.": "dopo Cristo", "cfr.": "confronta",
    "cap.": "capitolo", "vol.": "volume", "max.": "massimo", "S.p.A.": "S P A",
    "S.r.l.": "S R L", "On.": "onorevole", "Rag.": "ragionier", "Geom.": "geometra", "V.le": "viale",
    "P.za": "piazza", "C.so": "corso",
    **{f"{name}.": month for name, month in _SHORT_MONTHS.items() if name not in ("mar", "set")},
}  # fmt: skip


class Italian(Tongue):
    """Italian."""

    def decimals(self, text: str) -> list[str]:
        if len(text) > 2 or text.startswith("0"):  # noqa: PLR2004
            return self.digits(text)
        return spelled(int(text), self.tag).split()

    def cardinal(self, number: int, *, gender: str = "") -> list[str]:
        said = super().cardinal(number, gender=gender if number == 1 else "")
        return [_mended(word) for word in said]

    def year(self, number: int) -> list[str]:
        return self.cardinal(number)

    def gender_of(self, after: str, text: str) -> str:
        return super().gender_of(after, text) if text == "1" else ""

    def day(self, number: int) -> list[str]:
        return ["primo"] if number == 1 else self.cardinal(number)

    def unit(self, match: re.Match[str]) -> list[str] | None:
        """Not `ha` before another word: `1997 ha vinto`."""
        year = re.fullmatch(r"[12]\d{3}", match["amount"])
        if match["unit"] == "ha" and (year or re.match(r" (?!di\b)[^\W\d_]", behind(match))):
            return None
        said = super().unit(match)
        if said and said[0] == "una" and said[1:2] and said[1][0] in "aeiou":
            return [f"un'{said[1]}", *said[2:]]
        return said

    def exponent(self, number: int) -> list[str]:
        return self.ordinal(number, gender="feminine")

    def clock(self, hour: int, minute: int) -> list[str]:
        said = self.cardinal(hour, gender="feminine")
        return [*said, "e", *self.cardinal(minute)] if minute else said

    def ruler(self, match: re.Match[str], number: int) -> list[str] | None:
        feminine = match["name"] in ("Elisabetta", "Maria", "Caterina")
        return self.ordinal(number, gender="feminine" if feminine else "masculine")


def _mended(word: str) -> str:
    """ICU runs the eighties into the hundreds, and leaves an accent within a word."""
    return re.sub(r"cent(?=ott)", "cento", re.sub(r"tré(?=\w)", "tre", word))


def _units() -> dict[str, str]:
    pairs = (each.partition(":") for each in _UNITS.split())
    return {symbol: names.replace("_", " ") for symbol, _, names in pairs}


_CENTS = ("€", "euro", "EUR", "$", "US$", "USD", "dollari", "CHF")
ITALIAN = Italian(
    tag="it", comma="virgola", minus="meno", to="a", per="al", months=_MONTHS, short_months=_SHORT_MONTHS,
    units=_units(),
    money={
        "€": "euro|euro", "euro": "euro|euro", "EUR": "euro|euro", "$": "dollaro|dollari",
        "US$": "dollaro|dollari", "USD": "dollaro|dollari", "dollari": "dollaro|dollari",
        "£": "sterlina|sterline|f", "GBP": "sterlina|sterline|f", "CHF": "franco svizzero|franchi svizzeri",
        "¥": "yen|yen",
    },
    cents=dict.fromkeys(_CENTS, "centesimo|centesimi") | {"£": "penny|pence", "GBP": "penny|pence", "¥": "sen|sen"},
    with_cents=("e",), cents_named=False,
    scales={
        "mln": "milione|milioni", "Mln": "milione|milioni", "mld": "miliardo|miliardi",
        "Mld": "miliardo|miliardi", "milioni": "milione|milioni", "milione": "milione|milioni",
        "miliardi": "miliardo|miliardi", "miliardo": "miliardo|miliardi", "mila": "mila|mila",
    },
    of_scale="di", shorts=_SHORTS,
    before_figures={
        "n.": "numero", "N.": "numero", "nn.": "numeri", "n°": "numero", "nº": "numero", "pag.": "pagina",
        "pagg.": "pagine", "p.": "pagina", "art.": "articolo", "§": "paragrafo", "#": "numero",
        "cap.": "capitolo", "fig.": "figura",
    },
    signs={
        "&": "e", "@": "chiocciola", "+": "più", "=": "uguale", "×": "per", "÷": "diviso",
        "±": "più o meno", "§": "paragrafo", "#": "numero", ":": "a", "%": "per cento", "€": "euro",
        "$": "dollari", "£": "sterline", "°": "gradi", "≈": "circa",
    },
    web={
        ".": "punto", "@": "chiocciola", "/": "barra", "-": "trattino", "_": "trattino basso",
        "+": "più", "?": "punto interrogativo", "=": "uguale", "&": "e", "%": "per cento",
        "#": "cancelletto", "~": "tilde", ":": "due punti",
        **{str(digit): spelled(digit, "it") for digit in range(10)},
    },
    halves={2: "mezzo|mezzi", 3: "terzo|terzi", 4: "quarto|quarti", 5: "quinto|quinti",
            6: "sesto|sesti", 7: "settimo|settimi", 8: "ottavo|ottavi", 9: "nono|noni",
            10: "decimo|decimi", 100: "centesimo|centesimi"},
    feminine_ends=r"(?:a|zione|sione|tà|tù)$",
    year_kind="numbering",
    rulers="Vittorio Emanuele|Umberto|Carlo Alberto|Carlo|Giovanni Paolo|Giovanni|Paolo|Pio|Benedetto|Leone|"
    "Gregorio|Clemente|Innocenzo|Luigi|Enrico|Filippo|Francesco|Federico|Ferdinando|Napoleone|Elisabetta|"
    "Giorgio|Guglielmo|Edoardo|Riccardo|Alessandro|Nicola|Caterina|Maria|Ottone|Bonifacio|Sisto|Giulio",
    counted="[Cc]apitolo|[Aa]tto|[Pp]arte|[Vv]olume|[Ff]ase|[Tt]omo|[Ll]ibro",
)  # fmt: skip


def _half_more(match: re.Match[str]) -> list[str] | None:
    """2 ore e 1/2; 2 1/2."""
    noun = match["noun"] or match["after"]
    one = match["whole"] == "1"
    feminine = bool(noun and noun.endswith("a" if one else "e"))
    if one and noun and feminine and noun[0] in "aeiou":
        return [f"un'{noun}", "e", "mezza"]
    kind = ("feminine" if feminine else "masculine") if noun else ""
    whole = ITALIAN.cardinal(int(match["whole"]), gender=kind)
    return [*whole, *([noun] if noun else []), "e", "mezza" if feminine else "mezzo"]


def _clock(match: re.Match[str]) -> list[str]:
    return ITALIAN.clock(int(match["hour"]), int(match["minute"]))


def _ordinal(match: re.Match[str]) -> list[str] | None:
    """1º, 2ª, 5a, 3° before a noun; 20° alone are degrees."""
    end = match["end"]
    if end == "°" and not re.match(r" [a-z]{3,}", behind(match)):
        return None
    if end == "°" and int(match["number"]) > 10 and re.search(r"(?:sono|fuori) $", before(match)):  # noqa: PLR2004
        return None
    return ITALIAN.ordinal(int(match["number"]), gender="feminine" if end in "ªa" else "masculine")


def _century(match: re.Match[str]) -> list[str]:
    return ITALIAN.ordinal(roman_value(match["roman"]))


@cache
def italian() -> Grammar:
    """Italian."""
    month = rf"(?:{'|'.join(_MONTHS)}|(?:{'|'.join(_SHORT_MONTHS)})\.)"
    own = (
        Rule(r"(?<![\w.,])1 (?=[aeiou][a-zàèìòù]*(?:a|zione|tà)\b)", lambda _: ["un'"]),
        Rule(r"(?<![\w.,])1(?= (?:s[bcdfglmnpqrtvz]|z|gn|ps|x|y)[a-z]*[oei]\b)", lambda _: ["uno"]),
        Rule(
            r"(?<![\w/.,])(?P<whole>\d{1,3}) (?P<top>[1-9])[/⁄](?P<bottom>[3-9])(?![\w/])",
            lambda m: (
                (part := ITALIAN.fraction(m)) and [*ITALIAN.cardinal(int(m["whole"])), "e", *part]
            ),
        ),
        roman_before(
            ITALIAN,
            r"(?:il|la|lo|l|del|della|dello|dell|nel|nella|nell|dal|dalla|alla|al|sul|sulla|un|una)",
            r"(?:a|zione|sione|tà|tù)$",
        ),
        Rule(
            r"(?<![\w/.,])(?P<whole>\d{1,3})(?: (?P<noun>[^\W\d_]{3,}))? (?:e )?1[/⁄]2(?![\w/])(?: (?P<after>[^\W\d_]+))?",
            _half_more,
        ),
        Rule(
            r"\bS\. (?=[A-Z][a-zà]+a\b)(?!Andrea|Luca|Nicola|Mattia|Battista)",
            lambda _: ["santa", ""],
        ),
        Rule(r"\bS\. (?=[AEIOU][a-z])", lambda _: ["sant'"]),
        Rule(r"(?<=ll['’])1(?![\w,:]|\.\d)", lambda _: ["una"]),
        Rule(r"(?<![\w.,])3\d{2} \d{3} ?\d{4}(?!\w)", ITALIAN.telephone),
        Rule(r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\w:])", _clock),
        Rule(
            r"(?<=[eo][ '])(?<![\w:.,])(?P<hour>[01]?\d|2[0-4])\.(?P<minute>[0-5]\d)(?![\w:.])",
            _late_clock,
        ),
        Rule(r"(?<![\w.])(?P<number>\d{1,3})(?P<end>[ºª°]|a(?= [a-z]))(?!\w|C)", _ordinal),
        Rule(
            rf"{FREE}(?P<day>\d{{1,2}}) (?P<month>{month})(?!\w)",
            lambda m: [*ITALIAN.day(int(m["day"])), ITALIAN.month_of(m["month"])],
        ),
        Rule(r"(?<!\w)['’](?P<tens>\d0)(?!\w)", lambda m: ITALIAN.cardinal(int(m["tens"]))),
        Rule(rf"\b(?P<roman>{ROMAN})(?= secolo\b| secoli\b)", _century),
    )
    return grammar_of(ITALIAN, own, CUSTOMS)


def _late_clock(match: re.Match[str]) -> list[str] | None:
    """Alle 8.15."""
    if not re.search(r"\b(?:alle|dalle|ore|le|alle ore|fino alle) $", before(match)):
        return None
    return _clock(match)
