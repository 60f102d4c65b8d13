"""A cue, and the rules of the house that it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from model.shapes import FPS
from pipeline.captions.text import width


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue:
    """Lines that are shown from `start_s` to `stop_s`; `speaker` is "" where nobody is named, `id`
    where the file gives none. `others` speak in it too."""

    start_s: float
    stop_s: float
    lines: tuple[str, ...]
    speaker: str = ""
    id: str = field(default="", compare=False)
    others: tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseRules:
    """What a reader can follow. Times are in frames of 25 a second.

    `shortest` is the first whole frame after 5/6 s, `longest` 7 s, `gap` two frames of darkness.
    `full_width`: the house counts letters of the height of a line (Chinese, Japanese, Korean), of
    which each is two characters here. `wide_marks`: its quotes, dashes and dots are as wide.
    """

    line_characters: int = 42
    lines: int = 2
    characters_per_s: int = 17
    shortest: int = 21
    longest: int = 7 * FPS
    gap: int = 2
    full_width: bool = False
    wide_marks: bool = False

    def frames_to_read(self, characters: int) -> int:
        """The fewest frames for which a cue of this many characters may be shown."""
        return max(self.shortest, -(-characters * FPS // self.characters_per_s))

    def width(self, text: str) -> int:
        """Characters of a text."""
        return width(text, wide_marks=self.wide_marks)

    def told(self, characters: int) -> str:
        return f"{self.counted(characters)} {'full-width ' * self.full_width}characters"

    def counted(self, characters: int) -> str:
        """A number of characters as the house counts them."""
        return f"{characters / 2:g}" if self.full_width else str(characters)


RULES = HouseRules()
SHORTEST_S = Fraction(5, 6)
