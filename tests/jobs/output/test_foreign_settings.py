"""What is taken of settings that others wrote down: what changes pixels, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.output.foreign_settings import PIXELS, settings_handed
from manifests.errors import ManifestUnusable
from pipeline.media.recognition.recognisers import RecognitionSettings


def test_what_changes_pixels_is_taken_and_ours_goes_before_it() -> None:
    theirs = {
        "preset": "tiny",
        "split": {"longest_s": 9.0},
        "hearing": {"engine": "none", "whisperx_model": "/theirs"},
        "events": "/theirs",
    }
    taken = settings_handed(theirs, RunConfig(scratch=Path("/ours")))
    assert (taken.preset, taken.split.longest_s, taken.hearing.engine) == ("tiny", 9.0, "none")
    assert (taken.scratch, taken.events) == (Path("/ours"), None)
    assert taken.hearing.whisperx_model == RunConfig().hearing.whisperx_model
    ours = RunConfig(preset="animatic", hearing=RecognitionSettings(engine="faster-whisper"))
    given = settings_handed(theirs, ours)
    assert (given.preset, given.hearing.engine) == ("animatic", "faster-whisper")


@pytest.mark.parametrize("name", sorted(set(RunConfig.model_fields) - {*PIXELS, "hearing"}))
def test_no_other_setting_is_taken_from_others(name: str) -> None:
    """A setting that is added later is not taken either, until somebody says that it may be."""
    assert settings_handed({name: "/theirs"}, RunConfig()) == RunConfig()


@pytest.mark.parametrize(
    "theirs", [None, "text", {"split": {"longest_s": -1}}, {"audio": {"longest_s": "inf"}}]
)
def test_settings_that_are_none_are_left_or_refused(theirs: object) -> None:
    if isinstance(theirs, dict):
        with pytest.raises(ManifestUnusable, match="another version"):
            settings_handed(theirs, RunConfig())
    else:
        assert settings_handed(theirs, RunConfig()) == RunConfig()


@pytest.mark.parametrize("told", ["another engine", None, 7, ["none"]])
def test_who_listened_there_is_taken_by_a_name_that_is_known_here(told: object) -> None:
    """Only where ours leave it to the program."""
    whisperx = RecognitionSettings(engine="auto", whisperx_python="/ours/python")
    ours = RunConfig(hearing=whisperx)
    assert settings_handed({"hearing": {"engine": told}}, ours).hearing == whisperx
    assert settings_handed({"hearing": told}, ours).hearing == whisperx
    for engine in ("none", "whisperx", "faster-whisper"):
        heard = settings_handed({"hearing": {"engine": engine}}, ours).hearing
        assert (heard.engine, heard.whisperx_python) == (engine, "/ours/python")


def test_ours_are_kept_beside_theirs() -> None:
    ours = RunConfig(preset="animatic", lease_s=7.0)
    taken = settings_handed({"preset": "tiny", "image": {"shortest_side": 99}, "lease_s": 99}, ours)
    assert (taken.preset, taken.lease_s) == ("animatic", 7.0)
    assert taken.image.shortest_side == 99
    assert settings_handed({}, ours) == ours
