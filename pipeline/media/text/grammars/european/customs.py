"""What each language says for what stands on posters, plans and slips: days, rates, marks, sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.media.text.grammars.european.tongue import Tongue


@dataclass(frozen=True, kw_only=True)
class Customs:
    """Words of a language, and patterns of the words before a figure that tell what it is."""

    days: Mapping[str, str]
    """Abbreviations of days without their full stop."""

    per: Mapping[str, str]
    """What stands behind a stroke behind a sum, with `per`."""

    either: Mapping[str, str]
    """Words parted by a stroke."""

    clock_hour: str
    """Behind the hour of a time that has minutes; none where the minutes follow at once."""

    clock_cue: str
    called: str
    version: str
    inches: tuple[str, str]
    out_of: str
    marked: str
    by: str
    times: str
    power: str
    folds: tuple[str, str]
    """Once and twice: what stands behind a number, or is joined to it."""

    over: str
    joined: bool = False

    def fold(self, number: int, tongue: Tongue) -> list[str]:
        """3x is three times."""
        word = self.folds[number != 1]
        if self.joined:
            return ["".join([*tongue.cardinal(number, gender="masculine"), word])]
        return [*tongue.cardinal(number, gender="feminine"), word]


GERMAN = Customs(
    days={
        "Mo": "Montag", "Di": "Dienstag", "Mi": "Mittwoch", "Do": "Donnerstag", "Fr": "Freitag",
        "Sa": "Samstag", "So": "Sonntag",
    },
    per={
        "Monat": "pro Monat", "Mon.": "pro Monat", "Jahr": "pro Jahr", "Tag": "pro Tag",
        "Woche": "pro Woche", "Nacht": "pro Nacht", "Stunde": "pro Stunde", "Std.": "pro Stunde",
        "Std": "pro Stunde", "Minute": "pro Minute", "Min.": "pro Minute", "Person": "pro Person",
        "Pers.": "pro Person", "Stück": "pro Stück", "Stk.": "pro Stück", "Kopf": "pro Kopf",
        "Liter": "pro Liter", "Kilo": "pro Kilo", "Quartal": "pro Quartal", "qm": "pro Quadratmeter",
        "kWh": "pro Kilowattstunde", "Einwohner": "pro Einwohner", "s": "pro Sekunde",
    },
    either={"und/oder": "und oder", "ja/nein": "ja oder nein", "Ja/Nein": "ja oder nein"},
    clock_hour="Uhr",
    clock_cue=r"(?:[Uu]m|[Aa]b|[Gg]egen|[Bb]is|[Vv]on|[Uu]hrzeit:?|[Bb]eginn:?|[Ee]inlass:?)",
    called=r"(?:[Tt]el\.?|[Tt]elefon|[Nn]otruf|[Hh]otline|[Rr]ufnummer|[Ff]ax|[Mm]obil|[Ww]ählen Sie"
    r"|[Ww]ählt|[Ww]ähle|[Ww]ählen|[Rr]ufen Sie|[Aa]nrufen|[Dd]urchwahl|PIN|Pin|Code|PLZ|[A-ZÄÖÜ]{2,} an|Kurzwahl)",
    version="Version", inches=("Zoll", "Zoll"), out_of="von",
    marked=r"(?:[Nn]ote|[Bb]ewertung|[Gg]ibt|[Gg]ab|[Vv]ergab|[Ee]rhielt|[Bb]ekam|[Ww]ertung|[Ff]ilm)",
    by="mal", times="mal", power="hoch", folds=("mal", "mal"), over="zu", joined=True,
)  # fmt: skip
FRENCH = Customs(
    days={
        "lun": "lundi", "mar": "mardi", "mer": "mercredi", "jeu": "jeudi", "ven": "vendredi",
        "sam": "samedi", "dim": "dimanche",
    },
    per={
        "mois": "par mois", "an": "par an", "jour": "par jour", "j": "par jour",
        "semaine": "par semaine", "sem.": "par semaine", "nuit": "par nuit", "heure": "par heure",
        "h": "de l'heure", "minute": "par minute", "min": "par minute", "personne": "par personne",
        "pers.": "par personne", "pièce": "la pièce", "litre": "le litre", "kWh": "par kilowattheure",
        "habitant": "par habitant", "trimestre": "par trimestre", "s": "par seconde", "kilo": "le kilo",
    },
    either={"et/ou": "et ou", "oui/non": "oui ou non", "Oui/Non": "oui ou non"},
    clock_hour="heures",
    clock_cue=r"(?:[ÀàA]|[Dd]ès|[Vv]ers|[Jj]usqu'à|[Dd]e|[Hh]eure :?)",
    called=r"(?:[Tt]él\.?(?: :)?|[Tt]éléphone|[Cc]omposez le|[Aa]ppelez le|[Aa]ppelez|[Nn]uméro vert|[Ff]ax"
    r"|[Jj]oindre au|[Rr]éservez au|[Cc]ontactez le|code|Code|PIN|[A-ZÉ]{2,} au)",
    version="version", inches=("pouce", "pouces"), out_of="sur",
    marked=r"(?:[Nn]ote|[Oo]btenu|[Ee]u|[Dd]onne|[Mm]oyenne|[Ff]ilm)",
    by="par", times="fois", power="puissance", folds=("fois", "fois"), over="sur",
)  # fmt: skip
SPANISH = Customs(
    days={
        "lun": "lunes", "mar": "martes", "mié": "miércoles", "miér": "miércoles", "mie": "miércoles",
        "jue": "jueves", "vie": "viernes", "sáb": "sábado", "sab": "sábado", "dom": "domingo",
    },
    per={
        "mes": "al mes", "año": "al año", "día": "al día", "semana": "a la semana",
        "sem.": "a la semana", "noche": "por noche", "hora": "por hora", "h": "por hora",
        "minuto": "por minuto", "min": "por minuto", "persona": "por persona", "pers.": "por persona",
        "unidad": "por unidad", "ud.": "por unidad", "litro": "por litro", "kilo": "por kilo",
        "habitante": "por habitante", "trimestre": "por trimestre", "kWh": "por kilovatio hora",
        "s": "por segundo",
    },
    either={"y/o": "y o", "sí/no": "sí o no", "Sí/No": "sí o no", "o/y": "o y"},
    clock_hour="",
    clock_cue=r"(?:a las?|A las?|las|Las|[Ss]obre las|[Hh]asta las|[Dd]esde las|[Dd]e las|[Hh]ora:)",
    called=r"(?:[Tt]el\.?|[Tt]fno\.?|[Tt]eléfono|[Ll]lame al|[Ll]lama al|[Ll]lamen al|[Mm]arque el|[Mm]arca el"
    r"|[Mm]arque|[Ff]ax|[Mm]óvil|[Cc]ódigo|[Cc]lave|PIN|C\. ?P\.|[A-ZÁÉÍÓÚÑ]{2,} al)",
    version="versión", inches=("pulgada", "pulgadas"), out_of="sobre",
    marked=r"(?:[Nn]ota|[Uu]n|[Cc]alificación|[Pp]untuación|[Dd]oy|[Oo]btuvo|[Ss]acó|[Pp]elícula)",
    by="por", times="por", power="elevado a", folds=("vez", "veces"), over="sobre",
)  # fmt: skip
ITALIAN = Customs(
    days={
        "lun": "lunedì", "mar": "martedì", "mer": "mercoledì", "gio": "giovedì", "ven": "venerdì",
        "sab": "sabato", "dom": "domenica",
    },
    per={
        "mese": "al mese", "anno": "all'anno", "giorno": "al giorno", "gg": "al giorno",
        "settimana": "a settimana", "sett.": "a settimana", "notte": "a notte", "ora": "all'ora",
        "h": "all'ora", "minuto": "al minuto", "min": "al minuto", "persona": "a persona",
        "pers.": "a persona", "pezzo": "al pezzo", "pz.": "al pezzo", "litro": "al litro",
        "l": "al litro", "etto": "all'etto", "kWh": "al kilowattora", "mq": "al metro quadrato",
        "abitante": "per abitante", "kilo": "al chilo", "chilo": "al chilo", "s": "al secondo",
    },
    either={"e/o": "e o", "sì/no": "sì o no", "Sì/No": "sì o no"},
    clock_hour="",
    clock_cue=r"(?:[Aa]lle|[Dd]alle|[Oo]re|[Aa]lle ore|[Dd]elle|le|Le|[Ff]ino alle|[Vv]erso le|[Oo]rario:|all'|dall'|All')",
    called=r"(?:[Tt]el\.?|[Tt]elefono|[Nn]umero verde(?: \w+)?|[Cc]hiamate il|[Cc]hiama il|[Cc]hiamare il|[Cc]omponi il"
    r"|[Cc]omponete il|[Ff]ax|[Cc]ell\.?|[Cc]ellulare|[Cc]odice|PIN|CAP|[A-Z]{2,} al|[Cc]hiamate|[Cc]hiama)",
    version="versione", inches=("pollice", "pollici"), out_of="su",
    marked=r"(?:[Vv]oto|[Pp]reso|[Dd]o|[Dd]ato|[Oo]ttenuto|[Vv]alutazione|[Ff]ilm|[Mm]edia)",
    by="per", times="per", power="alla", folds=("volta", "volte"), over="su",
)  # fmt: skip
