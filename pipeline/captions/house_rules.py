"""How long a line is and how fast a cue is read, in each language: as Netflix's Timed Text Style
Guides have it, which count full-width letters in Chinese, Japanese and Korean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipeline.captions.cue import RULES, Cue, HouseRules
from pipeline.media.text.check_script import script_of
from pipeline.media.text.language import script_of_language

_JAPANESE = HouseRules(line_characters=32, characters_per_s=14, full_width=True, wide_marks=True)
"""16 letters a line and 7 a second, as captions of what is said in Japanese itself have it;
translations have 13 and 4, which no speech at its own pace keeps."""

_CHINESE = HouseRules(line_characters=32, characters_per_s=18, full_width=True, wide_marks=True)
"""16 letters a line, 9 a second."""

_KOREAN = HouseRules(line_characters=32, characters_per_s=24, full_width=True)
"""16 letters a line, 12 a second; blanks, marks and Latin letters are half of one."""

_THAI = HouseRules(line_characters=35)

_RULES: Mapping[str, HouseRules] = {
    "Jpan": _JAPANESE,
    "Hans": _CHINESE,
    "Hant": _CHINESE,
    "Kore": _KOREAN,
    "Thai": _THAI,
}


def house_rules(language: str) -> HouseRules:
    """Those of the script that a language is written with."""
    return _RULES.get(script_of_language(language), RULES)


def rules_of_text(cues: Sequence[Cue]) -> HouseRules:
    """Those of the language that the letters belong to, where nobody tells it: a third of them in
    a script tells it, for each stands for several Latin ones."""
    scripts = [script_of(letter) for cue in cues for line in cue.lines for letter in line]
    counts = {name: scripts.count(name) for name in {*scripts} - {""}}
    kana = counts.get("HIRAGANA", 0) + counts.get("KATAKANA", 0)
    shares = {
        "Kore": counts.pop("HANGUL", 0),
        "Thai": counts.pop("THAI", 0),
        "Jpan" if kana else "Hans": counts.pop("CJK", 0) + kana,
    }
    most = max(shares, key=lambda script: shares[script])
    return _RULES[most] if 3 * shares[most] > len([name for name in scripts if name]) else RULES
