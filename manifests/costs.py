"""What work was found to cost: `_run/costs.json`, learned from the attempts of a run."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import TypeVar

from manifests.errors import BadInput
from manifests.storage import join, overwrite, storage_of

FORMAT = 1

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of a generator for one preset on one kind of device, and how far they scatter.

    A chain of n segments takes `take_s` (its take is opened for it) + n x `segment_s`; a worker's
    first chain `cold_s` more. `waste` is the share that failed tries and lost workers add. One
    segment scatters by `segment_spread`, a whole night by `night_spread` (both are deviations of
    the logarithm). Stages without a generator take `desk_take_s` + n x `desk_segment_s` a take,
    `lead_share` of it before its first segment. Gates let `redrawn` segments be drawn in vain for
    each one that was delivered, and rejected the share `rejected` of the rows. No `segments` behind
    it: it is unmeasured.
    """

    preset: str
    device: str
    segment_s: float
    take_s: float
    cold_s: float
    waste: float = 0.0
    segment_spread: float = 0.0
    night_spread: float = 0.0
    desk_take_s: float = 0.0
    desk_segment_s: float = 0.0
    lead_share: float = 0.5
    redrawn: float = 0.0
    rejected: float = 0.0
    segments: int = 0
    attempts: int = 0
    runs: int = 0

    @property
    def measured(self) -> bool:
        return self.segments > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishCost:
    """What enlarging frames by a network, of this `digest`, was found to take: `seconds` for so
    many million pixels that it saw, in `segments` that were finished."""

    network: str
    digest: str
    seconds: float
    megapixels: float
    segments: int
    until_s: float = 0.0

    @property
    def pace(self) -> float:
        """Seconds for a million pixels."""
        return self.seconds / self.megapixels


def costs_uri(out_uri: str) -> str:
    return join(out_uri, "_run", "costs.json")


def write_costs(costs: Iterable[Cost], out_uri: str, finishes: Iterable[FinishCost] = ()) -> None:
    """Write the costs in place of those that are there."""
    told: dict[str, object] = {"format": FORMAT, "costs": [asdict(cost) for cost in costs]}
    if enlarged := [asdict(cost) for cost in finishes]:
        told["finishes"] = enlarged
    text = json.dumps(told, indent=2)
    overwrite(costs_uri(out_uri), text.encode() + b"\n")


def read_costs(out_uri: str) -> tuple[Cost, ...]:
    """The costs kept under `out_uri`, none before a run ended there.

    Raises BadInput `costs_unreadable` that names the file.
    """
    return _read(out_uri, "costs", Cost)


def read_finish_costs(out_uri: str) -> tuple[FinishCost, ...]:
    """The same of enlarging frames; none where no run did it."""
    return _read(out_uri, "finishes", FinishCost)


def _read(out_uri: str, part: str, kind: Callable[..., T]) -> tuple[T, ...]:
    uri = costs_uri(out_uri)
    storage = storage_of(uri)
    if storage.stat(uri) is None:
        return ()
    try:
        told = json.loads(storage.read(uri))
        if told["format"] != FORMAT:
            raise ValueError(f"format {told['format']}")  # noqa: TRY301 - told with the other damages
        rows = told["costs"] if part == "costs" else told.get(part, ())
        return tuple(kind(**row) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        message = f"{uri} cannot be read ({error}); delete it, the next run learns it again."
        raise BadInput("costs_unreadable", message) from error
