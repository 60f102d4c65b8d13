"""The figures of a take are of what is seen, also where a retake ends inside a segment."""

from __future__ import annotations

from dataclasses import fields, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.nouns import Chunk, Clip, Head, SegmentFile
from pipeline.nouns.reels import shown_in
from pipeline.phones import NO_PHONES
from pipeline.quality.figures import take_figures
from pipeline.quality.gates import Gate
from pipeline.quality.series import SegmentSeries, save_series
from pipeline.quality.speech import speech_curves
from pipeline.quality.verdict import quality_warnings
from pipeline.quality.whole_take import drawn_alike
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import a_segment_file

FRAMES, LIGHT = 2 * 47, 120.0
STOP = 60
"""Up to this frame of the take a retake is seen."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


def series(**columns: float) -> SegmentSeries:
    """47 frames of a face that is always the same, but for the columns that are given."""
    usual = dict.fromkeys((each.name for each in fields(SegmentSeries)), 1.0) | {"luma": LIGHT}
    return SegmentSeries(
        **{name: np.full(47, value, np.float32) for name, value in (usual | columns).items()}
    )


def drawn(name: str, index: int, seen: SegmentSeries, workspace: Workspace) -> SegmentFile:
    workspace.scratch.mkdir(exist_ok=True)
    name = f"{name}{len(list(workspace.scratch.iterdir()))}"  # what is stored stays under its name
    path = workspace.scratch / f"{name}.npz"
    save_series(seen, path)
    kept = workspace.store(path, name, "series.npz")
    return replace(a_segment_file(index), fingerprint=name, series=kept)


def a_retaken_clip(workspace: Workspace, head: SegmentSeries, rest: SegmentSeries) -> Clip:
    """Two segments; of the second one the frames before `STOP` are seen of a retake."""
    return Clip(
        chunk=Chunk(index=0, start=0, stop=FRAMES),
        segments=(drawn("a", 0, series(), workspace), drawn("b", 1, rest, workspace)),
        seeds=(7, 7),
        heads=(Head(stop=STOP, segment=drawn("c", 1, head, workspace), seed=8),),
        seams=(47, STOP),
    )


def figures(clip: Clip, workspace: Workspace) -> dict[str, float]:
    parts = drawn_alike(clip, workspace)
    assert sum(len(each) for part in parts for each in part) == FRAMES
    return take_figures(parts, speech_curves(NO_PHONES, (), FRAMES), LIGHT)


def test_frames_of_a_retakes_head_count_and_those_that_it_hides_do_not(
    workspace: Workspace,
) -> None:
    black = series(luma=0.0, presence=0.0)
    found = figures(a_retaken_clip(workspace, black, series()), workspace)
    assert found["take_black"] == STOP - 47
    assert found["take_face_gap"] == pytest.approx((STOP - 47) / 25)
    hidden = figures(a_retaken_clip(workspace, series(), black), workspace)
    assert hidden["take_black"] == FRAMES - STOP


def test_a_change_from_a_frame_that_is_not_seen_is_no_change(workspace: Workspace) -> None:
    jump = series()
    jump.change[STOP - 47] = 90.0
    jump.behind[STOP - 47] = 90.0
    found = figures(a_retaken_clip(workspace, series(), jump), workspace)
    assert found == figures(a_retaken_clip(workspace, series(), series()), workspace)


def test_a_head_is_parted_where_its_seed_is_another_one(workspace: Workspace) -> None:
    clip = a_retaken_clip(workspace, series(), series())
    assert [[len(each) for each in part] for part in drawn_alike(clip, workspace)] == [
        [47],
        [STOP - 47],
        [FRAMES - STOP],
    ]
    goes_on = replace(clip, seeds=(8, 7))
    assert [len(part) for part in drawn_alike(goes_on, workspace)] == [2, 1]


def test_what_is_warned_of_in_a_head_is_told(workspace: Workspace) -> None:
    clip = a_retaken_clip(workspace, series(), series())
    [head] = clip.heads
    head = replace(head, segment=replace(head.segment, figures=(("black", 13.0),)))
    gate = Gate(measure="black", better="lower", span="segment", warn=2)
    told = list(quality_warnings([replace(clip, heads=(head,))], {}, [gate]))
    assert [line.partition("; look")[0] for line in told] == [
        "quality_flagged: black is 13, above 2, at 1.88 s"
    ]


@given(st.lists(st.integers(48, FRAMES - 1), unique=True, max_size=4), st.booleans())
def test_what_is_seen_tiles_the_clip(stops: list[int], seeded: bool) -> None:
    heads = tuple(
        Head(stop=stop, segment=replace(a_segment_file(1), fingerprint=str(stop)), seed=stop)
        for stop in sorted(stops)
    )
    clip = Clip(
        chunk=Chunk(index=0, start=0, stop=FRAMES),
        segments=(a_segment_file(0), a_segment_file(1)),
        seeds=(7, 7) if seeded else (),
        heads=heads,
    )
    shown = list(shown_in(clip))
    assert sum(each.frames for each in shown) == FRAMES
    assert all(one.at + one.frames == other.at for one, other in pairwise(shown))
    assert [each.seed for each in shown if each.segment.index == 1] == [
        *sorted(stops),
        7 if seeded else 0,
    ]
