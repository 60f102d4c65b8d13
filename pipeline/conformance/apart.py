"""A renderer in a process of its own, that has drawn nothing before and hashes text otherwise.

Within one process a class, a module, `hash()` and `id()` say the same however often a renderer is
loaded; on the next worker they do not.
"""

from __future__ import annotations

import gc
import os
import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from pipeline.conformance.subject import SeenSegment, Subject, seen_segments, stored
from pipeline.media.child import open_child_command
from pipeline.media.process import run_program
from pipeline.renderer import State

LONGEST_S = 6 * 3600.0
ANY_MEMORY_BYTES = 1 << 62
"""Of address space: a card's memory is mapped into it."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What the process is to draw: the chunk straight through, or, where there are the `states`
    behind its segments, its segments from the last to the first, each from the stored one."""

    subject: Subject
    states: tuple[State, ...] = ()


def drawn_apart(
    errand: Errand, desk: Path, variables: Mapping[str, str]
) -> tuple[SeenSegment, ...]:
    """The segments in order, by a process that has these `variables` besides our own.

    Raises `ProgramFailed`, which ends with what the renderer raised there.
    """
    gc.collect()
    torch.cuda.empty_cache()  # the card is to hold a second one
    asked, drawn = desk / "asked", desk / "drawn"
    asked.write_bytes(pickle.dumps(errand))
    run_program(
        open_child_command(__name__, str(asked), str(drawn)),
        timeout_s=LONGEST_S,
        memory_bytes=ANY_MEMORY_BYTES,
        variables={**os.environ, **variables},
    )
    found: tuple[SeenSegment, ...] = pickle.loads(drawn.read_bytes())  # noqa: S301 - our own process wrote it
    return found


def other_hashes(number: int) -> dict[str, str]:
    """Variables under which text has other hashes than here, and libraries other threads."""
    seeds = [str(seed) for seed in range(1, 4) if str(seed) != os.environ.get("PYTHONHASHSEED")]
    threads = "3" if os.environ.get("OMP_NUM_THREADS") == "2" else "2"
    return {"PYTHONHASHSEED": seeds[number], **dict.fromkeys(THREADS, threads)}


def main(arguments: Sequence[str]) -> None:
    """The process: reads its errand from a file and writes what it saw into another."""
    asked, drawn = map(Path, arguments)
    errand: Errand = pickle.loads(asked.read_bytes())  # noqa: S301 - our own process wrote it
    drawn.write_bytes(pickle.dumps(_seen(errand)))


def _seen(errand: Errand) -> tuple[SeenSegment, ...]:
    subject = errand.subject
    if not errand.states:
        return subject.drawn()
    drawn: list[SeenSegment] = []
    for segment in reversed(subject.chunk.segments):
        chain = subject.opened()
        state = stored(errand.states[segment.index - 1]) if segment.index else chain.start()
        drawn = [*seen_segments(chain, state, [segment]), *drawn]
    return tuple(drawn)
