"""What of a shot a segment is learned from."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.conditions.features import ChainSpeech, TensorRows
from model.shapes import MOTION_FRAMES, NEW_FRAMES
from pipeline.dataset.windows import (
    heard_rows,
    latent_weight,
    mouth_box,
    unit,
    window_of,
    window_starts,
)
from tests.pipeline.animatic.takes import a_mesh, a_portrait
from tests.pipeline.dataset.builders import SIDE, a_shot, a_small_portrait


def test_the_first_window_starts_from_the_portrait_and_hears_nothing_before() -> None:
    shot = a_shot(60)
    window = window_of(shot, 0)
    assert torch.allclose(window.motion, window.portrait.expand(MOTION_FRAMES, -1, -1, -1))
    assert torch.equal(window.clip[:MOTION_FRAMES], window.motion)
    assert torch.equal(window.clip[MOTION_FRAMES:], unit(shot.frames[:NEW_FRAMES]))
    assert not window.audio[:MOTION_FRAMES].any()
    assert window.audio[MOTION_FRAMES:].any(dim=(1, 2, 3)).all()


def test_a_later_window_goes_on_from_the_frames_before_it() -> None:
    shot = a_shot(80)
    window = window_of(shot, 20)
    assert torch.equal(window.motion, unit(shot.frames[18:20]))
    assert torch.equal(window.clip, unit(shot.frames[18:67]))


def test_the_portrait_is_the_same_picture_as_the_shots_own() -> None:
    window = window_of(a_shot(60), 0)
    assert torch.allclose(window.portrait, unit(a_small_portrait()[0][None]), atol=1e-5)
    shown = window.reference[0].amax(dim=0) > -1
    assert torch.equal(window.reference[0][:, shown], window.portrait[0][:, shown])
    assert 0.1 < shown.float().mean() < 0.9


@given(st.integers(0, 4), st.integers(48, 300))
def test_segments_hear_in_training_what_the_renderer_lets_them_hear(
    segment: int, frames: int
) -> None:
    """Also at the end of a shot: there both repeat the last row, when the renderer has no more."""
    start = segment * NEW_FRAMES
    if start + NEW_FRAMES > frames:
        return
    rows = torch.arange(frames, dtype=torch.float32)[:, None, None] + torch.ones(1, 2, 3)
    chain = ChainSpeech(take=TensorRows(rows), start=0, stop=frames)
    assert torch.equal(heard_rows(rows, start), chain.segment(segment))


@pytest.mark.parametrize("start", [-1, 1, 34])
def test_a_window_that_is_not_there_is_refused(start: int) -> None:
    with pytest.raises(ValueError, match=f"80 frames has no window at {start}"):
        window_of(a_shot(80), start)


def test_flipping_turns_every_picture_and_nothing_else() -> None:
    shot = a_shot(60)
    plain, flipped = window_of(shot, 4), window_of(shot, 4, flipped=True)
    for name in ("clip", "motion", "portrait", "reference"):
        assert torch.equal(getattr(plain, name).flip(-1), getattr(flipped, name)), name
    assert np.array_equal(plain.mouth[:, ::-1], flipped.mouth)
    assert torch.equal(plain.audio, flipped.audio)


def test_the_mouths_box_is_about_the_lips() -> None:
    height, width = a_portrait().shape[:2]
    box = mouth_box(a_mesh(), height, width)
    lips = a_mesh()[[13, 14, 61, 291]].round().astype(int)
    assert all(box[y, x] for x, y, _ in lips)
    eyes = a_mesh()[[33, 263]].round().astype(int)
    assert not any(box[y, x] for x, y, _ in eyes)
    assert 0.01 < box.mean() < 0.2


@pytest.mark.parametrize("factor", [1.0, 2.0, 5.0])
def test_the_weight_has_mean_one_and_is_larger_at_the_mouth(factor: float) -> None:
    mouth = mouth_box(a_small_portrait()[1], SIDE, SIDE)
    weight = latent_weight(mouth, 8, factor)
    assert weight.shape == (1, SIDE // 8, SIDE // 8)
    assert float(weight.mean()) == pytest.approx(1, abs=1e-6)
    assert float(weight.max() / weight.min()) <= factor + 1e-5
    assert (float(weight.max()) > float(weight.min())) == (factor > 1)


@given(st.integers(47, 400), st.integers(1, 6), st.integers(0, 9))
def test_windows_begin_where_a_shot_has_them(frames: int, count: int, seed: int) -> None:
    starts = window_starts(frames, count, np.random.default_rng(seed))
    assert starts[0] == 0
    for start in starts[1:]:
        assert MOTION_FRAMES <= start <= frames - NEW_FRAMES
