"""What earlier runs tell: their ledgers, and the quotes that they kept (`_run/quote.json`)."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any

from jobs.output.instruction_files import Watch
from jobs.output.results_writer import results_so_far
from jobs.output.run_file import read_run_file
from jobs.quote.cost_fit import CostSample, fitted
from jobs.quote.finish_history import finish_costs_of, kept_finish_costs, paces_in
from jobs.quote.outcomes import outcomes_of, with_outcomes
from manifests.costs import Cost, FinishCost, read_costs
from manifests.errors import BadInput, RushesError
from manifests.job import Job
from manifests.ledger import Attempt, Ledger
from manifests.storage import join, overwrite, storage_of
from manifests.validate import examine
from pipeline.delivery.finishing.pace import Paces
from pipeline.stage import StageName

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
    outs = tuple(dict.fromkeys(outs))
    results = [result for out in outs for result in results_so_far(out)]
    histories = [history_under(out, known_finish_costs(out)) for out in outs]
    seen = chain.from_iterable(history.seen for history in histories)
    enlarged_s = sum(history.enlarged_s for history in histories)
    found = with_outcomes(fitted(seen, enlarged_s), outcomes_of(results))
    known = {(cost.preset, cost.device) for cost in found}
    kept = (cost for out in outs for cost in kept_costs(out))
    return (*found, *(cost for cost in kept if (cost.preset, cost.device) not in known))


def known_finish_costs(out: str) -> tuple[FinishCost, ...]:
    """Those kept in costs.json; where the last run did not live to write it, what is stored
    since then is read too."""
    runs = read_quotes(out)
    if runs and runs[-1].get("used") is None:
        return finish_costs_of(out)
    return kept_finish_costs(out)


def known_paces(outs: Iterable[str]) -> Paces:
    """What these runs together teach of the networks that enlarge frames."""
    return paces_in(chain.from_iterable(map(known_finish_costs, dict.fromkeys(outs))))


def own_costs(out: str) -> tuple[Cost, ...]:
    """What the runs under an output taught that is quoted, one that was killed too; nothing before
    its first run."""
    with suppress(RushesError):
        return learned([out])
    return kept_costs(out)


def kept_costs(out: str) -> tuple[Cost, ...]:
    """The costs kept under `out`; none when they are damaged: the next run writes them anew."""
    try:
        return read_costs(out)
    except BadInput:
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunHistory:
    """The newest attempts under an output with their presets and devices, and the seconds that
    enlarging frames took of them. Tasks that were found finished are left out, but for chains:
    they tell how long a take is."""

    seen: tuple[CostSample, ...]
    enlarged_s: float


def history_under(out: str, enlarged: Iterable[FinishCost]) -> RunHistory:
    """Where attempts of before are left out, as large a share of what enlarging took is. Attempts
    whose preset nobody can tell teach nothing."""
    numbered = deque(enumerate(Ledger(out).read(), start=1), maxlen=LEARNED)
    tries = [attempt for _, attempt in numbered]
    share = len(tries) / numbered[-1][0] if numbered else 0.0
    presets, devices = presets_of(out, tries), devices_of(read_quotes(out))
    seen = (
        CostSample(
            attempt=attempt,
            preset=presets[attempt.job],
            device=devices.get(attempt.run_id, UNKNOWN_DEVICE),
            out=out,
        )
        for attempt in tries
        if attempt.job in presets and (not attempt.reused or attempt.stage == StageName.GENERATE)
    )
    return RunHistory(seen=tuple(seen), enlarged_s=share * sum(e.seconds for e in enlarged))


def presets_of(out: str, tries: Iterable[Attempt]) -> Mapping[str, str]:
    """The preset of each job that was tried: as its row's result says, and of rows that have not
    ended as the manifests of the run do."""
    ran = read_run_file(out)
    known = {r.fingerprint: r.preset for r in results_so_far(out) if r.fingerprint and r.preset}
    open_rows = {tried.job: tried.job_id for tried in tries if tried.job not in known}
    named = presets_named(ran, [*manifests_of(ran), *Watch(out)().added]) if open_rows else {}
    return known | {job: named[job_id] for job, job_id in open_rows.items() if job_id in named}


def presets_named(ran: Mapping[str, object], manifests: Sequence[str]) -> Mapping[str, str]:
    """The preset of each row of these manifests, by its job id, as far as they can be read."""
    found: dict[str, str] = {}
    for uri in manifests:
        with suppress(RushesError):
            for row in examine([uri]):
                if isinstance(row, Job):
                    found.setdefault(row.job_id, row.preset or preset_of_run(ran))
    return found


def manifests_of(ran: Mapping[str, object]) -> list[str]:
    told = ran.get("manifests")
    return [str(uri) for uri in told] if isinstance(told, list) else []


def preset_of_run(ran: Mapping[str, object]) -> str:
    preset = ran.get("preset")
    return str(preset.get("name", "")) if isinstance(preset, dict) else ""


def devices_of(quotes: Kept) -> Mapping[str, str]:
    return {str(run.get("run_id")): str(run.get("device")) for run in quotes if run.get("device")}
