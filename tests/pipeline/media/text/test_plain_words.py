"""The commonest words of each language, small and with a capital, are said as they are written."""

from __future__ import annotations

import pytest

from pipeline.media.text.reading import read

COMMON = {
    "en": "the of and to a in is you that it he was for on are as with his they I at be this have "
    "from or one had by word but not what all were we when your can said there use an each which "
    "she do how their if will up other about out many then them these so some her would make like "
    "him into time has look two more write go see no way could people my than first been call who "
    "its now find long down day did get come made may part mix dim did lid mid vi",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch "
    "an werden aus er hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum "
    "war haben nur oder aber vor zur bis mehr durch man sein wurde sei ich du wir ihr mir dir mich "
    "dich ihm ihn mild lid vier viel mai dies die",
    "fr": "le de un à être et en avoir que pour dans ce il qui ne sur se pas plus par je avec tout "
    "faire son mettre autre on mais nous comme ou si leur y dire elle devoir avant deux même vers "
    "les des du la est une au vous mes ces ses tes lui moi toi ma sa ta me te vie ver vire lire "
    "livre mi dix six dire lis lit vite ville mille midi avril mai",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero "
    "le ha me si sin sobre este ya entre cuando todo esta ser son dos también fue había era muy "
    "hasta desde está mi porque qué sólo han yo hay vez sus es puede vi di mil mis vivir civil",
    "it": "di e il la che in un a per è una non sono si da con come le dei nel del alla al della "
    "gli anche lo i ci o se più ha mi ti vi li ne io tu lui lei noi voi chi cui dal sul mio tuo "
    "ma suo mia tua sua miei dove quando vivi dici mille mila lidi vidi",
}


@pytest.mark.parametrize("language", COMMON)
def test_common_words_are_said_as_they_are_written(language: str) -> None:
    words = COMMON[language].split()
    shown = [word for each in words for word in (each, each.capitalize())]
    said = {
        text: read(text, language).said
        for word in shown
        for text in (f"{word} ?", f"so {word} oh", f"{word} oh, {word}")
    }
    assert {text: other for text, other in said.items() if other != text} == {}


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("de", "Um 1 Uhr, bis 1:00 Uhr.", "Um ein Uhr, bis ein Uhr."),
        ("de", "Für 1 Tag mit 1 Euro.", "Für einen Tag mit einem Euro."),
        ("fr", "Les 3 amis partent vers 9 h.", "Les trois amis partent vers neuf heures."),
        ("it", "Il 3 maggio 1997 ha vinto.", "Il tre maggio millenovecentonovantasette ha vinto."),
        ("es", "La moda de los '80 ha vuelto.", "La moda de los ochenta ha vuelto."),
    ],
)
def test_small_words_beside_figures_stay_what_they_are(
    language: str, written: str, said: str
) -> None:
    assert read(written, language).said == said
