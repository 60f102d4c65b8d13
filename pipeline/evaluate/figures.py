"""What is said of one clip, and of a set of clips."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.evaluate.course import IDENTITY_EVERY
from pipeline.evaluate.identity import Identity
from pipeline.evaluate.mouth import lip_gaps, missing
from pipeline.evaluate.series import Series, interval_of
from pipeline.quality.column_statistics import correlation, mean_of, median_of
from pipeline.renderer import Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFigures:
    """One clip against its teacher's, and against the teacher's of other words.

    `right` and `wrong` are correlations of lip gaps over time, `identity` the median distance to
    the portrait, `opening` the spread of the clip's lip gap over that of its teacher, `no_face`
    the frames of the clip in which no face was found, `segment_s` the processor's seconds for a
    segment. Names that begin with `vae` say the same of the teacher's frames through the VAE alone:
    no transformer comes nearer. `teacher_wrong` is what the teacher itself has against the other
    words: all mouths begin shut and pause.
    """

    name: str
    unseen_voice: bool
    frames: int
    no_face: int
    right: float
    wrong: float
    opening: float
    identity: float
    teacher_identity: float
    teacher_wrong: float
    vae_right: float
    vae_opening: float
    vae_identity: float
    segment_s: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clips:
    """A student's clip, the teacher's of the same words, that through the VAE and back (maybe a
    few frames shorter), and the teacher's of other words."""

    student: Frames
    teacher: Frames
    given_back: Frames
    other: Frames


def clip_figures(
    name: str, clips: Clips, identity: Identity, *, unseen_voice: bool, segment_s: float
) -> ClipFigures:
    """`segment_s` is the processor's time that a segment of the student's clip took."""
    student, teacher, given_back, other = (
        lip_gaps(frames, identity.mesh)
        for frames in (clips.student, clips.teacher, clips.given_back, clips.other)
    )
    same = teacher[: len(given_back)]
    return ClipFigures(
        name=name,
        unseen_voice=unseen_voice,
        frames=len(student),
        no_face=missing(student),
        right=correlation(student, teacher),
        wrong=correlation(student, other),
        opening=_spread(student) / _spread(teacher),
        identity=median_of(identity.distances(clips.student[::IDENTITY_EVERY])),
        teacher_identity=median_of(identity.distances(clips.teacher[::IDENTITY_EVERY])),
        teacher_wrong=correlation(teacher, other),
        vae_right=correlation(given_back, same),
        vae_opening=_spread(given_back) / _spread(same),
        vae_identity=median_of(identity.distances(clips.given_back[::IDENTITY_EVERY])),
        segment_s=segment_s,
    )


def _spread(series: Series) -> float:
    there = series[np.isfinite(series)]
    return float(there.std()) if len(there) else float("nan")


def summary(figures: Sequence[ClipFigures]) -> dict[str, object]:
    """Means of the correlations, the median of the identity distances, frames without a face; and
    the 95 % intervals of those that are aimed at, over the clips."""
    right, wrong, identity = (
        np.array([getattr(each, name) for each in figures])
        for name in ("right", "wrong", "identity")
    )
    return {
        "clips": len(figures),
        "right_audio": mean_of(right),
        "right_interval": interval_of(right),
        "wrong_audio": mean_of(wrong),
        "wrong_interval": interval_of(wrong),
        "opening": mean_of(np.array([each.opening for each in figures])),
        "identity": median_of(identity),
        "identity_interval": interval_of(identity, median_of),
        "teacher_identity": median_of(np.array([each.teacher_identity for each in figures])),
        "teacher_wrong": mean_of(np.array([each.teacher_wrong for each in figures])),
        "vae_right": mean_of(np.array([each.vae_right for each in figures])),
        "vae_opening": mean_of(np.array([each.vae_opening for each in figures])),
        "vae_identity": median_of(np.array([each.vae_identity for each in figures])),
        "no_face": sum(each.no_face for each in figures),
        "unmeasured_clips": sum(not math.isfinite(each.right) for each in figures),
        "segment_s": mean_of(np.array([each.segment_s for each in figures])),
    }


def json_value(value: object) -> object:
    """For JSON: numbers rounded to four places, NaN as null."""
    if isinstance(value, float):
        return round(value, 4) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_value(item) for item in value]
    return value
