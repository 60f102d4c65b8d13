"""The poster of a job is a sharp frame with open eyes and a closed mouth."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jobs.report.looks import StoredTake, poster_place
from pipeline.nouns import SegmentFile
from pipeline.quality.series import SegmentSeries
from tests.noun_builders import an_artifact

PARTS = (5, 3)


def a_take() -> StoredTake:
    file = an_artifact("x")
    segments = [
        SegmentFile(fingerprint="a", index=at, frames=frames, video=file, state=file, seconds=1.0)
        for at, frames in enumerate(PARTS)
    ]
    return StoredTake(segments=((0.0, segments[0]), (0.2, segments[1])))


def the_series(**columns: list[float]) -> list[SegmentSeries]:
    """Of both segments: nothing seen but these columns of all frames."""
    whole = SegmentSeries.of([[np.nan] * len(fields(SegmentSeries))] * sum(PARTS))
    told = {name: np.array(column, np.float32) for name, column in columns.items()}
    whole = replace(whole, **told)
    names = [each.name for each in fields(SegmentSeries)]
    first, rest = slice(0, PARTS[0]), slice(PARTS[0], None)
    return [
        SegmentSeries(**{name: getattr(whole, name)[part] for name in names})
        for part in (first, rest)
    ]


def test_without_a_face_it_is_the_middle() -> None:
    assert poster_place(a_take(), []) == (1, 1)
    assert poster_place(a_take(), the_series()) == (1, 1)
    assert poster_place(StoredTake(segments=()), []) == (0, 0)


def test_blinks_open_mouths_and_blur_are_passed_over() -> None:
    eyes = [0.3, 0.05, 0.3, 0.3, 0.3, 0.5, 0.31, np.nan]
    gap = [0.4, 0.0, 0.4, 0.4, 0.4, 0.0, 0.0, 0.0]
    detail = [1.0, 1.0, 1.0, 1.0, 1.0, 0.3, 1.0, 1.0]
    assert poster_place(a_take(), the_series(eyes=eyes, gap=gap, detail=detail)) == (1, 1)


numbers = st.lists(st.sampled_from([0.1, 0.3, np.nan]), min_size=sum(PARTS), max_size=sum(PARTS))


@given(numbers, numbers, numbers)
def test_it_is_a_frame_of_the_take(
    eyes: list[float], gap: list[float], detail: list[float]
) -> None:
    number, frame = poster_place(a_take(), the_series(eyes=eyes, gap=gap, detail=detail))
    assert 0 <= frame < PARTS[number]
