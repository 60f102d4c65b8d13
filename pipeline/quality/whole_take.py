"""What was measured of a finished take, read back from beside its segments."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import cv2

from model.shapes import FPS
from pipeline.nouns import Clip, Master, Take
from pipeline.nouns.reels import shown_in
from pipeline.phones import load_phones
from pipeline.quality.figures import take_figures
from pipeline.quality.looks import smaller
from pipeline.quality.series import SegmentSeries
from pipeline.quality.speech import speech_curves
from pipeline.quality.stored_measures import series_of
from pipeline.workspace.workspace import Workspace


def figures_of_take(clips: Sequence[Clip], take: Take, workspace: Workspace) -> dict[str, float]:
    """By the names of the table; none where a segment is of before anything was measured."""
    shown = [each for clip in clips for each in shown_in(clip)]
    if any(each.segment.series is None for each in shown):
        return {}
    with workspace.scratch_dir() as desk:
        phones = load_phones(workspace.fetch(take.phones, desk))
        portrait = cv2.imread(str(workspace.fetch(take.portrait, desk)), cv2.IMREAD_COLOR_RGB)
        parts = [part for clip in clips for part in drawn_alike(clip, workspace)]
    luma = float("nan") if portrait is None else float(smaller(portrait).mean())  # type: ignore[arg-type]  # uint8, as read
    return take_figures(parts, speech_curves(phones, take.spans, take.frames), luma)


def figures_of_master(master: Master, take: Take) -> dict[str, float]:
    """Of the file that is delivered: the frames of its own rate that its picture lacks beside the
    take's sound."""
    return {"duration_short": round(max(0.0, take.frames / FPS * master.fps - master.frames), 6)}


def drawn_alike(clip: Clip, workspace: Workspace) -> list[list[SegmentSeries]]:
    """The series of what is seen of a clip, parted where the seed is another one: a join there is
    judged with its segment, unless a person asked for it."""
    found = list(series_of(shown_in(clip), workspace))
    seeds = [shown.seed for shown, _ in found]
    starts = [at for at, (a, b) in enumerate(pairwise(seeds), start=1) if a != b]
    series = [each for _, each in found]
    return [series[a:b] for a, b in pairwise((0, *starts, len(series)))]
