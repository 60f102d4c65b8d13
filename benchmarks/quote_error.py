"""How far quotes are off: simulated nights, judged on others than the costs were learned from.

    python benchmarks/quote_error.py [--nights 20] [--taught 10] [--lots 20]

A night has its own takes (heavy-tailed), workers and luck: every segment scatters log-normally by
15 %, some take three times as long, workers are killed and start again, the whole night is a little
faster or slower, scripts are spoken faster or slower than their characters tell, and takes are cut
elsewhere than the quote supposes. It is simulated segment by segment: whenever a worker is free,
the longest remaining chain goes on. How often the interval holds is also counted over many lots of
ten nights, each lot taught by others of its own. Writes benchmarks/results/quote-error.json.
"""

from __future__ import annotations

import argparse
import heapq
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.where import where_it_ran
from jobs.quote.cost_fit import CostSample, fitted
from jobs.quote.forecast import WorkerCounts
from jobs.quote.lengths import script_length
from jobs.quote.quote import Asked, Quote, quote_of
from jobs.quote.workload import LoadBuilder
from manifests.job import Job
from manifests.ledger import Attempt
from model.shapes import FPS, segments_of
from pipeline.cutting.cuts import SplitParams
from pipeline.presets import ANIMATIC, Preset

RESULT = Path(__file__).parent / "results" / "quote-error.json"
BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
SPLIT = SplitParams()
DEVICE = "simulated"

SEGMENT_S, TAKE_S, COLD_S = 80.0, 6.0, 150.0
"""The truth, which a quote has to find out."""

SEGMENT_SPREAD, NIGHT_SPREAD, PACE_SPREAD = 0.15, 0.01, 0.15
STRAGGLERS, STRAGGLING = 0.02, 3.0
KILLS_A_WORKER_HOUR = 0.05
PREPARE_S, MASTER_S = 5.0, 3.0
CHARACTERS_PER_S_EN = script_length(Job(job_id="a", portrait_uri="p", script="x")).seconds ** -1


@dataclass(slots=True)
class Chain:
    """A chunk on its way through a simulated night."""

    name: str
    chunk: int
    left: int
    worker: str = ""
    made: int = 0
    spent_s: float = 0.0


@dataclass(slots=True)
class Simulated:
    """A night that happened: its rows, when it ended, and the attempts of its ledger."""

    jobs: list[Job]
    workers: int
    finish_s: float = 0.0
    gpu_s: float = 0.0
    tries: list[Attempt] = field(default_factory=list)


class Night:
    """Workers that take the longest remaining chain whenever they are free."""

    def __init__(self, seed: int) -> None:
        self.draws = np.random.default_rng([seed, 2026])
        self.run_id = f"night-{seed}"
        self.luck = float(self.draws.lognormal(0, NIGHT_SPREAD))
        count = int(self.draws.integers(150, 400))
        lengths_s = self.draws.lognormal(3.3, 0.8, count)
        self.done = Simulated(jobs=[], workers=int(self.draws.integers(4, 25)))
        self.chains: list[Chain] = []
        for index, length_s in enumerate(lengths_s):
            self._add(f"take-{index}", float(np.clip(length_s, 3, 900)))

    def _add(self, name: str, seconds: float) -> None:
        """A take of this many seconds, and the row whose characters tell about as many: as many
        over all, since a pace is measured as all characters by all seconds."""
        told_s = seconds * float(self.draws.lognormal(-(PACE_SPREAD**2) / 2, PACE_SPREAD))
        chain = bool(self.draws.random() < 0.05)  # noqa: PLR2004 - one take of twenty
        self.done.jobs.append(
            Job(
                job_id=name,
                portrait_uri="p.png",
                script="x" * max(1, round(told_s * CHARACTERS_PER_S_EN)),
                continuity="chain" if chain else "auto",
            )
        )
        for chunk, length_s in enumerate([seconds] if chain else self._cut(seconds)):
            segments = segments_of(max(1, round(length_s * FPS)))
            self.chains.append(Chain(name=name, chunk=chunk, left=segments))

    def _cut(self, seconds: float) -> list[float]:
        """Chunks between the anchors' window and the longest that is allowed."""
        parts = []
        while seconds > ANIMATIC.longest_chain_s:
            parts.append(float(self.draws.uniform(SPLIT.window_s, SPLIT.longest_s)))
            seconds -= parts[-1]
        return [*parts, max(seconds, 1.0)]

    def run(self) -> Simulated:
        waiting = [(-chain.left, index) for index, chain in enumerate(self.chains)]
        heapq.heapify(waiting)
        free = [(PREPARE_S, number, f"w{number}", -1) for number in range(self.done.workers)]
        warm: set[str] = set()
        last: dict[int, int] = {}
        names = self.done.workers
        while free:
            now_s, number, worker, held = heapq.heappop(free)
            if held >= 0 and self.chains[held].left:
                heapq.heappush(waiting, (-self.chains[held].left, held))
            if not waiting:
                self.done.finish_s = max(self.done.finish_s, now_s)
                continue
            _, index = heapq.heappop(waiting)
            chain = self.chains[index]
            start_s = 0.0 if worker in warm else COLD_S * self.luck
            opening_s = 0.0 if last.get(number) == index and worker in warm else TAKE_S * self.luck
            took_s = start_s + opening_s + self._segment_s()
            if self.draws.random() < KILLS_A_WORKER_HOUR * took_s / 3600:
                took_s *= float(self.draws.random())
                self._lose(chain, now_s + took_s)
                names += 1
                worker = f"w{names}"
            else:
                warm.add(worker)
                self._advance(chain, worker, took_s, now_s + took_s)
            self.done.gpu_s += took_s
            last[number] = index
            heapq.heappush(free, (now_s + took_s, number, worker, index))
        self.done.finish_s += MASTER_S
        return self.done

    def _segment_s(self) -> float:
        scatter = self.draws.lognormal(-(SEGMENT_SPREAD**2) / 2, SEGMENT_SPREAD)
        slow = STRAGGLING if self.draws.random() < STRAGGLERS else 1.0
        return float(SEGMENT_S * self.luck * scatter * slow)

    def _advance(self, chain: Chain, worker: str, took_s: float, now_s: float) -> None:
        chain.left -= 1
        chain.made += 1
        chain.spent_s += took_s
        if not chain.left:
            self._note(chain, now_s, state="done", worker=worker)
            for stage, seconds in (("prepare", PREPARE_S), ("master", MASTER_S)):
                if not chain.chunk:
                    self._desk(chain, stage, seconds)

    def _lose(self, chain: Chain, now_s: float) -> None:
        """The time of the lost segment is in no ledger: nobody was left to tell it."""
        self._note(chain, now_s, state="failed", error_code="worker_lost", worker="lost")
        chain.made, chain.spent_s = 0, 0.0

    def _note(self, chain: Chain, now_s: float, **fields: str) -> None:
        finished = BEGIN + timedelta(seconds=now_s)
        self.done.tries.append(
            Attempt(
                task=f"{self.run_id}/{chain.name}/{chain.chunk}",
                stage="generate",
                job_id=chain.name,
                job=chain.name,
                chunk=chain.chunk,
                run_id=self.run_id,
                segments_made=chain.made,
                gpu_s=chain.spent_s,
                seconds=chain.spent_s,
                started=finished - timedelta(seconds=chain.spent_s),
                finished=finished,
                **fields,  # type: ignore[arg-type]  # fields by name
            )
        )

    def _desk(self, chain: Chain, stage: str, seconds: float) -> None:
        self.done.tries.append(
            Attempt(
                task=f"{self.run_id}/{chain.name}/{stage}",
                stage=stage,
                job_id=chain.name,
                job=chain.name,
                state="done",
                run_id=self.run_id,
                seconds=seconds,
                started=BEGIN,
                finished=BEGIN,
            )
        )


def quoted(night: Simulated, taught: list[Simulated], preset: Preset = ANIMATIC) -> Quote:
    """The quote of a night's rows, from the ledgers of others."""
    seen = [
        CostSample(attempt=attempt, preset=preset.name, device=DEVICE, out=attempt.run_id)
        for other in taught
        for attempt in other.tries
    ]
    builder = LoadBuilder(split=SPLIT)
    for job in night.jobs:
        builder.add(job, preset, script_length(job))
    counts = WorkerCounts(workers=night.workers, cpus=8 * night.workers)
    return quote_of(builder.load(), fitted(seen), Asked(counts=counts, device=DEVICE))


def judged(night: Simulated, quote: Quote) -> dict[str, float | int | bool]:
    told = quote.forecast
    return {
        "takes": told.takes,
        "workers": night.workers,
        "finish_h": round(night.finish_s / 3600, 3),
        "finish_off": round(told.finish_s / night.finish_s - 1, 4),
        "gpu_h_off": round(told.gpu_h * 3600 / night.gpu_s - 1, 4),
        "inside_interval": bool(told.earliest_s <= night.finish_s <= told.latest_s),
    }


def summary(nights: list[dict[str, float | int | bool]]) -> dict[str, float]:
    finish = np.abs([night["finish_off"] for night in nights])
    work = np.abs([night["gpu_h_off"] for night in nights])
    return {
        "finish_off_p50": round(float(np.quantile(finish, 0.5)), 4),
        "finish_off_p90": round(float(np.quantile(finish, 0.9)), 4),
        "gpu_h_off_p90": round(float(np.quantile(work, 0.9)), 4),
        "inside_interval": round(float(np.mean([night["inside_interval"] for night in nights])), 3),
    }


def lot(number: int, taught: int) -> list[dict[str, float | int | bool]]:
    """Ten nights, taught by others of their own: no seed is used twice."""
    seeds = 10_000 + 1000 * number
    teachers = [Night(seeds + 100 + seed).run() for seed in range(taught)]
    nights = [Night(seeds + seed).run() for seed in range(10)]
    return [judged(night, quoted(night, teachers)) for night in nights]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=20)
    parser.add_argument("--taught", type=int, default=10)
    parser.add_argument("--lots", type=int, default=20)
    asked = parser.parse_args()
    taught = [Night(1000 + seed).run() for seed in range(asked.taught)]
    judged_on = [Night(seed).run() for seed in range(asked.nights)]
    nights = [judged(night, quoted(night, taught)) for night in judged_on]
    many = [night for number in range(asked.lots) for night in lot(number, asked.taught)]
    cost = quoted(judged_on[0], taught).costs[0]
    told = {
        **where_it_ran(),
        **summary(nights),
        "lots": {"nights": len(many), **summary(many)} if many else {},
        "true": {"segment_s": SEGMENT_S, "take_s": TAKE_S, "cold_s": COLD_S},
        "learned": {name: round(getattr(cost, name), 4) for name in LEARNED},
        "nights": nights,
    }
    RESULT.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({name: told[name] for name in told if name != "nights"}, indent=2))


LEARNED = ("segment_s", "take_s", "cold_s", "waste", "segment_spread", "night_spread")

if __name__ == "__main__":
    main()
