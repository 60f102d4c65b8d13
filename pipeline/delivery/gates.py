"""The table of quality gates: what a finished master must pass before it gets its friendly name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from manifests.errors import Rejected
from pipeline.nouns import Clip, Master, Reel
from pipeline.quality.gates import NO_GATES, Gates
from pipeline.quality.verdict import Verdict, verdict
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedMaster:
    """What a gate looks at: the encoded file, the pieces that it plays, the segments behind them,
    what was measured of the whole take, and the gates for that."""

    master: Master
    reel: Reel
    clips: tuple[Clip, ...]
    figures: Mapping[str, float] = field(default_factory=dict)
    gates: Gates = NO_GATES

    @property
    def judged(self) -> Verdict:
        return verdict(self.figures, self.gates)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityGate:
    """A check: `code` is the error code of the rows that fail it; `fault` tells what is wrong and
    what to do, or "" where nothing is."""

    code: str
    fault: Callable[[FinishedMaster, Workspace], str]


def failed_figures(finished: FinishedMaster, workspace: Workspace) -> str:
    """What was measured of the take and fails."""
    del workspace
    judged = finished.judged
    if not judged.fails:
        return ""
    return (
        f"the take fails its gates: {judged.told}; give the row another portrait, recording or"
        " seed, or choose it as it is with `rushes choose`"
    )


GATES: tuple[QualityGate, ...] = (
    # each a check of the whole master
    QualityGate(code="take_failed", fault=failed_figures),
)
"""In the order in which they are asked; the first fault rejects the row."""


def require_passed(
    finished: FinishedMaster, workspace: Workspace, gates: Sequence[QualityGate] = GATES
) -> None:
    """Raises `Rejected` with the code of the first gate that a master fails."""
    for gate in gates:
        fault = gate.fault(finished, workspace)
        if fault:
            raise Rejected(gate.code, fault)
