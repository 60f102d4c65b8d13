"""Each planted fault does to a clip what it says, and nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import planted_faults as faults
from benchmarks.planted_faults import Said
from benchmarks.planted_gates import CALIBRATED, FIXED, clopper_pearson
from benchmarks.planted_plan import FAULTS, in_speech, solved
from model.shapes import SPEECH_SAMPLES_PER_FRAME
from pipeline.phones import SILENCE, Phones
from pipeline.quality.measures import MEASURES
from pipeline.renderer import Frames

COUNT, SIDE = 20, 16


def clip(seed: int = 0) -> Frames:
    """Smooth frames, no two alike."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    frames = [
        np.stack([rows * 8 + 3 * at, columns * 8 + seed * 40, 100 + rows - columns], axis=-1)
        for at in range(COUNT)
    ]
    return np.stack(frames).astype(np.uint8)


def said(seed: int = 0, frames: int = COUNT) -> Said:
    samples = np.random.default_rng(seed).random(frames * SPEECH_SAMPLES_PER_FRAME) + 1
    starts = np.arange(frames / 2) * 0.08
    names = tuple(f"{seed}{index}" for index in range(len(starts)))
    phones = Phones(start_s=starts, stop_s=starts + 0.08, names=names, source="aligned")
    return Said(samples=samples.astype(np.float32), phones=phones)


def changed(frames: Frames) -> list[int]:
    return [at for at in range(COUNT) if not np.array_equal(frames[at], clip()[at])]


def test_a_face_is_swapped_from_a_frame_on() -> None:
    found = faults.swapped(clip(), clip(seed=1), 12)
    assert changed(found) == list(range(12, COUNT))
    assert np.array_equal(found[12:], clip(seed=1)[12:])


def test_black_frames_are_black_and_the_others_as_they_were() -> None:
    found = faults.blackened(clip(), 5, 3)
    assert changed(found) == [5, 6, 7]
    assert not found[5:8].any()


@pytest.mark.parametrize("count", [5, 13])
def test_frozen_frames_show_the_one_before_and_it_goes_on_in_time(count: int) -> None:
    found = faults.frozen(clip(), 4, count)
    assert changed(found) == list(range(4, 4 + count))
    assert all(np.array_equal(frame, clip()[3]) for frame in found[4 : 4 + count])


def test_a_tint_grows_to_its_full_colour_and_stays() -> None:
    flat = np.full((COUNT, SIDE, SIDE, 3), 128, np.uint8)
    found = faults.tinted(flat, (5.0, 0.0, 0.0), 10).astype(int)
    levels = found.mean(axis=(1, 2, 3))
    assert levels[0] == 128
    assert (np.diff(levels)[:10] >= 0).all()
    assert len(set(levels[10:])) == 1
    assert levels[-1] == pytest.approx(128 + 13, abs=2)


def test_a_blur_takes_detail_away_more_and_more() -> None:
    noisy = np.random.default_rng(0).integers(0, 255, (COUNT, SIDE, SIDE, 3)).astype(np.uint8)
    found = faults.blurred(noisy, 2.0, 10)
    detail = found.astype(float).std(axis=(1, 2)).mean(axis=-1)
    assert np.array_equal(found[0], noisy[0])
    assert detail[10:].max() < 0.4 * detail[0]
    assert detail[5] < detail[1]


def test_a_jump_moves_all_that_comes_behind() -> None:
    found = faults.jumped(clip(), 8, 2.0)
    assert changed(found) == list(range(8, COUNT))
    assert np.array_equal(found[8:, :, 2:], clip()[8:, :, :-2])


@pytest.mark.parametrize("shift", [3, -3])
def test_sound_is_later_or_earlier_by_whole_frames(shift: int) -> None:
    samples, found = said().samples, faults.later(said(), shift)
    moved = abs(shift) * SPEECH_SAMPLES_PER_FRAME
    kept, wanted = found.samples[moved:], samples[:-moved]
    silent: NDArray[np.float32] = found.samples[:moved]
    if shift < 0:
        kept, wanted, silent = found.samples[:-moved], samples[moved:], found.samples[-moved:]
    assert np.array_equal(kept, wanted)
    assert not silent.any()
    assert found.phones.start_s[0] == pytest.approx(shift * 0.04)


def test_hushed_speech_is_silence_there_and_nowhere_else() -> None:
    found = faults.hushed(said(), 5, 11)
    first, last = 5 * SPEECH_SAMPLES_PER_FRAME, 11 * SPEECH_SAMPLES_PER_FRAME
    assert not found.samples[first:last].any()
    assert found.samples[:first].all()
    assert found.samples[last:].all()
    assert (np.diff(found.phones.start_s) >= 0).all()
    at = found.phones.names.index(SILENCE)
    assert (found.phones.start_s[at], found.phones.stop_s[at]) == (0.2, 0.44)
    assert (found.phones.stop_s[:at] <= 0.2).all()
    assert (found.phones.start_s[at + 1 :] >= 0.44).all()


def test_other_words_fill_the_clip_and_are_none_of_its_own() -> None:
    found = faults.other_words(said(), said(seed=1, frames=8))
    assert found.frames == COUNT
    assert set(found.phones.names).isdisjoint(said().phones.names)
    assert found.phones.stop_s.max() <= COUNT / 25


def test_a_strength_is_found_at_which_a_figure_is_as_wanted() -> None:
    assert solved(lambda amount: amount**2, 9.0, 10.0) == pytest.approx(3.0, abs=0.01)
    assert solved(lambda amount: amount, 20.0, 10.0) == 10.0


def test_a_freeze_in_speech_is_planted_where_it_is_loudest() -> None:
    samples = np.full(100 * SPEECH_SAMPLES_PER_FRAME, 0.01, np.float32)
    samples[60 * SPEECH_SAMPLES_PER_FRAME : 75 * SPEECH_SAMPLES_PER_FRAME] = 0.5
    quiet = Said(samples=samples, phones=said().phones)
    assert in_speech(quiet, 15) == 60


def test_the_interval_of_a_share_is_clopper_and_pearsons() -> None:
    assert clopper_pearson(0, 100) == (0.0, pytest.approx(0.0362, abs=1e-4))
    assert clopper_pearson(10, 10) == (pytest.approx(0.6915, abs=1e-4), 1.0)


def test_every_gate_of_the_benchmark_is_a_measure() -> None:
    strengths = {fault.measure for fault in FAULTS.values() if fault.measure}
    assert {*FIXED, *CALIBRATED} <= set(MEASURES)
    assert strengths <= set(CALIBRATED)
