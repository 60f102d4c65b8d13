"""The line of each job: what became of it, why somebody has to look, and in which order: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jobs.engine.steering import Steering
from jobs.output.approvals import stands
from jobs.output.result_rows import REDRAWN
from jobs.output.reviews import BY_A_PERSON
from jobs.report.night import Need, NightJob
from jobs.report.told import RowTold, SidecarTold
from manifests.results import Result
from model.shapes import FPS
from pipeline.quality.gates import Gate
from pipeline.quality.verdict import GateBreach, verdict

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
class PlacedBreach:
    """A breach, the place in words, and the second at which it is; None of the whole take."""

    breach: GateBreach
    place: str
    at_s: float | None

    @property
    def share(self) -> float:
        """How far beyond its limit, as a part of the limit."""
        return self.breach.excess / max(abs(self.breach.limit), 1e-9)


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """All that the line of a job is made from."""

    result: Result
    sidecar: SidecarTold | None = None
    row: RowTold = field(default_factory=RowTold)
    steering: Steering = field(default_factory=Steering)
    versions: int = 0
    proof: bool = False


def job_line(told: LineInput, key: str, usd_per_gpu_hour: float | None) -> NightJob:
    """Without hrefs, which are places and no facts."""
    result, sidecar, row = told.result, told.sidecar, told.row
    state, decided = shown_state(told), decision_of(told)
    worst = max((each.share for each in sidecar_breaches(sidecar)), default=0.0)
    return NightJob(
        key=key,
        job_id=result.job_id,
        state=state,
        need=need_of(state, decided),
        status=result.status,
        title=(sidecar.title or "") if sidecar else row.title,
        language=sidecar.language if sidecar else row.language,
        preset=result.preset or "",
        speaker=(sidecar.speaker or "") if sidecar else row.speaker,
        code=result.error_code or "",
        cause=cause_of(result),
        remedy=REMEDIES.get(state, "") if not decided else "",
        decided=decided,
        worst=round(worst, 4),
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
    """In words: the error, or what it is flagged with."""
    if result.status != "done":
        return result.error_message or ""
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in flags_of(result))


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
    retaken = {(each["at"], each["seed"]) for each in told.sidecar.retakes} if told.sidecar else ()
    asked = [r for r in steering.retakes.get(job, ()) if (r.at, r.seed) not in retaken]
    choice, chosen = steering.choices.get(job), told.sidecar.chosen if told.sidecar else 0
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


def sidecar_breaches(sidecar: SidecarTold | None) -> list[PlacedBreach]:
    """All breaches of the gates that the video was judged by, the worst first."""
    found = list(_breaches(sidecar)) if sidecar else []
    return sorted(found, key=lambda each: (each.breach.level != "fail", -each.share))


def _breaches(sidecar: SidecarTold) -> Iterator[PlacedBreach]:
    segment_gates = [gate for gate in sidecar.gates if gate.span == "segment"]
    for number, start_s in enumerate(segment_starts(sidecar)):
        yield from placed_breaches(dict(sidecar.drawn[number].figures), segment_gates, start_s)
    yield from placed_breaches(
        sidecar.quality, [g for g in sidecar.gates if g.span != "segment"], None
    )


def placed_breaches(
    figures: Mapping[str, float], gates: Sequence[Gate], at_s: float | None
) -> Iterator[PlacedBreach]:
    place = "of the whole take" if at_s is None else f"at {at_s:.2f} s"
    for breach in verdict(figures, gates).breaches:
        yield PlacedBreach(breach=breach, place=place, at_s=at_s)


def segment_starts(sidecar: SidecarTold) -> list[float]:
    """Where each drawn segment begins, in seconds: every chunk begins anew, and each of its
    segments but the last is of 47 frames."""
    starts: list[float] = []
    cuts = [*sidecar.cuts_s, float("inf")]
    chunk = 0
    at = cuts[0]
    for _ in sidecar.drawn:
        if at >= cuts[chunk + 1] - 1e-6:
            chunk += 1
            at = cuts[chunk]
        starts.append(round(at, 3))
        at += SEGMENT_S
    return starts


SEGMENT_S = 47 / FPS


def in_default_order(jobs: Iterable[NightJob]) -> tuple[NightJob, ...]:
    """What needs a decision first, the worst of it first; then what is not over, then the rest;
    equal ones as they stand in the results."""
    ranks = {state: rank for rank, state in enumerate(ORDER)}

    def place(job: NightJob) -> tuple[int, int, float]:
        if job.need in ("decide", "mend"):
            return 0, ranks.get(job.state, len(ranks)), -job.worst
        return (1 if job.need == "wait" else 2), 0, 0.0

    return tuple(sorted(jobs, key=place))
