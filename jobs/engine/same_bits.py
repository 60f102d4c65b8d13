"""Whether a chain waits for the class of device that it began on, goes on with another, or is given
up: decided from what lives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from jobs.engine.phases import Failure
from jobs.engine.tasks import Task
from manifests.errors import FailureKind
from pipeline.devices.class_changes import UNKNOWN
from pipeline.nouns import ChunkProgress

SameBits = Literal["preferred", "required"]
"""What is wanted of a chain whose class is gone: that it goes on, or that it has the same bits."""

Ruling = Literal["bound", "elsewhere", "gone"]
"""Of a chain: it goes to a worker of its class alone, to any, or to none any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """The classes of the workers that may be given work, and whether there are others that are made
    ready, of which nobody knows the class yet."""

    classes: frozenset[str]
    warming: bool = False

    @property
    def grows(self) -> bool:
        """Whether a class that is not there may still come."""
        return self.warming or not self.classes


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassRule:
    """What is wanted, and how long a chain waits for a class that may still come."""

    same_bits: SameBits = "preferred"
    wait_s: float = 600.0


PREFERRED = ClassRule()


def ruling(shot: ChunkProgress, roll: Roll, rule: ClassRule, missing_s: float) -> Ruling:
    """What becomes of a chain whose class has been missing for so long.

    A chain that is not begun is bound to nothing. One whose last segment was rendered nobody knows
    where has no class to wait for.
    """
    if shot.before is None or shot.before.device in roll.classes:
        return "bound"
    if shot.before.device and roll.grows and missing_s < rule.wait_s:
        return "bound"
    return "elsewhere" if rule.same_bits == "preferred" else "gone"


@dataclass(slots=True)
class Register:
    """Knows since when each class has been missing."""

    rule: ClassRule = PREFERRED
    _missing_since_s: dict[str, float] = field(default_factory=dict)

    def judge(
        self, tasks: Iterable[Task], roll: Callable[[], Roll], now_s: float
    ) -> Iterator[tuple[Task, Failure | None]]:
        """Each task as it may be given out, or with the reason why it is given up.

        `roll` is asked only when a chain has begun.
        """
        there: Roll | None = None
        for task in tasks:
            shot = task.item
            if not isinstance(shot, ChunkProgress) or shot.before is None:
                yield task, None
                continue
            there = there or self._called(roll())
            missing_s = self._missing_s(shot.before.device, there, now_s)
            match ruling(shot, there, self.rule, missing_s):
                case "bound":
                    yield task, None
                case "elsewhere":
                    yield replace(task, item=replace(shot, elsewhere=True)), None
                case "gone":
                    yield task, class_gone(shot, there)

    def _called(self, roll: Roll) -> Roll:
        for name in roll.classes:
            self._missing_since_s.pop(name, None)
        return roll

    def _missing_s(self, name: str, roll: Roll, now_s: float) -> float:
        if name in roll.classes:
            return 0.0
        return now_s - self._missing_since_s.setdefault(name, now_s)


def class_gone(shot: ChunkProgress, roll: Roll) -> Failure:
    """Why a chain is given up that may only go on with its class."""
    there = "; ".join(sorted(roll.classes)) or "no worker at all"
    begun = (shot.before.device if shot.before else "") or UNKNOWN
    remedy = (
        "start a worker of that class and run again"
        if begun != UNKNOWN
        else "it was rendered before classes were written down: give another --out"
    )
    message = (
        f"chunk {shot.chunk.index} was begun with {begun}, and there is {there}; {remedy},"
        ' or allow another class with same_bits = "preferred" in the settings'
    )
    return Failure(kind=FailureKind.TRANSIENT, code="class_gone", message=message)
