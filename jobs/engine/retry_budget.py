"""Whether a failed step is tried again, when and in which memory profile: decided by the kinds of
its failures and the preset alone (docs/decisions/0250)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jobs.engine.phases import Failure
from manifests.errors import FailureKind
from model.memory.profiles import thrifty
from pipeline.presets import Preset
from pipeline.workspace.copies import DAMAGED, GONE

AGAIN: Mapping[str, int] = {
    FailureKind.TRANSIENT: 3,
    FailureKind.OUT_OF_MEMORY: 1,
    FailureKind.UNEXPECTED: 1,
}
"""How often a step that failed in this way is tried again; other kinds are final at once."""

CARD_FULL = "out_of_memory"
"""The code of a failure that a thriftier profile on the card may mend; on the host it would ask for
more."""


ANEW = 20
"""How often a job is begun anew over finished files that were damaged: not for ever on a disk that
gives nothing back as it took it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTry:
    """Another try, `after_s` seconds from now.

    `memory` names the memory profile of this try and of all later ones; "" keeps the present one.
    With `anew` the whole job begins again: it takes up what is finished and makes the rest.
    """

    after_s: float
    memory: str = ""
    anew: bool = False


def next_try(failures: Sequence[Failure], preset: Preset) -> NextTry | None:
    """The next try of a step that failed in these ways, the last one last; None when it is over.

    Preemption is always retried and never counted. Others have a budget for each kind, and wait
    1, 4, 16, ... seconds.
    """
    last = failures[-1]
    if last.kind == FailureKind.PREEMPTED:
        return NextTry(after_s=0.0)
    if last.code in {DAMAGED, GONE}:
        times = sum(failure.code in {DAMAGED, GONE} for failure in failures)
        return None if times > ANEW else NextTry(after_s=0.0, anew=True)
    seen = Counter(failure.kind for failure in failures)[last.kind]
    if seen > AGAIN.get(last.kind, 0):
        return None
    memory = thrifty(preset.memory) if last.code == CARD_FULL and preset.drawn_by.networks else ""
    return NextTry(after_s=float(4 ** (seen - 1)), memory=memory)
