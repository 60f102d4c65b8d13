"""Samples in memory: taken as they are, or refused with how to make them what they should be."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from model.conditions.samples import FULL_SCALE, mono_samples

TONE = np.sin(np.arange(640) / 9)


@pytest.mark.parametrize(
    "speech",
    [
        TONE,
        TONE.astype(np.float32),
        TONE.astype(np.float16),
        TONE.tolist(),
        torch.from_numpy(TONE),
        1.3 * TONE,  # what a resampler makes of a loud sound
    ],
    ids=["float64", "float32", "float16", "list", "tensor", "overshot"],
)
def test_floats_are_taken_as_they_are(speech: object) -> None:
    for rate in (None, 16_000):
        sound = mono_samples(speech, rate)
        assert sound.dtype == np.float32
        assert np.array_equal(sound, np.asarray(speech).astype(np.float32))


@pytest.mark.parametrize(
    ("kind", "remedy"),
    [
        (np.int8, "these divided by 128"),
        (np.int16, "these divided by 32768"),
        (np.int32, "these divided by 2147483648"),
        (np.int64, "these divided by 9223372036854775808"),
        (np.uint8, "these less 128, divided by 128"),
        (np.uint16, "these less 32768, divided by 32768"),
    ],
)
def test_integers_are_refused_with_how_they_become_floats(kind: type, remedy: str) -> None:
    with pytest.raises(ValueError, match=rf"floats in -1..1: {remedy}"):
        mono_samples(np.ones(640, kind))


@given(bits=st.sampled_from([16, 24, 32]), loud=st.floats(0.001, 1))
def test_integers_that_became_floats_are_told_from_sound(bits: int, loud: float) -> None:
    full = 2.0 ** (bits - 1)
    with pytest.raises(ValueError, match=r"up to .*; give .*: int16 as floats divided by 32768"):
        mono_samples(TONE * full * loud)


def test_the_loudest_floats_are_at_twice_full_scale() -> None:
    mono_samples(np.full(640, FULL_SCALE))
    with pytest.raises(ValueError, match=r"up to 2\.1;"):
        mono_samples(np.full(640, -2.1))


@pytest.mark.parametrize(
    ("speech", "told"),
    [
        (np.full(640, np.nan), "with NaN or infinity in it; give mono samples at 16 kHz, finite"),
        (np.append(TONE, np.inf), "with NaN or infinity in it"),
        (np.stack([TONE, TONE]), r"is float64 \[2, 640\]; .* of several channels the mean"),
        (TONE[:, None], r"is float64 \[640, 1\]; give mono samples"),
        (np.float32(0.5), r"is float32 \[\]; give mono"),
        (np.zeros(0, np.float32), r"is float32 \[0\]; give mono samples .* one at least"),
        (TONE.astype(complex), "is complex128"),
        (TONE > 0, "is bool"),
        ("speech.wav", "give mono samples"),
    ],
)
def test_what_is_no_mono_sound_is_refused(speech: object, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        mono_samples(speech)


@pytest.mark.parametrize(
    "speech", [(16_000, TONE), {"array": TONE, "sampling_rate": 16_000}], ids=["tuple", "dict"]
)
def test_a_rate_beside_the_samples_is_asked_for_by_its_name(speech: object) -> None:
    with pytest.raises(TypeError, match="and their rate as `sampling_rate`"):
        mono_samples(speech)


@pytest.mark.parametrize("rate", [8_000, 22_050, 44_100, 48_000, 16_000.5, "16k"])
def test_samples_of_another_rate_are_refused(rate: int) -> None:
    with pytest.raises(ValueError, match="resample it to 16000 Hz, or give a file"):
        mono_samples(TONE, rate)
