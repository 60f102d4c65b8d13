"""The table of parts in the order in which they run, and which of them may still begin."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

LIMIT_FACTOR, LIMIT_LEAST_S = 4.0, 60.0
"""How much longer than expected a part may take, and at least."""

START_S = 20.0
"""A process with torch in it and networks on the device, before its first part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPart:
    """One thing that is measured: `at` names its function, `card_s` and `rehearsed_s` the seconds
    expected of it at full size and in a rehearsal.

    An `alone` part changes what others would find (weights, settings of torch) and has a process
    of its own, with `environment` set before torch comes. A part that is `steady` may be cut by
    the clock: it keeps what it has and goes on in the next call. One that trains does not `infer`.
    """

    name: str
    at: str
    card_s: float
    rehearsed_s: float
    asks: str
    alone: bool = False
    steady: bool = False
    infers: bool = True
    environment: dict[str, str] = field(default_factory=dict)

    def expected_s(self, *, rehearsed: bool) -> float:
        return self.rehearsed_s if rehearsed else self.card_s

    def limit_s(self, *, rehearsed: bool) -> float:
        return max(LIMIT_LEAST_S, LIMIT_FACTOR * self.expected_s(rehearsed=rehearsed))


SPEED, BITS = "model.bench.card.speed", "model.bench.card.bits"
LAUNCHES, MEMORY = "model.bench.card.launches", "model.bench.card.memory"
DETERMINISTIC = {"CUBLAS_WORKSPACE_CONFIG": ":4096:8"}

PARTS = (
    CardPart(
        name="machine", at=f"{SPEED}:machine", card_s=10, rehearsed_s=2,
        asks="what device this is, and its rates of matrix products and copies",
    ),
    CardPart(
        name="step", at=f"{SPEED}:guided_step", card_s=25, rehearsed_s=3,
        asks="seconds of a guided step, TFLOP/s, share of the matrix rate, peak memory",
    ),
    CardPart(
        name="segment", at=f"{SPEED}:segment", card_s=95, rehearsed_s=5,
        asks="seconds of a segment of 47 new frames in the exact tier, and the VAE's share",
    ),
    CardPart(
        name="host-waits", at=f"{BITS}:host_waits", card_s=25, rehearsed_s=5,
        asks="a trace of the loop over steps; does the host wait for the device in it?",
    ),
    CardPart(
        name="attention", at=f"{SPEED}:attention", card_s=15, rehearsed_s=3,
        asks="attention by backend at head dimension 64",
    ),
    CardPart(
        name="backends", at=f"{SPEED}:backends", card_s=45, rehearsed_s=5,
        asks="the step on each attention backend",
    ),
    CardPart(
        name="fast-segment", at=f"{SPEED}:fast_segment", card_s=55, rehearsed_s=8,
        asks="seconds of a segment in the fast tier",
    ),
    CardPart(
        name="same-bits", at=f"{BITS}:same_bits", card_s=30, rehearsed_s=5,
        asks="does a short segment give the same bits twice?",
    ),
    CardPart(
        name="levers", at=f"{SPEED}:levers", card_s=80, rehearsed_s=12,
        asks="each exact lever let go alone",
    ),
    CardPart(
        name="draft-segment", at=f"{SPEED}:draft_segment", card_s=30, rehearsed_s=5,
        asks="seconds of a segment in the draft tier",
    ),
    CardPart(
        name="step-graph", at=f"{LAUNCHES}:step_graph", card_s=120, rehearsed_s=120, alone=True,
        asks="a whole step as one graph, alone and with compiled blocks in it",
    ),
    CardPart(
        name="tuned-segment", at=f"{LAUNCHES}:tuned_segment", card_s=170, rehearsed_s=120,
        alone=True,
        asks="seconds of a segment in the exact tier, compiled, graphed, on the fastest backend",
    ),
    CardPart(
        name="deterministic", at=f"{BITS}:deterministic", card_s=50, rehearsed_s=15, alone=True,
        environment=DETERMINISTIC,
        asks="the same bits with deterministic kernels alone, and their price",
    ),
    CardPart(
        name="tests", at="pipeline.card.marked_tests:marked_tests", card_s=120, rehearsed_s=170,
        alone=True, infers=False,
        asks="the tests marked `gpu`",
    ),
    CardPart(
        name="compiled", at=f"{LAUNCHES}:compiled", card_s=90, rehearsed_s=120, alone=True,
        asks="blocks compiled each alone, with graphs of their own",
    ),
    CardPart(
        name="fused-projections", at=f"{SPEED}:fused_projections", card_s=20, rehearsed_s=3,
        alone=True,
        asks="one product for queries, keys and values",
    ),
    CardPart(
        name="vae", at=f"{MEMORY}:autoencoder", card_s=40, rehearsed_s=10, alone=True,
        asks="decode and encode by layout of the weights",
    ),
    CardPart(
        name="float8", at=f"{MEMORY}:float8", card_s=30, rehearsed_s=5, alone=True,
        asks="weights stored in float8: memory, time, deviation",
    ),
    CardPart(
        name="card-of-48-gb", at=f"{MEMORY}:on_48_gb", card_s=60, rehearsed_s=6, alone=True,
        asks="a segment in few steps in the memory of a card of 48 GB",
    ),
    CardPart(
        name="card-of-24-gb", at=f"{MEMORY}:on_24_gb", card_s=90, rehearsed_s=6, alone=True,
        asks="the same in 24 GB",
    ),
    CardPart(
        name="training", at="pipeline.card.training:train_tiny", card_s=240, rehearsed_s=60,
        alone=True, steady=True, infers=False,
        asks="training of `tiny` from scratch, its shots rendered here, weights in shards",
    ),
)  # fmt: skip
"""First those that share a process, then those alone, among each the most telling first: a process
of full size takes up to `START_S` to begin, and nine minutes hold few of them."""

NAMES = tuple(part.name for part in PARTS)


def missing_parts(done: Collection[str]) -> list[CardPart]:
    """In the order of the table."""
    return [part for part in PARTS if part.name not in done]


def next_batch(
    missing: Sequence[CardPart], left_s: float, *, rehearsed: bool
) -> tuple[CardPart, ...]:
    """What the next process does: the first part that fits into the time, and those behind it that
    can share its process and fit too. Empty when nothing fits any more."""
    left_s -= START_S
    first = next(fit_together(missing, left_s, rehearsed=rehearsed), None)
    if first is None:
        return ()
    if first.alone:
        return (first,)
    shared = [part for part in missing if not part.alone]
    return tuple(fit_together(shared, left_s, rehearsed=rehearsed))


def fit_together(
    parts: Sequence[CardPart], left_s: float, *, rehearsed: bool
) -> Iterator[CardPart]:
    """Those that can be done one after the other in that time; a steady part needs a minute."""
    for part in parts:
        needed = LIMIT_LEAST_S if part.steady else part.expected_s(rehearsed=rehearsed)
        if needed <= left_s:
            left_s -= needed
            yield part
