"""Whether a failed step is tried again, and after how long: decided by the kind of failure
alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from jobs.phases import Failure

TRIES = {"Transient": 4, "OutOfMemory": 2, "Unexpected": 2}
"""How often a step may be tried in all when it fails in this way; other kinds are final at once."""


def again_after_s(failures: Sequence[Failure]) -> float | None:
    """Seconds to wait before the next try of a step with these failures, or None when it is over.

    Preemption is always retried and never counted. Others have a budget for each kind, and wait
    1, 4, 16, ... seconds.
    """
    last = failures[-1].kind
    if last == "Preempted":
        return 0.0
    seen = Counter(failure.kind for failure in failures)[last]
    if seen >= TRIES.get(last, 1):
        return None
    return float(4 ** (seen - 1))
