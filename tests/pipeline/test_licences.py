"""What a studio says of the licences of weights is told of all that is made with them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from jobs.preset_settings import licensed
from manifests.errors import ManifestUnusable
from pipeline.preset_warnings import preset_warnings
from pipeline.presets import ANIMATIC, HALLO3_5B, TINY
from tests.noun_builders import a_job

OFFICIAL = replace(HALLO3_5B, weights="1" * 64)
PRESETS = {
    "animatic": ANIMATIC,
    "tiny": TINY,
    "hallo3-5b": OFFICIAL,
    "hallo3-5b-fast": replace(OFFICIAL, name="hallo3-5b-fast", steps=12),
    "hallo3-5b-draft": replace(OFFICIAL, name="hallo3-5b-draft", weights="2" * 64),
}


def codes_of(name: str, licences: dict[str, str]) -> list[str]:
    told = preset_warnings(a_job(), licensed(PRESETS, licences)[name])
    return [warning.partition(":")[0] for warning in told]


def test_official_weights_without_a_licence_warn_and_no_others_do() -> None:
    warned = [name for name in PRESETS if "licence_unsaid" in codes_of(name, {})]
    assert warned == ["hallo3-5b", "hallo3-5b-fast", "hallo3-5b-draft"]


def test_presets_with_the_same_weights_share_a_licence() -> None:
    licences = {"hallo3-5b": "registered"}
    warned = [name for name in PRESETS if "licence_unsaid" in codes_of(name, licences)]
    assert warned == ["hallo3-5b-draft"]
    assert licensed(PRESETS, licences)["hallo3-5b-fast"].licence == "registered"


def test_a_licence_changes_no_name_of_finished_work() -> None:
    assert licensed(PRESETS, {"hallo3-5b": "registered"})["hallo3-5b"].digest == OFFICIAL.digest


def test_a_licence_for_what_takes_no_weights_is_refused() -> None:
    with pytest.raises(ManifestUnusable, match="a licence for animatic: only hallo3-5b"):
        licensed(PRESETS, {"animatic": "ours"})
