"""Which voice file of espeak-ng speaks a language tag: names are of files, since the library takes
no tag that it does not know, and says nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

OURS: Mapping[str, str] = {
    "en": "gmw/en-US",
    "en-us": "gmw/en-US",
    "en-ca": "gmw/en-US",
    **dict.fromkeys(("en-gb", "en-au", "en-nz", "en-ie", "en-za", "en-in"), "gmw/en"),
    "en-scotland": "gmw/en-GB-scotland",
    "de": "gmw/de",
    "fr": "roa/fr",
    "fr-fr": "roa/fr",
    "es": "roa/es",
    "es-es": "roa/es",
    **dict.fromkeys(("es-mx", "es-ar", "es-cl", "es-co", "es-pe", "es-us"), "roa/es-419"),
    "it": "roa/it",
    "pt": "roa/pt",
    "pt-pt": "roa/pt",
    "pt-br": "roa/pt-BR",
    "nl": "gmw/nl",
    "pl": "zlw/pl",
    "ru": "zle/ru",
    "uk": "zle/uk",
    "tr": "trk/tr",
    "hi": "inc/hi",
    "ar": "sem/ar",
    "he": "sem/he",
    "iw": "sem/he",
    "ja": "jpx/ja",
    **dict.fromkeys(("zh", "zh-cn", "zh-tw", "zh-sg", "zh-hans", "zh-hant", "cmn"), "sit/cmn"),
    **dict.fromkeys(("yue", "zh-hk", "zh-mo", "zh-yue"), "sit/yue"),
    "ko": "ko",
    "th": "tai/th",
    "sv": "gmq/sv",
    "da": "gmq/da",
    **dict.fromkeys(("nb", "no", "nn"), "gmq/nb"),
    "fi": "urj/fi",
    "cs": "zlw/cs",
    "el": "grk/el",
    "hu": "urj/hu",
    "id": "poz/id",
    "in": "poz/id",
    "ro": "roa/ro",
    "vi": "aav/vi",
    **dict.fromkeys(("hr", "sh", "hbs"), "zls/hr"),
}
"""Tags and files below `lang`; all others are known by the tags that stand in the files."""

MUTE = frozenset({"art/xex", "gmq/fo", "iro/chr", "trk/kaa"})
"""Files of 1.52 that say nothing, or names of letters: their dictionaries are missing."""

_TAG = "language"


def files_by_tag(data: Path) -> Mapping[str, str]:
    """Every tag that can be spoken, in lower case, with its file; ours first."""
    there = {tag: file for tag, file in OURS.items() if (data / "lang" / file).is_file()}
    rest = sorted(_declared(data / "lang"))
    return there | {tag: file for _, tag, file in reversed(rest) if tag not in there}


def _declared(folder: Path) -> Iterator[tuple[int, str, str]]:
    """How far from the best a file is for a tag, the tag, the file."""
    for path in folder.rglob("*"):
        file = path.relative_to(folder).as_posix()
        if not path.is_file() or file in MUTE:
            continue
        for line in path.read_text("utf-8", errors="replace").splitlines():
            word, *told = line.split()[:3] or [""]
            if word == _TAG and told:
                yield int(told[1]) if len(told) > 1 else 1, told[0].lower(), file


def variants(data: Path) -> frozenset[str]:
    """Other voices that any language can be spoken with: `f2`, `m3`."""
    return frozenset(path.name for path in (data / "voices" / "!v").glob("*"))
