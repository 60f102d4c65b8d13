"""How long finishing takes: as runs measured it of a network, else as its row of the table says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from pipeline.delivery.finishing.finishers import CARRIED_FINISHERS, Finishing
from pipeline.delivery.finishing.tiles import spans
from pipeline.media.framing import Size

Paces = Mapping[str, float]
"""Seconds of one core for a million pixels that the network sees, by its digest."""

NOBODY_MEASURED: Paces = MappingProxyType({})

MEGA = 1e6

UNKNOWN_AT_MOST = 1000.0
"""Seconds for a million pixels that a network of a studio's own may take before its worker
counts as hung: some seven times what `x4plus` takes of an old core."""


def distinct_finishings(asked: Iterable[Finishing | None]) -> tuple[Finishing, ...]:
    """Of several profiles: those that share stored frames count once."""
    return tuple(dict.fromkeys(each.unadorned for each in asked if each is not None))


def seen_megapixels(asked: Finishing, drawn: Size, frames: int) -> float:
    """What the network sees, the margins of tiles included: at 720 x 480 a quarter more than was
    drawn. Nothing where frames have as many lines already."""
    if drawn.height >= asked.lines:
        return 0.0
    down, across = (
        sum(stop - start for _, (start, stop) in spans(side))
        for side in (drawn.height, drawn.width)
    )
    return frames * down * across / MEGA


def finish_pace(asked: Finishing, measured: Paces = NOBODY_MEASURED) -> float | None:
    """Seconds of one core for a million pixels; None of a network that a studio brings, until
    it was measured."""
    if asked.digest in measured:
        return measured[asked.digest]
    row = CARRIED_FINISHERS.get(asked.network)
    return None if row is None or row.bin_sha256 != asked.digest else row.seconds


def finishing_s(
    asked: Iterable[Finishing | None],
    drawn: Size,
    frames: int,
    measured: Paces = NOBODY_MEASURED,
    unknown: float = 0.0,
) -> float:
    """Seconds of one core for all frames of a take in all that its profiles ask for; a network that
    nobody measured counts as `unknown` seconds for a million pixels."""
    total = 0.0
    for each in distinct_finishings(asked):
        pace = finish_pace(each, measured)
        total += seen_megapixels(each, drawn, frames) * (unknown if pace is None else pace)
    return total
