"""The table of quality gates: what a finished master must pass before it gets its friendly name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from manifests.errors import Rejected
from pipeline.nouns import Clip, Master, Reel
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedMaster:
    """What a gate looks at: the encoded file, the pieces that it plays, the segments behind
    them."""

    master: Master
    reel: Reel
    clips: tuple[Clip, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityGate:
    """A check: `code` is the error code of the rows that fail it; `fault` tells what is wrong and
    what to do, or "" where nothing is."""

    code: str
    fault: Callable[[FinishedMaster, Workspace], str]


GATES: tuple[QualityGate, ...] = ()
"""In the order in which they are asked; the first fault rejects the row."""


def require_passed(
    finished: FinishedMaster, workspace: Workspace, gates: Sequence[QualityGate] = GATES
) -> None:
    """Raises `Rejected` with the code of the first gate that a master fails."""
    for gate in gates:
        fault = gate.fault(finished, workspace)
        if fault:
            raise Rejected(gate.code, fault)
