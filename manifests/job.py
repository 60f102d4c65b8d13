"""One manifest row: a portrait plus a script or a narration, to become one finished video."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Framing = Literal["face", "exact"]
Aspect = Literal["source", "16:9", "9:16", "1:1", "4:5", "3:2"]
Continuity = Literal["auto", "chain", "cut"]
CueFit = Literal["refuse", "overrun"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A valid row; the fields are the manifest's columns (docs/manifest.md), URIs made absolute.

    Exactly one of `audio_uri`, `script` and `script_uri` is set. `row` is the 1-based row number in
    `manifest`.
    """

    job_id: str
    portrait_uri: str
    audio_uri: str | None = None
    script: str | None = None
    script_uri: str | None = None
    source_script_uri: str | None = None
    cue_fit: CueFit = "refuse"
    transcript: str | None = None
    language: str = "en"
    voice: str | None = None
    voices: Mapping[str, str] = field(default_factory=dict)
    lexicon_uri: str | None = None
    speaker: str | None = None
    title: str | None = None
    prompt: str | None = None
    seed: int | None = None
    preset: str | None = None
    framing: Framing = "face"
    aspect: Aspect = "source"
    continuity: Continuity = "auto"
    target_duration_s: float | None = None
    bed_uri: str | None = None
    deliverables: tuple[str, ...] = ("web",)
    priority: int = 0
    due: datetime | None = None
    consent_id: str | None = None
    consent_expires: datetime | None = None
    territories: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    row: int = 0
    manifest: str = ""

    @property
    def is_spoken(self) -> bool:
        """Whether a voice speaks the row's text; otherwise it has a recording."""
        return self.audio_uri is None


def seed_of(job: Job) -> int:
    """The row's own seed, else 63 bits from its `title`, else from its `job_id`."""
    if job.seed is not None:
        return job.seed
    name = f"title:{job.title}" if job.title else f"job:{job.job_id}"
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1
