"""Ways to render, side by side on clips that no training saw: lips, identity, colour, nearness to
the way they are held against, and processor time."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from model.shapes import SEGMENT_FRAMES
from pipeline.evaluate.clips import clip_of, teacher_clip
from pipeline.evaluate.course import IDENTITY_EVERY, Likeness
from pipeline.evaluate.material import Pairing, held_out, pairings
from pipeline.evaluate.mouth import lip_gaps
from pipeline.evaluate.picture import background_difference, lab_of, psnr_db
from pipeline.evaluate.series import interval_of
from pipeline.evaluate.takes import known_take
from pipeline.hallo3.renderer import Hallo3
from pipeline.presets import TINY
from pipeline.quality.column_statistics import correlation, mean_of, median_of
from pipeline.renderer import Frames


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A renderer with its settings, and the name of the way that its frames are held against."""

    renderer: Hallo3
    against: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WayFigures:
    """Of one clip. `lips` is the correlation of lip gaps with the teacher's of the same words,
    `wrong` with those of others, `opening` their spread over the teacher's; `identity` dlib's
    distance to the portrait; `background` CIEDE2000 to it; `chroma` and `speed` (processor time)
    are over those of the way it is held against, and `psnr_db` is to that."""

    lips: float
    wrong: float
    opening: float
    identity: float
    background: float
    chroma: float
    psnr_db: float
    speed: float


def set_of(material: Path, cache: Path, clips: int) -> Sequence[Pairing]:
    """The fixed evaluation set's first clips (docs/tiny.md)."""
    faces, takes = held_out(material, cache)
    return pairings(faces, takes, clips, SEGMENT_FRAMES)


def figures_of(
    pair: Pairing, ways: Mapping[str, Way], frames: int, desk: Path
) -> dict[str, WayFigures]:
    """Each way's of one pair, in the order given: what a way is held against stands before it."""
    files = known_take(pair.face, pair.take, TINY, desk / pair.name)
    other = known_take(pair.face, pair.other, TINY, desk / f"{pair.name}-other")
    like = Likeness.of(files, next(iter(ways.values())).renderer.face)
    taught, misled = (
        lip_gaps(teacher_clip(each, frames), like.identity.mesh) for each in (files, other)
    )
    clips: dict[str, tuple[Frames, float]] = {}
    found = {}
    for name, way in ways.items():
        began = time.process_time()
        clip = clip_of(way.renderer, files, frames)
        clips[name] = clip, time.process_time() - began
        gaps = lip_gaps(clip, like.identity.mesh)
        reference, seconds = clips[way.against]
        found[name] = WayFigures(
            lips=correlation(gaps, taught),
            wrong=correlation(gaps, misled),
            opening=float(np.nanstd(gaps) / np.nanstd(taught)),
            identity=median_of(like.identity.distances(clip[::IDENTITY_EVERY])),
            background=background_difference(clip[-1], like.behind, like.around),
            chroma=chroma(clip) / chroma(reference),
            psnr_db=psnr_db(clip, reference),
            speed=seconds / clips[name][1],
        )
    return found


def chroma(clip: Frames) -> float:
    """Mean distance from grey in CIE Lab of every eighth frame: more where it is over-saturated."""
    lab = lab_of(clip[::8].reshape(-1, 3))
    return float(np.hypot(lab[:, 1], lab[:, 2]).mean())


def table(clips: Sequence[Mapping[str, WayFigures]], ways: Mapping[str, Way]) -> dict[str, object]:
    """For each way, means with their 95 % intervals over the clips, and of lips and identity the
    differences within the clips to the way it is held against."""
    return {name: dict(_row([clip[name] for clip in clips], [clip[way.against] for clip in clips]))
            for name, way in ways.items()}  # fmt: skip


def _row(
    found: Sequence[WayFigures], against: Sequence[WayFigures]
) -> Iterator[tuple[str, object]]:
    for name in asdict(found[0]):
        values, base = (np.array([getattr(each, name) for each in row]) for row in (found, against))
        yield name, {"mean": mean_of(values), "interval": interval_of(values)}
        if name in {"lips", "identity"}:
            yield (
                f"{name}_difference",
                {
                    "mean": mean_of(values - base),
                    "interval": interval_of(values - base),
                },
            )
