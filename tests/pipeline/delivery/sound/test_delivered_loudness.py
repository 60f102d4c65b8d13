"""Files of profiles with a loudness: what their records say, and what they were found to be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.delivery.files import make_deliveries
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.settings import DeliverySettings
from pipeline.delivery.sound.loudness import LOUDNESS, loudness_of
from pipeline.nouns import DeliveredFile, Master
from tests.noun_builders import an_artifact
from tests.pipeline.delivery.builders import SmallTake, a_small_take, stored
from tests.pipeline.delivery.sound.builders import a_sound, bursts

TABLE = DeliverySettings().table


def wanted(of: str, loudness: str) -> DeliveryProfile:
    return replace(TABLE[of], name=f"{of}_{loudness}", loudness=loudness)  # type: ignore[arg-type]


PROFILES = (wanted("audio", "r128"), wanted("audio", "a85"), wanted("web", "web"))
IN_MATROSKA = replace(TABLE["archive"], name="pcm_mkv", container="mkv")


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> SmallTake:
    folder = tmp_path_factory.mktemp("loud")
    small = a_small_take(folder)
    mix = stored(a_sound(folder / "speech.wav", bursts(seconds=7.52)))
    return replace(small, reel=replace(small.reel, take=replace(small.reel.take, mix=mix)))


@pytest.fixture(scope="module")
def made(take: SmallTake) -> dict[str, DeliveredFile]:
    profiles = (*PROFILES, IN_MATROSKA)
    request = take.request(*(profile.name for profile in profiles), profiles=profiles)
    return {file.profile: file for file in make_deliveries(request, take.workspace)}


def test_each_file_is_as_loud_as_its_profile_asks_also_after_its_encode(
    made: dict[str, DeliveredFile],
) -> None:
    for profile in PROFILES:
        file, asked = made[profile.name], LOUDNESS[profile.loudness]
        found = loudness_of(Path(file.file.uri))
        assert found.integrated_lufs == pytest.approx(asked.target_lufs, abs=0.5)
        assert found.true_peak_dbtp <= asked.ceiling_dbtp
        assert file.loudness_after == pytest.approx(found.integrated_lufs, abs=0.01)
        assert file.true_peak == pytest.approx(found.true_peak_dbtp, abs=0.01)
        assert (file.samples, file.sound_warnings) == (188 * 1920, ())
        assert file.gain_db
    assert made["web_web"].limited_samples > 0


def test_matroska_holds_every_sample(made: dict[str, DeliveredFile]) -> None:
    file = made[IN_MATROSKA.name]
    assert file.samples == 188 * 1920
    assert loudness_of(Path(file.file.uri)).seconds == 188 / 25


def test_a_sound_that_is_left_as_it_is_is_measured_too(made: dict[str, DeliveredFile]) -> None:
    web = made["web"]
    assert web.loudness_before is None
    assert web.loudness_after is not None
    assert (web.gain_db, web.limited_samples) == (0.0, 0)


def test_warnings_of_sounds_name_their_profile() -> None:
    file = DeliveredFile(
        fingerprint="f",
        profile="web",
        file=an_artifact(),
        container="mp4",
        codec="h264",
        duration_s=1.0,
        sound_warnings=("loudness_missed: its sound is at -20.0 LUFS",),
    )
    master = Master(
        fingerprint="f",
        profile="web",
        file=an_artifact(),
        frames=25,
        fps=25,
        width=64,
        height=64,
        duration_s=1.0,
        deliveries=(file,),
    )
    assert master.file_warnings == ("loudness_missed: web: its sound is at -20.0 LUFS",)
