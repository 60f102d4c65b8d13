"""Guidance in a band of the trajectory only: one evaluation of the network a step outside of it
(docs/tiers.md, "Guidance in a band").

Read where presets are read, so it knows no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidanceBand:
    """Steps from `start` up to, but without, `stop` are guided; the others are conditional alone.

    Both are shares of the trajectory: 0 is pure noise, 1 the finished latents; step i of N stands
    at i / N, compared exactly with the decimal that was written: the 7th of 25 is at 0.28.
    Kynkaanniemi et al. (2024, equation 5) give the scale w inside an interval of noise levels and 1
    outside of it, where unconditional and conditional predictions need not be told apart: at high
    noise guidance drives samples into few modes, at low noise it adds nothing.
    """

    start: float = 0.0
    stop: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.stop <= 1:
            raise ValueError(
                f"a band of guidance from {self.start} to {self.stop}: it begins at 0 or later, "
                "ends at 1 or earlier, and ends after it begins"
            )

    def guides(self, step: int, steps: int) -> bool:
        """Whether step number `step` of `steps`, counted from 0, is guided."""
        return _written(self.start) * steps <= step < _written(self.stop) * steps

    def evaluations(self, steps: int, branches: int) -> int:
        """How often one row of conditions goes through the network in a segment."""
        guided = sum(self.guides(step, steps) for step in range(steps))
        return guided * branches + steps - guided


def _written(share: float) -> Fraction:
    """The shortest decimal that is read as this float: 0.28, of which 25 are 7 and not a little
    more."""
    return Fraction(str(share))


EVERY_STEP = GuidanceBand()
"""What the original does, and every preset by default."""
