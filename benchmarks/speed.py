"""One guided step of the transformer against the plain computation of it, and what each lever gave.

    python benchmarks/speed.py --pairs 15 --lever-pairs 7

Both compute with the same weights in this process, on one thread, by turns, at the middle size
(a sixth of Hallo3's width, a quarter of its picture). What counts is the ratio within a pair, and
the number of operations, which no busy machine disturbs. Ours are the very calls that the pipeline
makes. Writes benchmarks/results/speed.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from benchmarks.where import where_it_ran
from model.bench.levers import LEVERS, Step, one_pass_each, ours
from model.bench.naive import PlainTransformer
from model.bench.segment_parts import SIZES, Given, random_networks

RESULT = Path(__file__).parent / "results" / "speed.json"
MATRIX_OPERATIONS = ("addmm", "bmm", "mm", "scaled_dot_product", "convolution")
CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """Of two times within pairs: the median, and the quartiles around it."""

    median: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.median:.3f} (quartiles {self.low:.3f} to {self.high:.3f})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """CPU seconds, operations and results of a step that is slower and one that is faster."""

    ratio: Ratio
    slower_s: float
    faster_s: float
    slower_gflop: float
    faster_gflop: float
    deviation: float

    @classmethod
    def of(cls, slower: Step, faster: Step, pairs: int) -> Comparison:
        far, near = slower(), faster()
        times = [timed_pair(slower, faster, swap=bool(turn % 2)) for turn in range(pairs)]
        low, median, high = statistics.quantiles([above / below for above, below in times], n=4)
        return cls(
            ratio=Ratio(median=round(median, 4), low=round(low, 4), high=round(high, 4)),
            slower_s=round(statistics.median(above for above, _ in times), 3),
            faster_s=round(statistics.median(below for _, below in times), 3),
            slower_gflop=gflop(slower),
            faster_gflop=gflop(faster),
            deviation=float((near - far).abs().max() / far.abs().max()),
        )

    def __str__(self) -> str:
        return f"{self.ratio}, {self.slower_gflop} -> {self.faster_gflop} GFLOP"


def timed_pair(slower: Step, faster: Step, *, swap: bool) -> tuple[float, float]:
    if swap:
        near = timed(faster)
        return timed(slower), near
    return timed(slower), timed(faster)


def timed(step: Step) -> float:
    """CPU seconds of this thread, so that what others do on the machine counts less."""
    start = time.thread_time()
    step()
    return time.thread_time() - start


def gflop(step: Step) -> float:
    """Of matrix products and attention."""

    def attention_flop(*shapes: Sequence[int], **_: object) -> int:
        flop: int = sdpa_flop_count(*shapes[:3])
        return flop

    flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu  # noqa: SLF001  its name
    with FlopCounterMode(display=False, custom_mapping={flash: attention_flop}) as counter:
        step()
    return round(counter.get_total_flops() / 1e9, 2)


def matrix_share(step: Step) -> float:
    """Of the time, what matrix products and attention take."""
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        step()
    rows = profiled.key_averages()
    whole = sum(float(row.self_cpu_time_total) for row in rows)
    matrix = (row for row in rows if any(name in row.key for name in MATRIX_OPERATIONS))
    return round(sum(float(row.self_cpu_time_total) for row in matrix) / whole, 3)


def measured(pairs: int, lever_pairs: int) -> dict[str, object]:
    networks = random_networks(SIZES["middle"], CPU)
    transformer, reference = (network.eval() for network in networks[:2])
    given = Given.of(transformer, reference, CPU, torch.float32)
    plain_transformer = PlainTransformer(transformer.state_dict(), transformer.config)
    plain: Step = partial(plain_transformer, given.twice())
    step = ours(transformer, given)
    whole = Comparison.of(plain, step, pairs)
    print(f"plain / ours: {whole}")
    _, cuts_alone = one_pass_each(transformer, given)
    cuts = Comparison.of(plain, cuts_alone, pairs)
    print(f"plain / exact cuts alone: {cuts}")
    levers = {}
    for name, lever in LEVERS.items():
        with_lever, without = lever(transformer, given)
        levers[name] = Comparison.of(without, with_lever, lever_pairs)
        print(f"  {name}: {levers[name]}")
    return {
        "plain_against_ours": asdict(whole),
        "plain_against_exact_cuts_alone": asdict(cuts),
        "plain_matrix_share": matrix_share(plain),
        "ours_matrix_share": matrix_share(step),
        "levers": {name: asdict(lever) for name, lever in levers.items()},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--lever-pairs", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    with torch.inference_mode():
        figures = measured(arguments.pairs, arguments.lever_pairs)
    where = {
        **where_it_ran("one thread"),
    }
    RESULT.write_text(json.dumps(where | figures, indent=2) + "\n")


if __name__ == "__main__":
    main()
