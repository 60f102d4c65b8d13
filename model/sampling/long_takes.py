"""What a preset does against the drift of long takes; each option is off unless it is asked for.

Read where presets are read, so it knows no torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ReferenceFrame = Literal["portrait", "round_trip"]
"""What the identity network looks at: the portrait's face, or the same through the VAE and back, in
the colours and with the softness of the frames that it stands beside."""

MOST_NOISE = 0.5
"""Of the motion frames' -1..1; with more a segment would no longer see where it starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LongTakes:
    """How the two motion frames that a segment starts from are kept at their portrait.

    `colour_match` is the strength of one capped match of their colours to the portrait's,
    `motion_noise` the sigma of noise on them beside their holes, as in Hallo3's training.
    `colour_bias` takes off what the VAE adds to the portrait's mean colour, measured once.
    `reference` is what the identity network looks at. As set, all is as in the original.
    """

    colour_match: float = 0.0
    motion_noise: float = 0.0
    colour_bias: bool = False
    reference: ReferenceFrame = "portrait"

    def __post_init__(self) -> None:
        if not 0 <= self.colour_match <= 1:
            raise ValueError(f"colour_match = {self.colour_match}: a strength is from 0 to 1")
        if not 0 <= self.motion_noise <= MOST_NOISE:
            raise ValueError(f"motion_noise = {self.motion_noise}: a sigma is 0 to {MOST_NOISE}")


AS_TRAINED = LongTakes()
"""Nothing is done: what the original does, and every preset by default."""
