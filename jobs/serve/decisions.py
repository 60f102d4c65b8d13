"""What the page sends: decisions about jobs, said as the commands say them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, TypeAdapter
from pydantic.dataclasses import dataclass as checked

from jobs.engine.steering import FIRST, What
from jobs.instructions.approving import ask_approval, ask_withdrawal
from jobs.instructions.choosing import ask_version, told_choice
from jobs.instructions.rejecting import ask_pardon, ask_rejection
from jobs.instructions.retake_places import RetakePlace
from jobs.instructions.retaking import ask_retake, told_retake
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
class RetakePart:
    """From a second to another one or to the end, or the `words`. A seed is text as well as a
    number: JavaScript rounds large ones."""

    what: Literal["retake"]
    job: str
    from_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    to_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] | None = None
    words: Annotated[str, Field(max_length=40)] = ""
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None


@checked(frozen=True, kw_only=True, config=_STRICT)
class Choose:
    what: Literal["choose"]
    job: str
    version: Annotated[int, Field(ge=1)]


Decision: TypeAlias = Annotated[
    Standing | Prioritise | Reject | RetakePart | Choose, Discriminator("what")
]
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
        case Standing():
            return WORDS[decision.what](out, decision.jobs)
        case Prioritise():
            return steered(out, "prioritise", decision.jobs, decision.priority)
        case Reject():
            return rejected(out, decision.jobs, decision.reason)
        case RetakePart():
            return retaken_part(out, decision)
        case Choose():
            return chosen(out, decision.job, decision.version)


def retaken_part(out: str, wanted: RetakePart) -> Answer:
    place = RetakePlace(from_s=wanted.from_s, to_s=wanted.to_s, words=wanted.words)
    told = told_retake(ask_retake(out, wanted.job, place, wanted.seed))
    return Answer(said=" ".join(told))


def steered(out: str, what: What, jobs: Sequence[str], priority: int | None = None) -> Answer:
    said = ask_steering(out, what, jobs, priority)
    told = f"{what}: {counted(said.jobs)}. {FOLLOWS}" if said.jobs else "Nothing was said."
    return Answer(said=told, warnings=said.warnings)


FOLLOWS = f"A run that goes on follows within {2 * EVERY_S:.0f} s, else the next one does."


def approval_told(out: str, jobs: Sequence[str]) -> Answer:
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


def not_approved(out: str, jobs: Sequence[str]) -> Answer:
    return Answer(said=f"{counted(ask_withdrawal(out, jobs).jobs)} not approved any more.")


def not_rejected(out: str, jobs: Sequence[str]) -> Answer:
    return Answer(said=f"{counted(ask_pardon(out, jobs).jobs)} not rejected any more.")


def chosen(out: str, job: str, version: int) -> Answer:
    told = told_choice(out, job, ask_version(out, job, version))
    return Answer(said=f"{told} {FOLLOWS}")


WORDS: Mapping[str, Callable[[str, Sequence[str]], Answer]] = {
    "hold": lambda out, jobs: steered(out, "hold", jobs),
    "release": lambda out, jobs: steered(out, "release", jobs),
    "cancel": lambda out, jobs: steered(out, "cancel", jobs),
    "approve": approval_told,
    "withdraw": not_approved,
    "pardon": not_rejected,
}
