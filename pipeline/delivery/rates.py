"""Rates of frames, and timecodes: hours, minutes, seconds and frames, in both ways of counting."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from pipeline.media.video import DRAWN_RATE

RATES: Mapping[str, Fraction] = {
    "23.976": Fraction(24000, 1001),
    "24": Fraction(24),
    "25": DRAWN_RATE,
    "29.97": Fraction(30000, 1001),
    "30": Fraction(30),
}
"""Frames a second that can be delivered, by the names that people use."""

DROPS = Fraction(30000, 1001)
"""The rate at which a count may leave out numbers, written with `;` before the frames."""

_WRITTEN = re.compile(r"([01]\d|2[0-3]):([0-5]\d):([0-5]\d)([:;])(\d\d)")


def timecode_fault(timecode: str, rate: Fraction) -> str:
    """What is wrong with a timecode at this rate and what to write, or "" where nothing is."""
    found = _WRITTEN.fullmatch(timecode)
    if found is None:
        return f"{timecode!r} is no timecode; write one such as 01:00:00:00"
    _, minutes, seconds, before, frames = found.groups()
    counted = round(rate)
    if int(frames) >= counted:
        return f"{timecode!r} has no such frame; there are 00 to {counted - 1} in a second"
    if before == ";" and rate != DROPS:
        return f"{timecode!r} drops frames, which only 29.97 does; write : before the frames"
    dropped = before == ";" and seconds == "00" and int(frames) < 2 and int(minutes) % 10  # noqa: PLR2004  # numbers 0 and 1 are left out
    if dropped:
        return f"{timecode!r} is a number that is left out; begin at another frame"
    return ""
