"""The line of each job: what became of it, why somebody has to look, and in which order: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from jobs.engine.steering import Steering
from jobs.output.approvals import stands
from jobs.output.result_rows import REDRAWN
from jobs.output.reviews import BY_A_PERSON
from jobs.report.night import Need, NightJob
from jobs.report.told import RowTold, SidecarBrief
from manifests.results import Result
from model.shapes import FPS
from pipeline.quality.measures import MEASURES

FLAG = "quality_flagged: "
"""Begins a warning of a row whose figures lie beyond what gates warn of."""

HOUR_S = 3600

REMEDIES: Mapping[str, str] = {
    "flagged": "Look at it: approve it as it is, reject it, or retake it from a second on.",
    "rejected": "Choose one of its versions, or retake it; a run makes what you ask for.",
    "failed": "The message names who can mend it; then run again: what is finished is kept.",
    "invalid": "Mend the row or its files, then run again.",
    "unapproved": "Look at it, then approve it or leave it out of the next run.",
}
"""What to do, by state."""

ORDER = ("rejected", "flagged", "failed", "invalid", "unapproved")
"""Of what needs somebody, the first first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """All that the line of a job is made from."""

    result: Result
    brief: SidecarBrief | None = None
    row: RowTold = field(default_factory=RowTold)
    steering: Steering = field(default_factory=Steering)
    versions: int = 0
    proof: bool = False


def job_line(told: LineInput, key: str, usd_per_gpu_hour: float | None) -> NightJob:
    """Without hrefs, which are places and no facts."""
    result, brief, row = told.result, told.brief, told.row
    state, decided = shown_state(told), decision_of(told)
    return NightJob(
        key=key,
        job_id=result.job_id,
        state=state,
        need=need_of(state, decided),
        status=result.status,
        title=brief.title if brief else row.title,
        language=brief.language if brief else row.language,
        preset=result.preset or "",
        speaker=brief.speaker if brief else row.speaker,
        code=result.error_code or "",
        cause=cause_of(result),
        remedy=REMEDIES.get(state, "") if not decided else "",
        decided=decided,
        worst=round(brief.worst, 4) if brief else 0.0,
        flags=len(flags_of(result)),
        versions=told.versions,
        redrawn=int(result.quality.get(REDRAWN, 0)),
        attempts=result.attempts,
        segments=result.segments,
        duration_s=round(result.duration_s, 3),
        gpu_s=round(result.gpu_s, 1),
        usd=usd_of(result.gpu_s, usd_per_gpu_hour),
        seed="" if result.seed is None else str(result.seed),
        finished=f"{result.finished:%Y-%m-%dT%H:%M:%SZ}" if result.finished else "",
    )


def usd_of(gpu_s: float, usd_per_gpu_hour: float | None) -> float | None:
    return None if usd_per_gpu_hour is None else round(gpu_s / HOUR_S * usd_per_gpu_hour, 4)


def flags_of(result: Result) -> list[str]:
    return [text.removeprefix(FLAG) for text in result.warnings if text.startswith(FLAG)]


def cause_of(result: Result) -> str:
    """In words: the error without the place of its row, or what it is flagged with."""
    if result.status != "done":
        message = result.error_message or ""
        return as_sentence(message.partition(f" ({result.job_id}): ")[2] or message)
    return " ".join(f"{as_sentence(text)}." for text in flags_of(result))


def as_sentence(text: str) -> str:
    """With a capital letter, and the names of measures as words."""
    told = re.sub(r"[a-z]+(?:_[a-z0-9]+)+", _in_words, text)
    return f"{told[:1].upper()}{told[1:]}"


def _in_words(name: re.Match[str]) -> str:
    return name[0].replace("_", " ") if name[0] in MEASURES else name[0]


def shown_state(told: LineInput) -> str:
    result = told.result
    if result.status != "done":
        return result.status
    if flags_of(result):
        return "flagged"
    unseen = not stands(told.steering.approvals.get(result.job_id), result)
    return "unapproved" if told.proof and unseen else "done"


def decision_of(told: LineInput) -> str:
    """What a person asked for of the job as it is now, in words; "" where nobody did."""
    result, steering, job = told.result, told.steering, told.result.job_id
    retaken = told.brief.retakes if told.brief else ()
    asked = [r for r in steering.retakes.get(job, ()) if (r.at, r.seed) not in retaken]
    choice, chosen = steering.choices.get(job), told.brief.chosen if told.brief else 0
    words = {
        f"rejected by a person: {result.error_message}": result.error_code == BY_A_PERSON,
        f"retake asked from {asked[-1].at / FPS:.2f} s" if asked else "": bool(asked),
        f"version {choice.number} asked" if choice else "": choice and choice.number != chosen,
        f"version {chosen} chosen": bool(chosen),
        "approved": stands(steering.approvals.get(job), result),
        "cancelled": job in steering.cancelled,
        "held": job in steering.held,
    }
    return next((word for word, said in words.items() if said), "")


def need_of(state: str, decided: str) -> Need:
    if decided:
        return "none"
    needs: Mapping[str, Need] = {
        "rejected": "decide",
        "flagged": "decide",
        "unapproved": "decide",
        "failed": "mend",
        "invalid": "mend",
        "working": "wait",
        "held": "wait",
    }
    return needs.get(state, "none")


def in_default_order(jobs: Iterable[NightJob]) -> tuple[NightJob, ...]:
    """What needs a decision first, the worst of it first; then what is not over, then the rest;
    equal ones as they stand in the results."""
    ranks = {state: rank for rank, state in enumerate(ORDER)}

    def place(job: NightJob) -> tuple[int, int, float]:
        if job.need in ("decide", "mend"):
            return 0, ranks.get(job.state, len(ranks)), -job.worst
        return (1 if job.need == "wait" else 2), 0, 0.0

    return tuple(sorted(jobs, key=place))
