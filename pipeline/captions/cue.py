"""A cue, and the rules of the house that it keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from model.shapes import FPS


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
    """

    line_characters: int = 42
    lines: int = 2
    characters_per_s: int = 17
    shortest: int = 21
    longest: int = 7 * FPS
    gap: int = 2

    def frames_to_read(self, characters: int) -> int:
        """The fewest frames for which a cue of this many characters may be shown."""
        return max(self.shortest, -(-characters * FPS // self.characters_per_s))


RULES = HouseRules()
SHORTEST_S = Fraction(5, 6)
