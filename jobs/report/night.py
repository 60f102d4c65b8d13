"""What the page shows: of the whole night, of each job in a line, and of one job in full.

The page is the same from disk and live, and each of its files is named relative to OUT, or by a
presigned URL. `report/night.js` calls `rushes.load` with `night_told`; the script `page` of a job
calls `rushes.job` with `detail_told`, and `curves` calls `rushes.curves`, when the job is looked
at. All hrefs are ready to be used as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

NIGHT_FORMAT = 1
"""Of what the scripts of data hold; a page of another format says so."""

Need = Literal["decide", "mend", "wait", "none"]
"""`decide`: somebody has to look and say what becomes of it. `mend`: the row, a setting or a
machine has to be mended. `wait`: it is not over. `none`: done, or decided."""

SpanKind = Literal["work", "redone", "cold", "idle"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NightJob:
    """A job in the table, in a line. `key` names its files and is unique; `state` is its status, or
    `flagged`, `working`, `held`; `decided` says in words what a person asked for, if anything.

    `cause` says in words why it needs somebody, and `remedy` what to do; `worst` is how far the
    worst figure lies beyond its gate, as a part of the limit. `video` is "" where there is none.
    """

    key: str
    job_id: str
    state: str
    need: Need
    status: str
    title: str = ""
    language: str = ""
    preset: str = ""
    speaker: str = ""
    code: str = ""
    cause: str = ""
    remedy: str = ""
    decided: str = ""
    worst: float = 0.0
    flags: int = 0
    versions: int = 0
    redrawn: int = 0
    attempts: int = 0
    segments: int = 0
    duration_s: float = 0.0
    gpu_s: float = 0.0
    usd: float | None = None
    seed: str = ""
    finished: str = ""
    poster: str = ""
    video: str = ""
    page: str = ""
    curves: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteLine:
    """A figure of the quote, and what was used; None where it is not known."""

    name: str
    unit: str
    foretold: float | None = None
    used: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkSpan:
    """What a worker did, in seconds from the begin of the timeline; `job_id` where it is of one."""

    start_s: float
    stop_s: float
    kind: SpanKind
    job_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerLane:
    """One worker: its spans in order, and its sums in seconds."""

    worker: str
    host: str
    spans: tuple[WorkSpan, ...]
    work_s: float
    redone_s: float
    cold_s: float
    idle_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Night:
    """All of a night. `jobs` stand in the default order: what needs a decision first, the worst
    first. `counts` are by state, `rows` as many as have a result or will, those that only
    earlier runs had among them; `begun` is where the timeline begins, and `usd` is None where no
    price is known."""

    out: str
    run_id: str
    started: str
    written: str
    rows: int
    counts: Mapping[str, int]
    jobs: tuple[NightJob, ...]
    minutes: float = 0.0
    gpu_h: float = 0.0
    usd: float | None = None
    wasted_h: float = 0.0
    quote: tuple[QuoteLine, ...] = ()
    lanes: tuple[WorkerLane, ...] = ()
    begun: str = ""
    proof: bool = False
    notes: tuple[str, ...] = ()
    format: int = NIGHT_FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFile:
    """A delivered file of a job."""

    profile: str
    name: str
    href: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownGate:
    """A figure beside its gate: where it was measured in words, at which second if of a place."""

    measure: str
    unit: str
    better: str
    value: float | None
    warn: float | None
    fail: float | None
    level: str
    place: str = ""
    at_s: float | None = None
    formula: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVersion:
    number: int
    state: str
    level: str
    at_s: float | None
    why: str
    seed: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSegment:
    """A segment: where it begins, its seed as text (JavaScript rounds large numbers), its figures,
    and the worst level that gates gave it."""

    start_s: float
    seed: str
    level: str
    figures: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownAttempt:
    """A line of the ledger; `wall_s` from start to end, `gpu_s` of a generator."""

    stage: str
    chunk: int
    state: str
    worker: str
    started: str
    wall_s: float
    gpu_s: float
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class NightDetail:
    """All of one job but what is drawn as curves; `pictures` are hrefs by the names that strips
    have."""

    key: str
    files: tuple[ShownFile, ...] = ()
    gates: tuple[ShownGate, ...] = ()
    versions: tuple[ShownVersion, ...] = ()
    segments: tuple[ShownSegment, ...] = ()
    joins_s: tuple[float, ...] = ()
    restarts_s: tuple[float, ...] = ()
    retakes: tuple[str, ...] = ()
    attempts: tuple[ShownAttempt, ...] = ()
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    script: str = ""
    pictures: Mapping[str, str] = field(default_factory=dict)
    format: int = NIGHT_FORMAT


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """A row of small pictures around a join at `at_s`, or of a segment that gates refused there;
    `name` is its file's, `seam` how far it jumps, if measured."""

    at_s: float
    name: str
    kind: Literal["cut", "segment", "refused"]
    seam: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NightCurves:
    """What is drawn over the time of one job: loudness 0..1, and numbers measured of each frame or
    of each `step`-th; None where nothing was measured. `captions` is a file in WebVTT as text."""

    key: str
    fps: float = 25.0
    frames: int = 0
    wave: tuple[float, ...] = ()
    series: Mapping[str, tuple[float | None, ...]] = field(default_factory=dict)
    step: int = 1
    strips: tuple[Strip, ...] = ()
    captions: str = ""
    format: int = NIGHT_FORMAT


def night_told(night: Night) -> dict[str, Any]:
    """For `rushes.load`: what a job says nothing of is left out."""
    told = {name: getattr(night, name) for name in Night.__slots__}
    return told | {
        "counts": dict(night.counts),
        "jobs": [_told_job(job) for job in night.jobs],
        "quote": [asdict(line) for line in night.quote],
        "lanes": [asdict(lane) for lane in night.lanes],
        "notes": list(night.notes),
    }


def detail_told(detail: NightDetail | NightCurves) -> dict[str, Any]:
    """For `rushes.job` and `rushes.curves`."""
    return asdict(detail)


def _told_job(job: NightJob) -> dict[str, Any]:
    values = ((name, getattr(job, name)) for name in NightJob.__slots__)
    return {name: value for name, value in values if value not in ("", None, 0)}
