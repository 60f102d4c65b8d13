# ruff: noqa: RUF001  # signs of typesetters are meant
"""Spanish: `un` and `una` before what is counted, `de` between day, month and year."""

from __future__ import annotations

import re
from functools import cache

from pipeline.media.text.grammars.european.customs import SPANISH as CUSTOMS
from pipeline.media.text.grammars.european.everyday import roman_before
from pipeline.media.text.grammars.european.french import units_of
from pipeline.media.text.grammars.european.shared_rules import grammar_of
from pipeline.media.text.grammars.european.tongue import FREE, Tongue
from pipeline.media.text.grammars.grammar import Grammar, Rule, behind
from pipeline.media.text.grammars.roman import roman_value
from pipeline.media.text.grammars.spellout import spelled

_MONTHS = (
    "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre",
)  # fmt: skip
_SHORT_MONTHS = {month[:3]: month for month in _MONTHS} | {"sept": "septiembre"}
_UNITS = """
km:kilómetro m:metro cm:centímetro mm:milímetro kg:kilogramo g:gramo mg:miligramo l:litro L:litro
ml:mililitro cl:centilitro ha:hectárea|hectáreas|f W:vatio kW:kilovatio MW:megavatio V:voltio
kWh:kilovatio_hora|kilovatios_hora Hz:hercio kHz:kilohercio MHz:megahercio GHz:gigahercio KB:kilobyte
kB:kilobyte MB:megabyte GB:gigabyte TB:terabyte dB:decibelio cts.:céntimo cts:céntimo min:minuto s:segundo h:hora|horas|f
t:tonelada|toneladas|f km/h:kilómetro_por_hora|kilómetros_por_hora m/s:metro_por_segundo|metros_por_segundo
m²:metro_cuadrado|metros_cuadrados m2:metro_cuadrado|metros_cuadrados m3:metro_cúbico|metros_cúbicos km²:kilómetro_cuadrado|kilómetros_cuadrados
m³:metro_cúbico|metros_cúbicos °C:grado_Celsius|grados_Celsius °F:grado_Fahrenheit|grados_Fahrenheit
°:grado %:por_ciento|por_ciento kcal:kilocaloría|kilocalorías|f px:píxel|píxeles
"""
_SHORTS = {
    "Sr.": "señor", "Sra.": "señora", "Sres.": "señores", "Srta.": "señorita", "Dr.": "doctor",
    "Dra.": "doctora", "D.": "don", "Dña.": "doña", "D.ª": "doña", "Sr.ª": "señora", "Prof.ª": "profesora", "Dr.ª": "doctora", "fig.": "figura", "Fig.": "figura",
    "pza.": "plaza", "Pza.": "plaza", "C.ª": "compañía", "Cía.": "compañía", "Hnos.": "hermanos", "izq.": "izquierda", "dcha.": "derecha",
    "ej.": "ejemplo", "admón.": "administración", "gral.": "general", "Arq.": "arquitecto", "Abg.": "abogado", "tfno.": "teléfono", "Tfno.": "teléfono",
    "cda.": "cucharada", "cdas.": "cucharadas", "cdta.": "cucharadita", "cdtas.": "cucharaditas", "prof.": "profesor", "dir.": "director", "Prof.": "profesor", "p. ej.": "por ejemplo",
    "p.ej.": "por ejemplo", "etc.": "etcétera", "EE. UU.": "Estados Unidos", "EE.UU.": "Estados Unidos",
    "EE UU": "Estados Unidos", "aprox.": "aproximadamente", "Avda.": "avenida", "Av.": "avenida",
    "Ud.": "usted", "Uds.": "ustedes", "Vd.": "usted", "a. C.": "antes de Cristo", "a.C.": "antes de Cristo",
    "d. C.": "después de Cristo", "d.C.": "después de Cristo", "C/": "calle", "c/": "calle",
    "tel.": "teléfono", "Tel.": "teléfono", "cap.": "capítulo", "Cap.": "capítulo", "vol.": "volumen",
    "a. m.": "A M", "p. m.": "P M", "a.m.": "A M", "p.m.": "P M", "S. A.": "S A", "S.A.": "S A",
    "Sto.": "santo", "Sta.": "santa", "núm.": "número", "máx.": "máximo", "mín.": "mínimo",
    "Gral.": "general", "Ing.": "ingeniero", "Lic.": "licenciado", "dpto.": "departamento",
    **{f"{name}.": month for name, month in _SHORT_MONTHS.items() if name not in ("mar", "may")},
}  # fmt: skip
_MASCULINE = re.compile(
    r"(?:[Dd]ías?|[^ap]l?mas?|[Mm]apas?|[Pp]lanetas?|[Cc]lima)$(?<!camas)(?<!firmas)"
)
_FIRST_TEN = 10


class Spanish(Tongue):
    """Spanish."""

    def decimals(self, text: str) -> list[str]:
        if len(text) > 2 or text.startswith("0"):  # noqa: PLR2004
            return self.digits(text)
        return spelled(int(text), self.tag).split()

    def gender_of(self, after: str, text: str) -> str:
        noun = re.match(r" ([^\W\d_]{2,})", after)
        number = int(re.sub(r"[. ]", "", text)[-3:])
        if noun and _MASCULINE.search(noun[1]):
            return "masculine" if number % 10 == 1 else ""
        if not noun or noun[1].lower() in self.small_words:
            return ""
        if number % 10 != 1 and number < 200:  # noqa: PLR2004
            return ""
        return "feminine" if re.search(self.feminine_ends, noun[1]) else "masculine"

    def roman_nth(self, roman: str, gender: str) -> list[str] | None:
        """El I, el III: shortened before a masculine noun."""
        number = roman_value(roman)
        short = gender == "masculine" and number in (1, 3)
        return self.ordinal(number, gender="masculine-adjective" if short else gender)

    def unit(self, match: re.Match[str]) -> list[str] | None:
        """Not `ha` before another word; one percent counts nothing."""
        year = re.fullmatch(r"[12]\d{3}", match["amount"])
        if match["unit"] == "ha" and (year or re.match(r" (?!de\b)[^\W\d_]", behind(match))):
            return None
        said = super().unit(match)
        if said and match["unit"] == "%" and match["amount"] == "1" and not match["minus"]:
            return ["uno", *said[1:]] if not match["first"] else said
        return said

    def day_of_month(self, day: int, month: int, ahead: str) -> list[str]:
        del ahead
        return [*self.day(day), "de", self.months[month - 1]]

    def date(self, day: int, month: int, year: str, *, ahead: str) -> list[str]:
        del ahead
        return [*self.day(day), "de", self.months[month - 1], "de", *self.year(int(year))]

    def clock(self, hour: int, minute: int) -> list[str]:
        said = self.cardinal(hour, gender="feminine")
        if not minute:
            return said
        return [*said, "y", *self.cardinal(minute)]

    def ruler(self, match: re.Match[str], number: int) -> list[str] | None:
        feminine = match["name"] in ("Isabel", "Juana", "María", "Catalina")
        gender = "feminine" if feminine else "masculine"
        return (
            self.ordinal(number, gender=gender) if number <= _FIRST_TEN else self.cardinal(number)
        )


_CENTS = ("€", "euros", "euro", "EUR", "$", "US$", "USD", "dólares", "MXN", "pesos")
SPANISH = Spanish(
    tag="es", comma="coma", minus="menos", to="a", per="por", months=_MONTHS, short_months=_SHORT_MONTHS,
    units=units_of(_UNITS),
    money={
        "€": "euro|euros", "euros": "euro|euros", "euro": "euro|euros", "EUR": "euro|euros",
        "$": "dólar|dólares", "US$": "dólar|dólares", "USD": "dólar|dólares",
        "dólares": "dólar|dólares", "£": "libra|libras|f", "GBP": "libra|libras|f",
        "libras": "libra|libras|f", "¥": "yen|yenes", "MXN": "peso|pesos", "pesos": "peso|pesos",
    },
    cents=dict.fromkeys(_CENTS, "céntimo|céntimos") | dict.fromkeys(("£", "GBP", "libras"), "penique|peniques") | {"¥": "sen|sen"},
    with_cents=("con",), cents_named=True,
    scales={
        "M": "millón|millones", "millones": "millón|millones", "millón": "millón|millones",
        "mill.": "millón|millones", "k": "mil|mil", "K": "mil|mil", "mil": "mil|mil",
        "billones": "billón|billones", "MM": "millón|millones", "mil millones": "mil millones|mil millones",
    },
    of_scale="de", shorts=_SHORTS,
    before_figures={
        "n.º": "número", "n.°": "número", "nº": "número", "N.º": "número", "núm.": "número",
        "pág.": "página", "págs.": "páginas", "p.": "página", "art.": "artículo", "§": "sección",
        "#": "número", "cap.": "capítulo",
    },
    signs={
        "&": "y", "@": "arroba", "+": "más", "=": "igual a", "×": "por", "÷": "dividido por",
        "±": "más menos", "§": "sección", "#": "número", ":": "a", "%": "por ciento", "€": "euros",
        "$": "dólares", "£": "libras", "°": "grados", "≈": "aproximadamente",
    },
    web={
        ".": "punto", "@": "arroba", "/": "barra", "-": "guion", "_": "guion bajo", "+": "más",
        "?": "interrogación", "=": "igual", "&": "y", "%": "por ciento", "#": "almohadilla",
        "~": "tilde", ":": "dos puntos", **{str(digit): spelled(digit, "es") for digit in range(10)},
    },
    halves={2: "medio|medios", 3: "tercio|tercios", 4: "cuarto|cuartos", 5: "quinto|quintos",
            6: "sexto|sextos", 7: "séptimo|séptimos", 8: "octavo|octavos", 9: "noveno|novenos",
            10: "décimo|décimos", 100: "centésimo|centésimos"},
    feminine_ends=r"(?:as?|ción|ciones|sión|siones|dad|dades|tud|mujeres|veces|noches|calles|partes)$",
    year_kind="numbering",
    rulers="Felipe|Alfonso|Carlos|Fernando|Isabel|Juan Carlos|Juan Pablo|Luis|Enrique|Pedro|Jaime|Sancho|"
    "Benedicto|Pío|León|Gregorio|Napoleón|Jorge|Guillermo|Eduardo|Ricardo|Alejandro|Nicolás|Francisco|Juan|Pablo",
    counted="[Cc]apítulo|[Ss]iglo|[Tt]omo|[Aa]cto|[Pp]arte|[Vv]olumen|[Ff]ase|Mundial|[Tt]ítulo",
)  # fmt: skip


def _half_more(match: re.Match[str]) -> list[str] | None:
    """2 horas y 1/2; 2 1/2."""
    noun = match["noun"] or match["after"]
    if noun and (noun in SPANISH.small_words or not noun.endswith("s")):
        return None
    feminine = bool(noun and re.search(SPANISH.feminine_ends, noun))
    whole = SPANISH.cardinal(
        int(match["whole"]), gender="feminine" if feminine else "masculine" if noun else ""
    )
    return [*whole, *([noun] if noun else []), "y", "media" if feminine else "medio"]


def _clock(match: re.Match[str]) -> list[str]:
    return SPANISH.clock(int(match["hour"]), int(match["minute"]))


def _ordinal(match: re.Match[str]) -> list[str]:
    """1.º, 2.ª, 3er."""
    kind = {"er": "masculine-adjective", "ª": "feminine", "a": "feminine"}
    return SPANISH.ordinal(int(match["number"]), gender=kind.get(match["end"], "masculine"))


def _called(match: re.Match[str]) -> list[str]:
    return SPANISH.telephone(match)


@cache
def spanish() -> Grammar:
    """Spanish."""
    month = rf"(?:{'|'.join(_MONTHS)}|(?:{'|'.join(_SHORT_MONTHS)})\.)"
    own = (
        Rule(r"\bs\. (?=[IVX]+\b)", lambda _: ["siglo", ""]),
        Rule(
            r"(?<![\w/.,])(?P<whole>\d{1,3}) (?P<top>[1-9])[/⁄](?P<bottom>[3-9])(?![\w/])",
            lambda m: (
                (part := SPANISH.fraction(m)) and [*SPANISH.cardinal(int(m["whole"])), "y", *part]
            ),
        ),
        roman_before(
            SPANISH,
            r"(?:e[ln]|del|al|l[ao]s?|un|una|su|este|esta|tras la|durante la)",
            r"(?:a|ción|sión|dad|tud)$",
        ),
        Rule(
            r"(?<![\w/.,])(?P<whole>\d{1,3})(?: (?P<noun>[^\W\d_]+))? (?:y )?1[/⁄]2(?![\w/])(?: (?P<after>[^\W\d_]+))?",
            _half_more,
        ),
        Rule(r"(?<!\w)['’](?P<tens>\d0)(?!\w)", lambda m: SPANISH.cardinal(int(m["tens"]))),
        Rule(
            r"(?<=[Aa] la )(?P<hour>1)(?![\w:,]|\.\d)",
            lambda _: ["una"],
        ),
        Rule(r"(?<![\w.,])[6-9]\d{2}[ -]\d{3}[ -]\d{3}(?![ \w,.]*\d)", _called),
        Rule(r"(?<![\w.,])[6-9]\d{2} \d{2} \d{2} \d{2}(?!\w)", _called),
        Rule(r"(?<![\w.,])9\d \d{3} \d{2} \d{2}(?!\w)", _called),
        Rule(r"(?<![\w:.,])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?: ?h)?(?![\w:])", _clock),
        Rule(
            r"(?<!\w)(?P<number>\d{1,3})(?:\.?(?P<end>[ºª°])|\.?(?P<end_>er)(?!\w))",
            _ordinal_or_degree,
        ),
        Rule(
            rf"{FREE}(?P<day>\d{{1,2}}) de (?P<month>{month})(?!\w)",
            lambda m: [*SPANISH.day(int(m["day"])), "de", SPANISH.month_of(m["month"])],
        ),
    )
    return grammar_of(SPANISH, own, CUSTOMS)


def _ordinal_or_degree(match: re.Match[str]) -> list[str] | None:
    """20° is a temperature, 1.º a first one."""
    end = match["end"] or "er"
    if end == "°" and "." not in match.group():
        return None
    kind = {"er": "masculine-adjective", "ª": "feminine"}.get(end, "masculine")
    return SPANISH.ordinal(int(match["number"]), gender=kind)
