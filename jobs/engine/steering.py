"""What people ask of a night while it runs or rests, and what all their words come to: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import isfinite
from typing import Annotated, Literal, TypeAlias

from pydantic import Discriminator

from jobs.engine.phases import Order
from model.shapes import FPS
from pipeline.nouns import Reroll, Retake
from pipeline.nouns.lines import retaken
from pipeline.quality.versions import VersionRecipe

What = Literal["hold", "release", "cancel", "prioritise"]

FIRST = 2**31 - 1
"""The highest priority a row can have."""

NAME_TIME = "%Y%m%dT%H%M%S.%fZ"
"""Begins the name of an instruction's file, so that names sort as they were given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One word about some jobs, `given` at a time in UTC; only `prioritise` has a `priority`.

    Raises `ValueError` for a priority that is missing or out of place.
    """

    format: Literal[1] = 1
    what: What
    jobs: tuple[str, ...]
    given: datetime
    priority: int | None = None

    def __post_init__(self) -> None:
        if (self.what == "prioritise") != (self.priority is not None):
            raise ValueError("`prioritise` has a priority, and nothing else has one")


@dataclass(frozen=True, slots=True, kw_only=True)
class RetakenVideo:
    """What the video that a retake is of owes to gates, as long as the job's `row` and `preset` are
    what it was drawn from: seeds in place of others, and frames where chains were begun anew."""

    row: str
    preset: str
    rerolls: tuple[Reroll, ...] = ()
    restarts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetakeFrom:
    """Jobs are wanted with another seed from the segment on that holds `from_s` of them, to before
    `to_s` (None: to the end). What is outside of that stays as in the `video`, if gates had a part
    in it.

    Raises `ValueError` for what are no seconds: no night stops for a file that says so.
    """

    format: Literal[1] = 1
    what: Literal["retake"] = "retake"
    jobs: tuple[str, ...]
    given: datetime
    from_s: float
    seed: int
    to_s: float | None = None
    video: RetakenVideo | None = None

    def __post_init__(self) -> None:
        if not (isfinite(self.from_s) and self.from_s >= 0):
            raise ValueError("`from_s` is a second of a video")
        if self.to_s is not None and not (
            isfinite(self.to_s) and frame_at(self.to_s) > frame_at(self.from_s)
        ):
            raise ValueError("`to_s` is a second of a video, at least a frame behind `from_s`")

    @property
    def retake(self) -> Retake:
        to = None if self.to_s is None else frame_at(self.to_s)
        return Retake(at=frame_at(self.from_s), seed=self.seed, to=to)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionChoice:
    """A job is wanted as one of its versions, whatever the gates say, as long as its `row` and
    `preset` are what it was drawn from."""

    format: Literal[1] = 1
    what: Literal["choose"] = "choose"
    jobs: tuple[str]
    given: datetime
    number: int
    recipe: VersionRecipe
    row: str
    preset: str

    def is_of(self, order: Order) -> bool:
        """Whether the version was drawn from the row and the preset as they are now."""
        return (self.row, self.preset) == (order.row, order.preset.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovedRow:
    """What a proof showed when it was approved: the request that it was, and what its row said."""

    asked: str
    row: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """Jobs may be rendered as they were seen; None takes an approval back."""

    format: Literal[1] = 1
    what: Literal["approve"] = "approve"
    jobs: Mapping[str, ApprovedRow | None]
    given: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedVideo:
    """The request that a video answers which a person did not take, and why not."""

    asked: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Videos are not taken as they are there; None takes a rejection back."""

    format: Literal[1] = 1
    what: Literal["reject"] = "reject"
    jobs: Mapping[str, RejectedVideo | None]
    given: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Addition:
    """Manifests whose rows belong to the run too."""

    format: Literal[1] = 1
    what: Literal["add"] = "add"
    manifests: tuple[str, ...]
    given: datetime


Said: TypeAlias = Annotated[
    Instruction | RetakeFrom | VersionChoice | Approval | Rejection | Addition,
    Discriminator("what"),
]
"""Whatever people can say in a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Steering:
    """What holds now, by job id.

    `approvals` are those of this folder; `gate`, when there is one, are those of a proof, and only
    rows that still say what was seen there may be begun.
    """

    held: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()
    priorities: Mapping[str, int] = field(default_factory=dict)
    retakes: Mapping[str, tuple[Retake, ...]] = field(default_factory=dict)
    retaken_videos: Mapping[str, RetakenVideo] = field(default_factory=dict)
    choices: Mapping[str, VersionChoice] = field(default_factory=dict)
    approvals: Mapping[str, ApprovedRow] = field(default_factory=dict)
    gate: Mapping[str, ApprovedRow] | None = None
    rejections: Mapping[str, RejectedVideo] = field(default_factory=dict)
    added: tuple[str, ...] = ()

    def holds(self, order: Order) -> bool:
        kept_back = order.job.job_id in self.held or self.awaits(order)
        return kept_back and not self.cancels(order)

    def awaits(self, order: Order) -> bool:
        """Whether nobody approved the order as it is now."""
        if self.gate is None:
            return False
        seen = self.gate.get(order.job.job_id)
        return seen is None or seen.row != order.row

    def outdates(self, order: Order) -> bool:
        """Whether the order was approved, and has changed since."""
        return self.awaits(order) and order.job.job_id in (self.gate or {})

    def cancels(self, order: Order) -> bool:
        return order.job.job_id in self.cancelled

    def stops(self, order: Order) -> bool:
        """Whether nothing new may start for the order."""
        return self.holds(order) or self.cancels(order)


FREE = Steering()
"""Nobody said anything."""


def steering_from(instructions: Mapping[str, Said]) -> Steering:
    """What all instructions come to, by the names of their files: for each job the last word.

    Hold, release and cancel take each other's place, and so do an approval and a rejection; a
    priority and retakes stand beside them. A chosen version takes the place of the retakes before
    it, and those behind it are of that version.
    """
    standing: dict[str, What] = {}
    priorities: dict[str, int] = {}
    retakes: dict[str, tuple[Retake, ...]] = {}
    videos: dict[str, RetakenVideo | None] = {}
    choices: dict[str, VersionChoice] = {}
    approvals, rejections = _reviews_from(word for _, word in sorted(instructions.items()))
    added: dict[str, None] = {}
    for _, word in sorted(instructions.items()):
        match word:
            case Addition(manifests=manifests):
                added |= dict.fromkeys(manifests)
            case RetakeFrom(jobs=jobs, retake=retake, video=video):
                retakes |= {job: retaken(retakes.get(job, ()), retake) for job in jobs}
                videos |= dict.fromkeys(jobs, video)
            case VersionChoice(jobs=(job,)):
                choices[job] = word
                retakes[job], videos[job] = (), None
            case Instruction(jobs=jobs, priority=int() as priority):
                priorities |= dict.fromkeys(jobs, priority)
            case Instruction(jobs=jobs, what=what):
                standing |= dict.fromkeys(jobs, what)
    return Steering(
        held=frozenset(job for job, what in standing.items() if what == "hold"),
        cancelled=frozenset(job for job, what in standing.items() if what == "cancel"),
        priorities=priorities,
        retakes=retakes,
        retaken_videos={job: video for job, video in videos.items() if video is not None},
        choices=choices,
        approvals=approvals,
        rejections=rejections,
        added=tuple(added),
    )


def _reviews_from(
    words: Iterable[Said],
) -> tuple[dict[str, ApprovedRow], dict[str, RejectedVideo]]:
    """Approvals and rejections, by job: the later one takes the other's place."""
    seen: dict[str, ApprovedRow | None] = {}
    rejected: dict[str, RejectedVideo | None] = {}
    for word in words:
        match word:
            case Approval(jobs=jobs):
                seen |= jobs
                rejected |= {job: None for job, what in jobs.items() if what}
            case Rejection(jobs=jobs):
                rejected |= jobs
                seen |= {job: None for job, what in jobs.items() if what}
    approvals = {job: what for job, what in seen.items() if what is not None}
    return approvals, {job: what for job, what in rejected.items() if what is not None}


def frame_at(seconds: float) -> int:
    """The frame of a take that is shown at this second."""
    return int(round(seconds * FPS, 6))


def retake_from(
    job: str, retake: Retake, now: datetime, video: RetakenVideo | None = None
) -> RetakeFrom:
    """The word that asks for this retake."""
    return RetakeFrom(
        jobs=(job,),
        given=now,
        from_s=retake.at / FPS,
        seed=retake.seed,
        to_s=None if retake.to is None else retake.to / FPS,
        video=video,
    )


def time_after(now: datetime, last: datetime | None) -> datetime:
    """When an instruction counts as given: after the `last` one, whose giver's clock may be
    ahead."""
    return now if last is None or last < now else last + timedelta(microseconds=1)
