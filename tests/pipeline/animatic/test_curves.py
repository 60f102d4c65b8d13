"""The controls of a take as functions of its time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.animatic.controls import Control, Curves
from pipeline.animatic.curves import STEP, Performance, draw, samples_between
from pipeline.animatic.visemes import SAME_MOUTH, VISEMES, targets_of
from tests.pipeline.animatic.takes import (
    PHRASE,
    SEED,
    a_voice,
    frame_at,
    no_phones,
    some_phones,
)

FRAMES = 200


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_voice(tmp_path_factory.mktemp("voice") / "speech.wav", FRAMES)


@pytest.fixture(scope="module")
def performance(speech: Path) -> Performance:
    return Performance(phones=some_phones(PHRASE * 4), speech=speech, seed=SEED)


@pytest.fixture(scope="module")
def whole(performance: Performance) -> Curves:
    return performance.between(0, FRAMES)


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_range_alone_equals_the_same_range_of_the_whole_take(
    performance: Performance, whole: Curves, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, FRAMES - 1))
    stop = data.draw(st.integers(start + 1, FRAMES))
    assert performance.between(start, stop).tobytes() == whole[start:stop].tobytes()


def test_a_changed_ending_leaves_all_frames_a_second_before_it_as_they_were(
    performance: Performance, whole: Curves
) -> None:
    names = list(PHRASE * 4)
    names[-6:] = ["AA"] * 6
    edited = Performance(phones=some_phones(tuple(names)), speech=performance.speech, seed=SEED)
    edit = frame_at((len(names) - 6) * 0.12)
    changed = edited.between(0, FRAMES)
    assert np.array_equal(changed[: edit - 25], whole[: edit - 25])
    assert not np.array_equal(changed[edit:], whole[edit:])


def test_curves_are_whole_steps(whole: Curves) -> None:
    steps = whole.astype(np.float64) / STEP
    assert np.array_equal(steps, np.round(steps))
    assert whole.dtype == np.float32


@pytest.mark.parametrize("labial", ["M", "B", "P"])
@pytest.mark.parametrize("start_s", np.linspace(1, 1.04, 5))
def test_a_labial_between_open_vowels_closes_the_mouth(
    speech: Path, labial: str, start_s: float
) -> None:
    phones = some_phones(("AA", labial, "AA"), each_s=0.06, at_s=start_s - 0.06)
    curves = Performance(phones=phones, speech=speech, seed=SEED).between(0, 60)
    near = curves[frame_at(start_s) - 2 : frame_at(start_s) + 4]
    assert near[:, Control.JAW].min() == 0
    assert near[:, Control.PRESS].max() == 1


def test_the_jaw_follows_the_openness_of_the_vowel(speech: Path) -> None:
    heights = []
    for vowel in ("AA", "AH", "IY"):
        phones = some_phones((vowel,), each_s=0.4, at_s=1)
        curves = Performance(phones=phones, speech=speech, seed=SEED).between(25, 36)
        heights.append(curves[:, Control.JAW].max())
    assert heights[0] > heights[1] > heights[2] > 0


def test_long_silence_keeps_the_mouth_shut_while_the_head_breathes(tmp_path: Path) -> None:
    speech = a_voice(tmp_path / "silence.wav", FRAMES, silent=slice(None))
    phones = some_phones(("SIL",), each_s=8.0)
    curves = Performance(phones=phones, speech=speech, seed=SEED).between(0, FRAMES)
    assert curves[:, Control.JAW].max() == 0
    assert np.ptp(curves[:, Control.SHIFT_Y]) > 0.004


def test_without_phones_the_mouth_follows_the_loudness_and_closes_between_syllables(
    speech: Path,
) -> None:
    jaw = Performance(phones=no_phones(), speech=speech, seed=SEED).between(0, 100)[:, Control.JAW]
    assert jaw.max() > 0.3
    assert (jaw < 0.05).mean() > 0.1


def test_every_slot_of_four_seconds_has_a_blink_and_none_is_longer_than_half_a_second(
    performance: Performance,
) -> None:
    closed = performance.between(0, 2500)[:, Control.BLINK] > 0.5
    assert all(closed[start : start + 100].any() for start in range(0, 2500, 100))
    edges = np.flatnonzero(np.diff(closed.astype(int)))
    lengths = edges[1::2] - edges[0::2][: len(edges[1::2])]
    assert lengths.min() >= 1
    assert lengths.max() <= 12


def test_another_seed_moves_the_head_otherwise_but_not_the_lips_shape(speech: Path) -> None:
    one, two = (
        Performance(phones=some_phones(), speech=speech, seed=seed).between(0, 50)
        for seed in (1, 2)
    )
    assert not np.array_equal(one[:, Control.YAW], two[:, Control.YAW])
    assert np.array_equal(one[:, Control.PUCKER], two[:, Control.PUCKER])


@settings(max_examples=30)
@given(st.integers(), st.text(max_size=8), st.integers())
def test_draws_are_keyed_and_lie_between_0_and_1(seed: int, purpose: str, index: int) -> None:
    value = draw(seed, purpose, index)
    draw.cache_clear()
    assert value == draw(seed, purpose, index)
    assert 0 <= value < 1


def test_samples_outside_of_the_file_are_silence(speech: Path) -> None:
    inside = samples_between(speech, 0, 400)
    around = samples_between(speech, -100, 400)
    assert not around[:100].any()
    assert np.array_equal(around[100:], inside)
    assert not samples_between(speech, 640 * FRAMES, 640 * FRAMES + 50).any()
    assert not samples_between(speech, -100, -50).any()


ARPABET = (
    "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W "
    "Y Z ZH SIL"
)


@pytest.mark.parametrize("phone", ARPABET.split())
def test_every_phone_of_the_alphabet_has_its_own_mouth(phone: str) -> None:
    targets = list(targets_of(0.0, 1.0, phone))
    assert targets[0].start_s == 0
    assert targets[-1].stop_s == 1
    assert all(target.viseme in VISEMES and target.viseme != "AX" for target in targets)
    assert set(SAME_MOUTH.values()) <= set(VISEMES)
