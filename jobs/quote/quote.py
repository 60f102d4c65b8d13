"""The whole answer to `rushes quote`: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np

from jobs.engine.default_costs import cost_for
from jobs.quote.advice import Advice, Cut, advice_for
from jobs.quote.forecast import (
    HOUR_S,
    Forecast,
    Real,
    WorkerCounts,
    forecast,
    night_of,
    of_costs,
)
from jobs.quote.lateness import LateRow, late_rows
from jobs.quote.lengths import (
    DENSE,
    UNMEASURED_CHARACTERS_PER_S,
    UNMEASURED_DENSE_CHARACTERS_PER_S,
)
from jobs.quote.workload import ASSUMED_SIDE, Workload
from manifests.costs import Cost
from pipeline.delivery.finishing.pace import Paces, finish_pace

MINUTE_S = 60.0
NO_CUTS: Mapping[str, Cut] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishQuote:
    """What enlarging to so many `lines` by a network takes: hours of one core, None where nobody
    knows its pace; `measured` tells whether a run taught it."""

    network: str
    lines: int
    megapixels: float
    hours: float | None
    measured: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a manifest will take. `price_usd` is for the hours that generators work, `held_usd` for
    all workers until the end; None without a price. `assumed` says what nobody measured, `changed`
    counts rows that are made anew, of which less may have to be rendered, `held` those that count
    and wait for somebody. Gates will refuse
    `redrawn` segments and some rows, as they did before: `delivered_minutes` are left, and each
    costs `price_per_minute_usd`, what is rejected included."""

    rows: int
    finished: int
    invalid: int
    cancelled: int
    held: int
    changed: int
    minutes: float
    forecast: Forecast
    counts: WorkerCounts
    device: str
    costs: tuple[Cost, ...]
    advice: Advice
    assumed: tuple[str, ...]
    price_usd: float | None
    held_usd: float | None
    redrawn: int = 0
    delivered_minutes: float = 0.0
    price_per_minute_usd: float | None = None
    refused: Mapping[str, int] = field(default_factory=dict)
    """Why rows are invalid: how many for each code."""
    finishing: tuple[FinishQuote, ...] = ()
    """What profiles enlarge; the work of CPU slots, and in no hour of generators."""
    late: tuple[LateRow, ...] = ()
    """Rows that are expected after they are due, those that end first first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a quote is asked for."""

    counts: WorkerCounts
    device: str
    usd_per_gpu_hour: float | None = None
    evaluated: Mapping[str, float] = field(default_factory=dict)
    """By preset, the share of the network's evaluations that a band of guidance leaves."""
    paces: Paces = field(default_factory=dict)
    """What runs taught of the networks that enlarge frames."""
    now_s: float | None = None
    """When the night begins, in seconds of the epoch; None where nobody asks who is late."""


def quote_of(
    load: Workload, known: Iterable[Cost], asked: Asked, cuts: Mapping[str, Cut] = NO_CUTS
) -> Quote:
    """The quote of a load; `cuts` are the pauses known in long takes, by job."""
    known, rate = tuple(known), asked.usd_per_gpu_hour
    costs = {
        preset: cost_for(preset, asked.device, known, asked.evaluated.get(preset, 1.0))
        for preset in load.presets
    }
    finish = tuple(finish_quotes(load, asked.paces))
    night = night_of(load, costs, finish_s_of(load, asked.paces))
    expected = forecast(load, night, asked.counts)
    held_h = asked.counts.workers * expected.finish_s / HOUR_S
    redrawn, rejected = refused_shares(load, costs)
    price_usd = None if rate is None else expected.gpu_h * rate
    delivered = load.seconds / MINUTE_S * (1 - rejected)
    return Quote(
        rows=load.rows,
        finished=load.finished,
        invalid=load.invalid,
        cancelled=load.cancelled,
        held=load.held,
        changed=load.changed,
        minutes=load.seconds / MINUTE_S,
        forecast=expected,
        counts=asked.counts,
        device=asked.device,
        costs=tuple(costs.values()),
        advice=advice_for(load, night, asked.counts, cuts),
        assumed=(*assumptions(load, costs), *finish_assumptions(load, finish)),
        finishing=finish,
        late=() if asked.now_s is None else late_rows(load, night, asked.counts, asked.now_s),
        price_usd=price_usd,
        held_usd=None if rate is None else held_h * rate,
        refused=load.refused,
        redrawn=redrawn,
        delivered_minutes=delivered,
        price_per_minute_usd=None if price_usd is None or not delivered else price_usd / delivered,
    )


def finish_s_of(load: Workload, paces: Paces) -> Real:
    """Seconds of CPU slots that enlarging takes, by row, as far as paces are known."""
    found: Real = np.zeros(len(load.names))
    for asked, megapixels in load.finish.items():
        found += megapixels * (finish_pace(asked, paces) or 0.0)
    return found


def finish_quotes(load: Workload, paces: Paces) -> Iterator[FinishQuote]:
    """What each finish of the profiles takes, in the order of their names; those by which nothing
    is enlarged are left out."""
    for asked, column in sorted(load.finish.items(), key=lambda each: str(each[0])):
        if megapixels := float(column.sum()):
            pace = finish_pace(asked, paces)
            yield FinishQuote(
                network=asked.network,
                lines=asked.lines,
                megapixels=megapixels,
                hours=None if pace is None else megapixels * pace / HOUR_S,
                measured=asked.digest in paces,
            )


def finish_assumptions(load: Workload, finish: Iterable[FinishQuote]) -> Iterator[str]:
    """What nobody measured of the frames that are enlarged."""
    for each in finish:
        if each.hours is None:
            yield (
                f"UNMEASURED: how long finishing by {each.network} takes is not known until a run "
                "of it is named with --history; its hours are left out"
            )
        elif not each.measured:
            yield (
                f"UNMEASURED: no run that finished by {each.network} is known, "
                f"{each.hours * HOUR_S / each.megapixels:.3g} s of one core for a million "
                "pixels are assumed"
            )
    if load.unsized:
        yield (
            f"UNMEASURED: {load.unsized} rows are drawn as large as their portraits, which are not "
            f"opened; {ASSUMED_SIDE} x {ASSUMED_SIDE} is assumed for what finishing takes"
        )


def refused_shares(load: Workload, costs: Mapping[str, Cost]) -> tuple[int, float]:
    """How many segments gates will refuse, and the share of the work whose rows they will reject,
    as they did before."""
    if not load.names:
        return 0, 0.0
    each = [costs[preset] for preset in load.presets]
    redrawn = load.segments * of_costs("redrawn", each, load.preset)
    rejected = load.row_segments * of_costs("rejected", each, load.row_preset)
    return round(float(redrawn.sum())), float(rejected.sum()) / float(load.row_segments.sum())


def assumptions(load: Workload, costs: Mapping[str, Cost]) -> Iterator[str]:
    """Everything in a quote that was not measured, with what mends it."""
    drawing = {load.presets[place] for place in np.unique(load.preset)}
    for preset, cost in costs.items():
        if not cost.measured:
            assumed = f"{cost.segment_s:g} s a segment"
            if preset not in drawing:
                assumed = f"{cost.desk_take_s:g} s of a CPU for a take"
            yield (
                f"UNMEASURED: no run of preset {preset} on {cost.device} is known, "
                f"{assumed} are assumed; name a finished run with --history"
            )
    for language in load.unvoiced:
        pace = UNMEASURED_DENSE_CHARACTERS_PER_S if language in DENSE else None
        yield (
            f"UNMEASURED: how fast {language} is spoken, "
            f"{pace or UNMEASURED_CHARACTERS_PER_S:g} characters a second are assumed"
        )
    if load.guessed:
        yield (
            f"UNMEASURED: {load.guessed} recordings whose length nothing tells are taken to be as "
            "long as the others; declare audio_duration_s in their metadata"
        )
