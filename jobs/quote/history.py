"""What earlier runs tell: their ledgers, and the quotes that they kept (`_run/quote.json`)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobs.output.results_writer import results_so_far
from jobs.output.run_file import read_run_file
from jobs.quote.cost_fit import CostSample, fitted
from jobs.quote.finish_history import kept_finish_costs, without_finishing
from jobs.quote.outcomes import outcomes_of, with_outcomes
from manifests.costs import Cost, read_costs
from manifests.errors import BadInput
from manifests.ledger import Ledger
from manifests.storage import join, overwrite, storage_of

FORMAT = 1
UNKNOWN_DEVICE = "unknown"

LEARNED = 50_000
"""Newest attempts of a run that are learned from: more teach nothing and fill memory."""

Kept = list[dict[str, Any]]
"""The runs in a quote.json, oldest first: run_id, device, foretold, used, ..."""


def quotes_uri(out: str) -> str:
    return join(out, "_run", "quote.json")


def read_quotes(out: str) -> Kept:
    """The quotes kept under `out`; none when there are none or they are damaged."""
    uri = quotes_uri(out)
    if storage_of(uri).stat(uri) is None:
        return []
    try:
        kept = json.loads(storage_of(uri).read(uri))
        return list(kept["runs"]) if kept["format"] == FORMAT else []
    except (ValueError, KeyError, TypeError):
        return []


def write_quotes(out: str, runs: Kept) -> None:
    text = json.dumps({"format": FORMAT, "runs": runs}, indent=2)
    overwrite(quotes_uri(out), text.encode() + b"\n")


def learned(outs: Sequence[str]) -> tuple[Cost, ...]:
    """The costs of all attempts of these runs. Where a ledger is gone, the run's kept costs count.

    Raises `ManifestUnusable` for a folder that is no run, `BadInput` for a damaged ledger.
    """
    results = [result for out in outs for result in results_so_far(out)]
    seen = (each for out in outs for each in seen_under(out))
    enlarged = [cost for out in outs for cost in kept_finish_costs(out)]
    found = with_outcomes(without_finishing(fitted(seen), enlarged), outcomes_of(results))
    known = {(cost.preset, cost.device) for cost in found}
    kept = (cost for out in outs for cost in kept_costs(out))
    return (*found, *(cost for cost in kept if (cost.preset, cost.device) not in known))


def kept_costs(out: str) -> tuple[Cost, ...]:
    """The costs kept under `out`; none when they are damaged: the next run writes them anew."""
    try:
        return read_costs(out)
    except BadInput:
        return ()


def seen_under(out: str) -> Iterator[CostSample]:
    """The attempts of a run with their presets and devices; those found finished are left out."""
    usual = preset_of_run(read_run_file(out))
    presets = {r.fingerprint: r.preset for r in results_so_far(out) if r.fingerprint and r.preset}
    devices = devices_of(read_quotes(out))
    for attempt in deque(Ledger(out).read(), maxlen=LEARNED):
        if not attempt.reused:
            yield CostSample(
                attempt=attempt,
                preset=presets.get(attempt.job) or usual,
                device=devices.get(attempt.run_id, UNKNOWN_DEVICE),
            )


def preset_of_run(ran: Mapping[str, object]) -> str:
    preset = ran.get("preset")
    return str(preset.get("name", "")) if isinstance(preset, dict) else ""


def devices_of(quotes: Kept) -> Mapping[str, str]:
    return {str(run.get("run_id")): str(run.get("device")) for run in quotes if run.get("device")}
