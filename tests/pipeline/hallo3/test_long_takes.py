"""Options against drift belong to a preset: off they change no name, on they change every one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.preset_settings import kept_alike
from jobs.settings_file import load_config
from manifests.errors import BadInput, ManifestUnusable
from model.sampling.long_takes import AS_TRAINED, LongTakes
from model.segments import Sampling
from pipeline.hallo3.load import sampling_of
from pipeline.presets import ANIMATIC, HALLO3_5B, TINY

options = st.builds(
    LongTakes,
    colour_match=st.integers(0, 100).map(lambda level: level / 100),
    motion_noise=st.integers(0, 50).map(lambda level: level / 100),
    colour_bias=st.booleans(),
    reference=st.sampled_from(["portrait", "round_trip"]),
)

DIGESTS = {
    "animatic": "b50821805c8fbfc2e54b69219dfeaa30e97eee7c",
    "tiny": "422f14ff5d5728bf6e27ce44030160d363ef7621",
    "hallo3-5b": "03f5c5f73a2cf6f0053c0390aab90e29b3c0f22c",
}
"""Of the presets without weights, before there were options."""

SAMPLED = (
    "Sampling(num_inference_steps=4, guidance=Guidance(text=2.0, audio=None), "
    "cache=NoCache(kind='none'), motion_mask_rate=0.1, motion_noise_sigma=0.0, colour_match=0.0)"
)
"""How `tiny` is sampled, as its segments' names held it before there were options."""


def test_presets_without_options_have_the_digests_of_before() -> None:
    presets = (ANIMATIC, TINY, HALLO3_5B)
    assert {preset.name: preset.digest for preset in presets} == DIGESTS


def test_a_segment_without_options_has_the_name_of_before() -> None:
    assert sampling_of(TINY).name == SAMPLED


@given(one=options, other=options)
def test_each_option_is_in_the_digest_and_in_the_names_of_segments(
    one: LongTakes, other: LongTakes
) -> None:
    a, b = replace(TINY, long_takes=one), replace(TINY, long_takes=other)
    assert (a.digest == b.digest) == (one == other)
    assert (sampling_of(a).name == sampling_of(b).name) == (one == other)


@pytest.mark.parametrize(
    ("option", "value"),
    [("colour_match", -0.1), ("colour_match", 1.1), ("motion_noise", -0.1), ("motion_noise", 0.6)],
)
def test_strengths_that_mean_nothing_are_refused(option: str, value: float) -> None:
    with pytest.raises(ValueError, match=option):
        LongTakes(**{option: value})


def test_a_preset_of_the_settings_is_sampled_with_its_options(tmp_path: Path) -> None:
    file = tmp_path / "night.toml"
    file.write_text(
        '[long_takes]\ntiny = { colour_match = 1.0, motion_noise = 0.05, reference = "round_trip" }'
    )
    tiny = load_config(file).presets["tiny"]
    wanted = Sampling(colour_match=1.0, motion_noise_sigma=0.05, reference="round_trip")
    sampling = sampling_of(tiny)
    assert replace(sampling, num_inference_steps=50, guidance=wanted.guidance) == wanted


@pytest.mark.parametrize(
    "told", ["{ colour_match = 2.0 }", "{ colour = 1.0 }", '{ reference = "first" }']
)
def test_an_option_that_there_is_not_is_refused_before_the_night(tmp_path: Path, told: str) -> None:
    file = tmp_path / "night.toml"
    file.write_text(f"[long_takes]\ntiny = {told}\n")
    with pytest.raises((BadInput, ManifestUnusable), match="long_takes"):
        load_config(file)


def test_a_preset_without_motion_frames_takes_no_options() -> None:
    with pytest.raises(ManifestUnusable, match="animatic"):
        kept_alike({"animatic": ANIMATIC}, {"animatic": AS_TRAINED})
