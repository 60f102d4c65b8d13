"""What a language tag (BCP 47) says: the code of its language, its scripts, the way they run."""

from __future__ import annotations

from functools import lru_cache

UNKNOWN = "und"

_WRITTEN_WITH = {
    "Jpan": frozenset({"CJK", "HIRAGANA", "KATAKANA"}),
    "Kore": frozenset({"HANGUL"}),
    "Hans": frozenset({"CJK"}),
    "Hant": frozenset({"CJK"}),
}
"""Scripts whose names begin no names of letters. No voice reads Chinese letters in Korean."""

_LIKELY = {"grc": "Grek", "hyw": "Armn"}
"""Where CLDR's likely script is not what is meant: it gives `grc` Cypriot signs, `hyw` Latin."""

_CACHED = 1024
"""Tags; a manifest has few of them and a million rows."""


@lru_cache(maxsize=_CACHED)
def iso639_2(tag: str) -> str:
    """The three letters that MP4 stores (ISO 639-2/T): `en-GB` -> `eng`; a three-letter language
    stays, an unknown one is `und`."""
    from langcodes import Language  # noqa: PLC0415 - slow to load

    try:
        return Language.get(tag, normalize=False).to_alpha3()
    except (LookupError, ValueError):
        return UNKNOWN


@lru_cache(maxsize=_CACHED)
def scripts_of(language: str) -> frozenset[str]:
    """The scripts that a language is written with, as the Unicode names of their letters begin."""
    from fontTools.unicodedata import (  # type: ignore[import-untyped]  # noqa: PLC0415 - slow to load
        script_name,
    )

    script = script_of_language(language)
    return _WRITTEN_WITH.get(script) or frozenset({script_name(script, "").upper()})


@lru_cache(maxsize=_CACHED)
def is_right_to_left(tag: str) -> bool:
    """Whether what is written in a language runs from the right: `az-Arab` does, `ar-Latn` not."""
    from fontTools.unicodedata import script_horizontal_direction  # noqa: PLC0415 - slow to load

    return bool(script_horizontal_direction(script_of_language(tag), "LTR") == "RTL")


@lru_cache(maxsize=_CACHED)
def script_of_language(tag: str) -> str:
    """ISO 15924, as the tag says or CLDR holds likely; "" where no tag is."""
    from langcodes import Language  # noqa: PLC0415 - slow to load

    try:
        asked = Language.get(tag, normalize=False)
    except ValueError:
        return ""
    likely = _LIKELY.get(asked.language or "") or asked.maximize().script
    return asked.script or likely or ""
