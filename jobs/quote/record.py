"""Around a run: what was foretold of it, and what was used at its end, kept with the costs that it
taught (`_run/quote.json`, `_run/costs.json`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache, partial
from time import monotonic
from typing import Any

from jobs.config import RunConfig
from jobs.engine.default_costs import cost_for
from jobs.engine.observer import Observer
from jobs.engine.phases import Order
from jobs.engine.scheduler import Slot
from jobs.output.result_rows import REDRAWN
from jobs.output.results_writer import results_so_far
from jobs.quote.cost_fit import fitted
from jobs.quote.device import device_model
from jobs.quote.finish_history import (
    any_finishes,
    finish_costs_of,
    kept_finish_costs,
    paces_of,
)
from jobs.quote.forecast import HOUR_S, WorkerCounts
from jobs.quote.history import history_under, kept_costs, learned, read_quotes, write_quotes
from jobs.quote.made import NOTHING_MADE, made_under
from jobs.quote.outcomes import outcomes_of, with_outcomes
from jobs.quote.quote import MINUTE_S, Asked, Quote, quote_of
from jobs.quote.workload_reader import load_of
from manifests.costs import Cost, write_costs
from manifests.errors import RushesError
from manifests.ledger import Ledger
from pipeline.stage import StageName

PROBING_S = 20.0
"""Seconds in which the lengths of recordings are looked up; a run that ends sooner waits for it."""


class Foretelling(Observer):
    """Calls `foretell` on a thread of its own from the first tick on, when the first tasks are at
    work: a quote keeps no run from its first step."""

    def __init__(self, foretell: Callable[[], None]) -> None:
        self._foretell = foretell
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="quote")
        self._future: Future[None] | None = None

    def tick(self) -> None:
        self._begun()

    def wait(self) -> None:
        """Returns when it was foretold; a run that ended before its first tick is foretold now."""
        with self._thread:
            self._begun().result()

    def _begun(self) -> Future[None]:
        if self._future is None:
            self._future = self._thread.submit(self._foretell)
        return self._future


@contextmanager
def quoted_run(
    out: str,
    orders: Sequence[Order],
    config: RunConfig,
    run_id: str,
    *,
    slots: Sequence[Slot],
    left: Callable[[], int],
) -> Iterator[Observer]:
    """Foretell a run beside its first work, and hold its end against it; the run tells the observer
    when its work has begun.

    `slots` are those of its pool, `left` tells the rows that were not reached. No trouble with
    storage here stops a night: the ledger tells all of it again.
    """
    began = monotonic()
    started = datetime.now(UTC).isoformat()
    foretelling = Foretelling(partial(keep_foretold, out, orders, config, run_id, slots, started))
    try:
        yield foretelling
    finally:
        elapsed_s = monotonic() - began
        foretelling.wait()
        with suppress(RushesError):
            finishes = any_finishes(config.delivery.profiles)
            record_used(out, run_id, elapsed_s, whole=not left(), finishes=finishes)


def keep_foretold(
    out: str,
    orders: Sequence[Order],
    config: RunConfig,
    run_id: str,
    slots: Sequence[Slot],
    started: str,
) -> None:
    with suppress(RushesError):
        entry = foretold_run(out, orders, config, run_id, slots) | {"started": started}
        write_quotes(out, [*read_quotes(out), entry])


def cost_known(out: str, config: RunConfig) -> Callable[[str], Cost]:
    """What earlier sessions and the runs of `history` tell of a preset, read when it is first
    asked; else what is assumed."""

    @cache
    def known() -> tuple[Cost, ...]:
        with suppress(RushesError):
            return (*kept_costs(out), *learned(config.history))
        return ()

    shares = evaluated_shares(config)
    return cache(
        lambda preset: cost_for(preset, device_model(config.gpus), known(), shares.get(preset, 1.0))
    )


def evaluated_shares(config: RunConfig) -> Mapping[str, float]:
    """By preset, what its band of guidance leaves of the network's evaluations."""
    return {name: preset.evaluated_share for name, preset in config.presets.items()}


def foretold_run(
    out: str, orders: Sequence[Order], config: RunConfig, run_id: str, slots: Sequence[Slot]
) -> dict[str, Any]:
    """The entry of a run in quote.json before its end; what the run itself made meanwhile counts as
    still to be made."""
    made = made_under(out, besides=run_id)
    load = load_of(
        ((order.job, made.get(order.request_id, NOTHING_MADE)) for order in orders),
        config,
        out=out,
        longest_s=PROBING_S,
    )
    device = device_model(config.gpus)
    known = (*kept_costs(out), *learned(config.history))
    asked = Asked(
        counts=worker_counts(slots),
        device=device,
        evaluated=evaluated_shares(config),
        paces=paces_of((out, *config.history)),
    )
    quote = quote_of(load, known, asked)
    return {
        "run_id": run_id,
        "device": device,
        "started": datetime.now(UTC).isoformat(),
        "workers": quote.counts.workers,
        "cpus": quote.counts.cpus,
        "foretold": foretold(quote),
        "used": None,
    }


def worker_counts(slots: Sequence[Slot]) -> WorkerCounts:
    workers = sum(slot.generates for slot in slots)
    return WorkerCounts(workers=max(1, workers), cpus=max(1, len(slots) - workers))


def foretold(quote: Quote) -> dict[str, Any]:
    """What is held against the end later, and on what it stood."""
    return {
        **asdict(quote.forecast),
        "measured": all(cost.measured for cost in quote.costs),
        "assumed": list(quote.assumed),
        "costs": [asdict(cost) for cost in quote.costs],
        "finishing": [asdict(each) for each in quote.finishing],
    }


def record_used(
    out: str, run_id: str, elapsed_s: float, *, whole: bool, finishes: bool = False
) -> None:
    """Write down what the run used, and learn its costs; what `finishes` frames too."""
    runs = read_quotes(out)
    used = used_by(out, run_id, elapsed_s, whole=whole)
    for run in runs:
        if run.get("run_id") == run_id:
            run["used"] = used
            run["off"] = off_by(run["foretold"], used) if whole else None
    write_quotes(out, runs)
    enlarged = finish_costs_of(out) if finishes else kept_finish_costs(out)
    history = history_under(out, enlarged)
    learnt = fitted(history.seen, history.enlarged_s)
    write_costs(with_outcomes(learnt, outcomes_of(results_so_far(out))), out, enlarged)


def used_by(out: str, run_id: str, elapsed_s: float, *, whole: bool) -> dict[str, Any]:
    gpu_s, segments, asked, delivered = 0.0, 0, set(), set()
    for attempt in Ledger(out).read():
        if attempt.run_id == run_id:
            gpu_s += attempt.gpu_s
            segments += attempt.segments_made
            asked.add(attempt.job)
            if attempt.stage == StageName.PUBLISH and attempt.state == "done":
                delivered.add(attempt.job)
    rows = [row for row in results_so_far(out) if row.fingerprint in asked]
    minutes = sum(r.duration_s for r in rows if r.fingerprint in delivered) / MINUTE_S
    return {
        "whole": whole,
        "takes": len(delivered),
        "segments": segments,
        "gpu_h": gpu_s / HOUR_S,
        "finish_s": elapsed_s,
        "redrawn": int(sum(row.quality.get(REDRAWN, 0) for row in rows)),
        "rejected": sum(row.status == "rejected" for row in rows),
        "delivered_minutes": minutes,
        "gpu_h_per_delivered_minute": gpu_s / HOUR_S / minutes if minutes else None,
    }


def off_by(
    expected: Mapping[str, float], used: Mapping[str, float]
) -> dict[str, float | bool | None]:
    """How far the quote was off, as shares of what was used."""
    off: dict[str, float | bool | None] = {
        name: expected[name] / used[name] - 1 if used[name] else None
        for name in ("segments", "gpu_h", "finish_s")
    }
    inside = expected["earliest_s"] <= used["finish_s"] <= expected["latest_s"]
    return off | {"inside_interval": inside}
