"""Captions as they are drawn into a picture: their size and place in it, and the ASS script that
libass draws."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import ImageFont

from pipeline.captions.cue import RULES, Cue, HouseRules
from pipeline.captions.plan import cues_of
from pipeline.captions.script_cues import script_cues
from pipeline.captions.text import width
from pipeline.media.fonts import Font
from pipeline.media.framing import Size
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

VERSION = 1
"""Of the way in which captions are drawn; names of what is made hold it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """Letters of `pixels` in a picture of `size`."""

    font: Font
    size: Size
    pixels: int

    @property
    def room(self) -> float:
        """Pixels that a line may be wide."""
        return self.size.width * (1 - 2 * SAFE)

    def width_of(self, text: str) -> float:
        drawn = ImageFont.truetype(
            self.font.path, self.pixels, layout_engine=ImageFont.Layout.BASIC
        )
        return float(drawn.getlength(text))

    @property
    def line_height(self) -> int:
        """What ASS calls the size of a font: from its highest to its lowest stroke."""
        return sum(ImageFont.truetype(self.font.path, self.pixels).getmetrics())


def type_for(font: Font, size: Size) -> Type:
    """Letters that are read in a picture of this size."""
    pixels = max(SMALLEST, round(HEIGHT * min(size.width, size.height)))
    return Type(font=font, size=size, pixels=pixels)


def rules_for(words: Words, letters: Type, rules: HouseRules = RULES) -> HouseRules:
    """The house rules with lines no longer than fit the picture."""
    text = " ".join(word.text for word in words.words)
    middling = letters.width_of(text) / max(1, width(text))
    fitting = int(letters.room / (_WIDE * max(middling, 1.0)))
    return replace(rules, line_characters=max(1, min(rules.line_characters, fitting)))


def cues_in_picture(words: Words, frames: int, letters: Type) -> tuple[Cue, ...]:
    """The cues of a take, laid out for a picture; nobody is named: one face speaks."""
    rules = rules_for(words, letters)
    if words.cues:
        return script_cues(words, frames, rules)
    return cues_of(words.words, frames=frames, spaced=words.spaced, rules=rules)


def ass_text(cues: Sequence[Cue], letters: Type) -> str:
    """White letters with a black outline, centred above the bottom of the safe area."""
    return "\n".join([*_head(letters), *(_event(cue, letters) for cue in cues), ""])


def _head(letters: Type) -> Iterator[str]:
    size, outline = letters.size, max(1, round(OUTLINE * letters.pixels))
    sides, bottom = round(SAFE * size.width), round(SAFE * size.height)
    yield "[Script Info]\nScriptType: v4.00+\nWrapStyle: 2\nScaledBorderAndShadow: yes"
    yield f"PlayResX: {size.width}\nPlayResY: {size.height}\nYCbCr Matrix: TV.709\n"
    yield (
        "[V4+ Styles]\nFormat: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, "
        "BackColour, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding"
    )
    family = letters.font.family.replace(",", " ")
    yield (  # -1: the text itself tells which way it runs
        f"Style: Plain,{family},{letters.line_height},&H00FFFFFF,&H00000000,&H00000000,"
        f"1,{outline},0,2,{sides},{sides},{bottom},-1\n"
    )
    yield "[Events]\nFormat: Start, End, Style, Text"


def _event(cue: Cue, letters: Type) -> str:
    widest = max(map(letters.width_of, cue.lines), default=0.0)
    smaller = ""
    if widest > letters.room:  # a line of wide letters, or of one word without end
        smaller = f"{{\\fs{int(letters.line_height * letters.room / widest)}}}"
    text = "\\N".join(map(_plain, cue.lines))
    return f"Dialogue: {_clock(cue.start_s)},{_clock(cue.stop_s)},Plain,{smaller}{text}"


def _plain(line: str) -> str:
    """Nothing of a line is a command; a backslash would begin one and is shown as a slash."""
    return line.replace("\\", "/").replace("{", "\\{").replace("}", "\\}")


def _clock(time_s: float) -> str:
    """Hundredths of a second hold frames of 1/25 s exactly."""
    hundredths = round(time_s * 100)
    minutes, hundredths = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{hundredths // 100:02}.{hundredths % 100:02}"
