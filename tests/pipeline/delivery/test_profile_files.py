"""Profiles are tables of TOML, checked when they are read."""

from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path

import pytest

from jobs.orders import order_of
from jobs.settings_file import load_config
from manifests.errors import BadInput, ManifestUnusable
from pipeline.captions.deliverables import captions_asked, is_captioned, refuse_captions
from pipeline.delivery.profile_files import profile_table
from pipeline.presets import ANIMATIC
from pipeline.words import Words
from tests.noun_builders import a_job

BROADCAST = """
[broadcast]
container = "mp4"
video = "h264"
sound = "aac"
rate = "29.97"
timecode = "01:00:00;00"
size = [1920, 1080]
watermark = false
"""


def a_file(folder: Path, text: str) -> Path:
    path = folder / "house.toml"
    path.write_text(text)
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(ManifestUnusable) as caught:
        profile_table([a_file(folder, text)])
    assert caught.value.code == "profile_wrong"
    assert str(folder / "house.toml") in caught.value.message
    return caught.value.message


def test_a_file_alone_adds_a_profile(tmp_path: Path) -> None:
    config = load_config(None, profiles=[a_file(tmp_path, BROADCAST)])
    profile = config.delivery.table["broadcast"]
    assert (profile.rate, profile.size) == (Fraction(30000, 1001), (1920, 1080))
    assert not profile.watermark
    assert "broadcast" in (config.known_names.profiles or ())
    assert pickle.loads(pickle.dumps(config.delivery)) == config.delivery  # noqa: S301 - ours


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('rate = "26"', "profile broadcast: rate: 26 cannot be delivered; write one of 23.976"),
        ("rate = 12.5", "rate: 12.5 cannot be delivered"),
        ('video = "wmv"', "video: 'wmv' is no codec that is known; choose one of h264"),
        ('container = "wav"', "video: wav cannot hold h264; choose container mp4, mov, mkv"),
        ('sound = "pcm24"', "sound: mp4 cannot hold pcm24; choose container mov"),
        ("size = [1921, 1080]", "profile broadcast, key size: write [width, height] or the height"),
        ('aspect = "9:16"', "size: 1920 x 1080 is not 9:16; leave aspect out"),
        ('conform = "slow"', "profile broadcast, key conform"),
        ("colour = 1", "profile broadcast, key colour: there is no such key; there are container"),
        ('watermark = "no"', "profile broadcast, key watermark"),
        ('timecode = "01:00:00;01"', ""),
        ('timecode = "01:01:00;01"', "is a number that is left out"),
        ('timecode = "01:00:00:30"', "there are 00 to 29 in a second"),
        ('timecode = "1h"', "write one such as 01:00:00:00"),
        ('rate = "25"', "drops frames, which only 29.97 does"),
    ],
)
def test_a_fault_names_profile_key_and_remedy(tmp_path: Path, line: str, told: str) -> None:
    key = line.split(" =", maxsplit=1)[0]
    lines = [each for each in BROADCAST.splitlines() if not each.startswith(f"{key} ")]
    text = "\n".join([*lines, line])
    if told:
        assert told in refused(tmp_path, text)
    else:
        profile_table([a_file(tmp_path, text)])


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "there is no table in it"),
        ("[web", "it is not TOML"),
        ('[web]\ncontainer = "mp4"\nvideo = "h264"\n', "there is one of this name"),
        ('[a]\ncontainer = "wav"\nsound = "pcm24"\nfit = "plate"\n', "fit: there is no picture"),
        ('[a]\ncontainer = "mp4"\nvideo = "h264"\nnotice = "  "\n', "words that can be seen"),
        ('[a]\ncontainer = "mp4"\nvideo = "h264"\nnotice = "A\\nI"\n', "drawn in one line"),
        ('[sidecar]\ncontainer = "mp4"\nvideo = "h264"\n', "there is one of this name"),
        ('[srt]\ncontainer = "mp4"\nvideo = "h264"\n', "there is one of this name"),
        ('["../x"]\ncontainer = "mp4"\n', "a name has 1 to 40 of a-z 0-9 _"),
        ('[mine]\ncontainer = "mp4"\n', "there is neither video nor sound"),
        ('[mine]\ncontainer = "wav"\nsound = "pcm24"\nslate = true\n', "slate: there is no pict"),
        ("mine = 1\n", "profile mine"),
        ('[mine]\nvideo = "h264"\n', "profile mine, key container"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, text: str, told: str) -> None:
    assert told in refused(tmp_path, text)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="cannot be read: No such file"):
        profile_table([tmp_path / "none.toml"])


def test_a_profile_that_draws_captions_asks_for_words_as_captioned_does(tmp_path: Path) -> None:
    text = BROADCAST.replace("[broadcast]", "[subtitled]\ncaptions = true")
    config = load_config(None, profiles=[a_file(tmp_path, text)])
    job = a_job(deliverables=("subtitled",))
    assert is_captioned(job, config.limits)
    assert captions_asked(job, config.limits) == ("subtitled",)
    with pytest.raises(BadInput, match="subtitled captions were asked for"):
        refuse_captions(job, Words(words=()), config.limits)
    assert not is_captioned(a_job(deliverables=("web",)), config.limits)


def test_a_row_is_another_order_when_its_profile_says_something_else(tmp_path: Path) -> None:
    def order(text: str, *deliverables: str) -> str:
        config = load_config(None, profiles=[a_file(tmp_path, text)])
        return order_of(a_job(deliverables=deliverables), (), ANIMATIC, config, 0).request_id

    changed = BROADCAST.replace("29.97", "30").replace(";00", ":00")
    assert order(BROADCAST, "broadcast") != order(changed, "broadcast")
    assert order(BROADCAST, "web") == order(changed, "web")
