"""From where to where a finished video is retaken: its seconds or words, as frames of the take."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite

from jobs.engine.steering import frame_at
from jobs.output.work_records import read_work_record
from manifests.errors import ManifestUnusable, RushesError
from manifests.results import Result
from model.shapes import FPS
from pipeline.cutting.cuts import SplitParams, pauses_of
from pipeline.cutting.take_up import take_up
from pipeline.nouns import Chunk, Retake, Take
from pipeline.sidecar import Sidecar
from pipeline.words import Word, Words
from pipeline.workspace.workspace import read_record

_NUMBERS = re.compile(r"\s*(\d{1,6})\s*(?:-\s*(\d{1,6})\s*)?")

_MOST_TOLD = 12
"""Words that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetakePlace:
    """From which second of a video to which one (None: to its end), or the `words` of it by their
    numbers, from 1 on: `12-18`."""

    from_s: float = 0.0
    to_s: float | None = None
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedVideo:
    """A finished video: how it was made, and what was asked of it before."""

    result: Result
    sidecar: Sidecar
    chunks: tuple[Chunk, ...]
    retakes: tuple[Retake, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """From frame `at` of the take on to before frame `to` (None: to its end). `words` are those
    that were named; `unpaused`: an end was asked for, and no pause is behind it."""

    at: int
    to: int | None = None
    words: str = ""
    unpaused: bool = False


def found_place(out: str, video: FinishedVideo, place: RetakePlace) -> FoundPlace:
    """Where a retake begins, and the pause in which it ends.

    Raises `ManifestUnusable` when the video is shorter, has no such words or no times of them.
    """
    job, frames = video.result.job_id, video.result.frames
    if not place.words and place.to_s is None:
        return FoundPlace(at=begin_in(job, frames, place.from_s))
    take, known = spoken_take(out, video)
    named = words_named(job, known, place.words) if place.words else ()
    from_s, to_s = (named[0].start_s, named[-1].stop_s) if named else (place.from_s, place.to_s)
    at, behind = begin_in(job, frames, from_s), end_behind(from_s, to_s)
    words = told_words(named)
    if behind >= frames:
        return FoundPlace(at=at, words=words)
    pauses = pauses_of(take.spans, take.frames, SplitParams().silence_s, known)
    edges = [edge for chunk in video.chunks for edge in chunk.edges]
    to = take_up(at, behind, pauses, [chunk.start for chunk in video.chunks], edges)
    return FoundPlace(at=at, to=to, words=words, unpaused=to is None)


def begin_in(job: str, frames: int, from_s: float) -> int:
    if not isfinite(from_s) or frame_at(from_s) >= frames:
        message = f"{job} ends at {frames / FPS:.2f} s: name an earlier second"
        raise ManifestUnusable("retake_beyond", message)
    return frame_at(max(0.0, from_s))


def end_behind(from_s: float, to_s: float | None) -> int:
    """The first frame behind second `to_s`."""
    if to_s is None or not isfinite(to_s) or to_s <= from_s:
        message = f"a retake from {from_s:g} s on cannot end at {to_s} s: name a later second"
        raise ManifestUnusable("retake_empty", message)
    return ceil(round(to_s * FPS, 6))


def spoken_take(out: str, video: FinishedVideo) -> tuple[Take, Words]:
    """The take of a video, with its words; `ManifestUnusable` when they are not there any more."""
    try:
        take = read_work_record(out, video.sidecar.fingerprints.take, Take)
        return take, read_record(take.words.uri, Words)
    except RushesError as error:
        message = (
            f"where {video.result.job_id} pauses is not known any more: {error.message}; ask for"
            " it by --from alone, or run its manifest again first"
        )
        raise ManifestUnusable("pauses_unknown", message) from error


def words_named(job: str, known: Words, numbers: str) -> tuple[Word, ...]:
    """The words of a video with these numbers."""
    found, count = _NUMBERS.fullmatch(numbers), len(known.words)
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 1 <= first <= last <= count:
        there = f"it has words 1 to {count}" if count else "the times of its words are not known"
        message = (
            f"{job} has no words {numbers!r}: {there}; write --words 12-18, or --from and --to"
        )
        raise ManifestUnusable("no_such_words", message)
    return known.words[first - 1 : last]


def told_words(words: Sequence[Word]) -> str:
    """Words as they are written, the middle of many left out."""
    texts = [word.text for word in words]
    if len(texts) > _MOST_TOLD:
        half = _MOST_TOLD // 2
        texts = [*texts[:half], "…", *texts[-half:]]
    return " ".join(texts)
