"""What a script may hold: letters that its language is written with, and no markup."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from manifests.errors import BadInput
from pipeline.media.text.language import scripts_of
from pipeline.media.text.sentences import split_script

_JUDGED = """
CYRILLIC GREEK ARABIC HEBREW DEVANAGARI BENGALI GURMUKHI GUJARATI ORIYA TAMIL TELUGU KANNADA
MALAYALAM SINHALA THAI LAO MYANMAR KHMER TIBETAN GEORGIAN ARMENIAN ETHIOPIC CHEROKEE CJK
HIRAGANA KATAKANA HANGUL
"""
JUDGED = frozenset(_JUDGED.split())
"""Scripts, as Unicode names begin, that are foreign to languages which are not written with them.
Latin goes with all languages."""

_TAG = re.compile(r"</?[A-Za-z][^<>\n]{0,200}>|<!--|&(?:amp|lt|gt|quot|nbsp|#\d{1,6});")
_SHOWN = 40


def check_script(script: str, language: str) -> None:
    """Refuse a script that a voice of the `language` would read out as gibberish.

    Raises `BadInput`: `nothing_to_speak` (no letter and no digit), `script_markup` (tags or
    entities), `wrong_script` (a sentence mostly in letters that the language is not written with).
    """
    if not any(unicodedata.category(sign)[0] in "LN" for sign in script):
        raise BadInput("nothing_to_speak", "Nothing of the script can be spoken; write words.")
    tag = _TAG.search(script)
    if tag:
        line = script.count("\n", 0, tag.start()) + 1
        raise BadInput(
            "script_markup",
            f"The script holds markup, {tag.group()[:_SHOWN]!r} in its line {line}, which would be "
            "read out; write plain text (pronunciations belong into lexicon_uri).",
        )
    spoken = language.partition("-")[0].lower()
    if not any(is_foreign(script_of(letter), spoken) for letter in set(script)):
        return  # nearly always; a manifest has a million scripts
    for sentence in split_script(script, language=language):
        foreign, share = foreign_letters(sentence.text, spoken)
        if share > 1 / 2:
            raise BadInput(
                "wrong_script",
                f"{sentence.text[:_SHOWN]!r} is written in {foreign.title()} letters, which "
                f"{language!r} is not; correct the row's language or its script.",
            )


def foreign_letters(text: str, language: str) -> tuple[str, float]:
    """The commonest script in which a language is not written, and its share of all letters."""
    scripts = Counter(script_of(letter) for letter in text if letter.isalpha())
    foreign = Counter(
        {script: count for script, count in scripts.items() if is_foreign(script, language)}
    )
    if not foreign:
        return "", 0.0
    return foreign.most_common(1)[0][0], foreign.total() / scripts.total()


def is_foreign(script: str, language: str) -> bool:
    return script in JUDGED and script not in scripts_of(language)


@lru_cache(maxsize=4096)
def script_of(letter: str) -> str:
    """The script that a letter belongs to, by its name in Unicode; "" for what is no letter."""
    return unicodedata.name(letter, "").partition(" ")[0] if letter.isalpha() else ""
