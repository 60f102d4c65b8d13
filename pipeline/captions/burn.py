"""Captions as they are drawn into a picture: their size and place in it, and the ASS script that
libass draws."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter

from pipeline.captions.cue import Cue, HouseRules
from pipeline.captions.house_rules import house_rules
from pipeline.captions.plan import cues_of
from pipeline.captions.script_cues import script_cues
from pipeline.captions.text import directed
from pipeline.media.font_files import Font, height_of, letters_of, pillow_font
from pipeline.media.framing import Size
from pipeline.media.text.breaks import letters_of_text
from pipeline.media.text.language import script_of_language
from pipeline.words import Words

HEIGHT = 1 / 20
"""Size of the letters, of the picture's shorter side."""

SMALLEST = 16
"""Pixels; smaller letters would not be read."""

SAFE = 1 / 10
"""Of the width and the height, on each side: no caption stands there."""

OUTLINE = 0.09
_WIDE = 1.1
"""How much wider than the middling letter a line may run."""

VERSION = 3
"""Of the way in which captions are drawn; names of what is made hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """Letters of `pixels` in a picture of `size`; what the first of the `fonts` lacks, the next
    ones draw. The forms of letters are those of the `language`: Chinese and Japanese differ."""

    fonts: tuple[Font, ...]
    size: Size
    pixels: int
    language: str = "und"

    @property
    def room(self) -> float:
        """Pixels that a line may be wide."""
        return self.size.width * (1 - 2 * SAFE)

    def width_of(self, text: str) -> float:
        """Of letters side by side, by no library of the machine; joined ones are narrower."""
        runs = self.runs(text)
        return float(sum(pillow_font(font, self.pixels).getlength(run) for font, run in runs))

    @property
    def line_height(self) -> int:
        return self.height_in(self.fonts[0])

    def height_in(self, font: Font) -> int:
        """What ASS calls the size of a font."""
        return round(height_of(font) * self.pixels)

    def runs(self, text: str) -> Iterator[tuple[Font, str]]:
        """Stretches of the text with the font of each; blanks and marks stay in theirs."""
        fonts = (self._font_of(letter) for letter in letters_of_text(text))
        pairs = zip(fonts, letters_of_text(text), strict=True)
        for font, run in groupby(pairs, key=itemgetter(0)):
            yield font, "".join(letter for _, letter in run)

    def _font_of(self, letter: str) -> Font:
        if len(self.fonts) == 1:
            return self.fonts[0]
        needed = {ord(sign) for sign in letter if not sign.isspace()}
        has_all = (font for font in self.fonts if needed <= letters_of(font))
        return next(has_all, self.fonts[0])


def type_for(fonts: tuple[Font, ...], size: Size, language: str) -> Type:
    """Letters that are read in a picture of this size."""
    pixels = max(SMALLEST, round(HEIGHT * min(size.width, size.height)))
    return Type(fonts=fonts, size=size, pixels=pixels, language=language)


def rules_for(words: Words, letters: Type) -> HouseRules:
    """The house rules with lines no longer than fit the picture."""
    rules = house_rules(words.language)
    text = " ".join(word.text for word in words.words)
    middling = letters.width_of(text) / max(1, rules.width(text))
    fitting = int(letters.room / (_WIDE * max(middling, 1.0)))
    return replace(rules, line_characters=max(1, min(rules.line_characters, fitting)))


def cues_in_picture(words: Words, frames: int, letters: Type) -> tuple[Cue, ...]:
    """The cues of a take, laid out for a picture; nobody is named: one face speaks."""
    rules = rules_for(words, letters)
    if words.cues:
        return script_cues(words, frames, rules)
    return cues_of(
        words.words, frames=frames, spaced=words.spaced, rules=rules, language=words.language
    )


def ass_text(cues: Sequence[Cue], letters: Type) -> str:
    """White letters with a black outline, centred above the bottom of the safe area."""
    return "\n".join([*_head(letters), *(_event(cue, letters) for cue in cues), ""])


def _head(letters: Type) -> Iterator[str]:
    size, outline = letters.size, max(1, round(OUTLINE * letters.pixels))
    sides, bottom = round(SAFE * size.width), round(SAFE * size.height)
    yield "[Script Info]\nScriptType: v4.00+\nWrapStyle: 2\nScaledBorderAndShadow: yes"
    yield f"Language: {_forms_of(letters.language)}"
    yield f"PlayResX: {size.width}\nPlayResY: {size.height}\nYCbCr Matrix: TV.709\n"
    yield (
        "[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, "
        "BackColour, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
    )
    family = _family(letters.fonts[0])
    yield (  # -1: the text itself tells which way it runs
        f"Style: Plain,{family},{letters.line_height},&H00FFFFFF,&H00000000,&H00000000,"
        f"1,{outline},0,2,{sides},{sides},{bottom},-1\n"
    )
    yield "[Events]\nFormat: Start, End, Style, Text"


def _forms_of(language: str) -> str:
    """What libass is told, which knows two letters: it would give Chinese of Taiwan the forms of
    `zh`. The carried font has those of Taiwan where nothing is said."""
    code = language.partition("-")[0]
    known = len(code) == 2 and script_of_language(language) != "Hant"  # noqa: PLR2004
    return code if known else ""


def _event(cue: Cue, letters: Type) -> str:
    widest = max(map(letters.width_of, cue.lines), default=0.0)
    # narrower where a line is of wide letters, or of one word without end
    share = min(1.0, letters.room / widest) if widest else 1.0
    smaller = f"{{\\fs{int(letters.line_height * share)}}}" if share < 1 else ""
    text = "\\N".join(_line(directed(line, letters.language), letters, share) for line in cue.lines)
    return f"Dialogue: {_clock(cue.start_s)},{_clock(cue.stop_s)},Plain,{smaller}{text}"


def _line(line: str, letters: Type, share: float) -> str:
    """Each stretch names its font, where there are several: of one size of ASS, letters of two
    fonts have two heights."""
    if len(letters.fonts) == 1:
        return _plain(line)
    return "".join(
        f"{{\\fn{_family(font)}\\fs{int(letters.height_in(font) * share)}}}{_plain(run)}"
        for font, run in letters.runs(line)
    )


def _family(font: Font) -> str:
    return re.sub(r"[,{}\\]", " ", font.family)


def _plain(line: str) -> str:
    """Nothing of a line is a command; a backslash would begin one and is shown as a slash."""
    return line.replace("\\", "/").replace("{", "\\{").replace("}", "\\}")


def _clock(time_s: float) -> str:
    """Hundredths of a second hold frames of 1/25 s exactly."""
    hundredths = round(time_s * 100)
    minutes, hundredths = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{hundredths // 100:02}.{hundredths % 100:02}"
