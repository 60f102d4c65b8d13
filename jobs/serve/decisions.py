"""What the page sends: decisions about jobs, said as the commands say them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from jobs.engine.steering import FIRST, What
from jobs.instructions.approving import ask_approval, ask_withdrawal
from jobs.instructions.choosing import ask_version
from jobs.instructions.rejecting import ask_pardon, ask_rejection
from jobs.instructions.standing import ask_steering
from jobs.output.instruction_files import EVERY_S

MOST_JOBS = 5000
"""Of one decision."""

Jobs = Annotated[tuple[str, ...], Field(min_length=1, max_length=MOST_JOBS)]

_STRICT = ConfigDict(extra="forbid")


@checked(frozen=True, kw_only=True, config=_STRICT)
class Standing:
    """The words without anything else."""

    what: Literal["hold", "release", "cancel", "approve", "withdraw", "pardon"]
    jobs: Jobs


@checked(frozen=True, kw_only=True, config=_STRICT)
class Prioritise:
    what: Literal["prioritise"]
    jobs: Jobs
    priority: Annotated[int, Field(ge=-FIRST - 1, le=FIRST)] = FIRST


@checked(frozen=True, kw_only=True, config=_STRICT)
class Reject:
    what: Literal["reject"]
    jobs: Jobs
    reason: str = ""


@checked(frozen=True, kw_only=True, config=_STRICT)
class Choose:
    what: Literal["choose"]
    job: str
    version: Annotated[int, Field(ge=1)]


Decision: TypeAlias = Annotated[Standing | Prioritise | Reject | Choose, Discriminator("what")]
"""Whatever the page can send."""

DECISIONS: TypeAdapter[Decision] = TypeAdapter(Decision)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of a decision, in sentences for the page."""

    said: str
    warnings: Sequence[str] = ()


def carried_out(out: str, decision: Decision) -> Answer:
    """Write the instruction that a decision is.

    Raises `RushesError` where the command would end with one.
    """
    match decision:
        case Standing(what="approve", jobs=jobs):
            return approved(out, jobs)
        case Standing(what="withdraw", jobs=jobs):
            back = ask_withdrawal(out, jobs)
            return Answer(said=f"{counted(back.jobs)} not approved any more.")
        case Standing(what="pardon", jobs=jobs):
            return Answer(said=f"{counted(ask_pardon(out, jobs).jobs)} not rejected any more.")
        case Reject(jobs=jobs, reason=reason):
            return rejected(out, jobs, reason)
        case Choose(job=job, version=version):
            asked = ask_version(out, job, version)
            return Answer(said=f"{job} becomes version {asked.number} as it is. {FOLLOWS}")
        case Prioritise(jobs=jobs, priority=priority):
            return steered(out, "prioritise", jobs, priority)
        case Standing(what="hold" | "release" | "cancel" as what, jobs=jobs):
            return steered(out, what, jobs)
    raise TypeError(f"{decision} is no decision")


def steered(out: str, what: What, jobs: Sequence[str], priority: int | None = None) -> Answer:
    said = ask_steering(out, what, jobs, priority)
    told = f"{what}: {counted(said.jobs)}. {FOLLOWS}" if said.jobs else "Nothing was said."
    return Answer(said=told, warnings=said.warnings)


FOLLOWS = f"A run that goes on follows within {2 * EVERY_S:.0f} s, else the next one does."


def approved(out: str, jobs: Sequence[str]) -> Answer:
    said = ask_approval(out, jobs)
    before = f", {said.before} before" if said.before else ""
    warnings = [f"{job} is not approved: {why}" for job, why in said.refused.items()]
    return Answer(said=f"{said.now} approved now{before}.", warnings=warnings)


def rejected(out: str, jobs: Sequence[str], reason: str) -> Answer:
    said = ask_rejection(out, jobs, reason)
    warnings = [f"{job} is not finished: there is nothing to reject" for job in said.strange]
    return Answer(said=f"{counted((*said.jobs, *said.before))} rejected.", warnings=warnings)


def counted(jobs: Sequence[str]) -> str:
    """The job by its id, or how many there are."""
    return jobs[0] if len(jobs) == 1 else f"{len(jobs)} jobs"
