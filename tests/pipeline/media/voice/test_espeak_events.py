from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.voice.espeak import Espeak
from pipeline.media.voice.espeak_events import parted
from pipeline.media.voice.utterance import Utterance, WordEvent
from pipeline.media.voice.voices import choose_voice

THAI = "สวัสดีครับ วันนี้อากาศดี"


def test_words_of_thai_are_parted_and_their_places_are_those_of_the_text() -> None:
    found = parted(THAI)
    assert found.text == "สวัสดี ครับ วัน นี้ อากาศ ดี"
    events = [
        WordEvent(at=at, length=1, start_s=0.0)
        for at in (0, *(at + 1 for at, letter in enumerate(found.text) if letter == " "))
    ]
    places = [event.at for event in found.events_given(events)]
    assert [THAI[start:stop] for start, stop in zip(places, [*places[1:], None], strict=True)] == [
        "สวัสดี",
        "ครับ ",
        "วัน",
        "นี้",
        "อากาศ",
        "ดี",
    ]


@pytest.mark.parametrize("text", ["Good evening.", "今天天气很好。", "きょうは", ""])
def test_other_scripts_stay_as_they_are(text: str) -> None:
    found = parted(text)
    assert found.text == text
    assert found.given == tuple(range(len(text) + 1))


@given(text=st.text(alphabet="กาดี ครับ.1aé\u0e4c", max_size=30))
def test_nothing_but_blanks_is_added(text: str) -> None:
    found = parted(text)
    assert found.text.replace(" ", "") == text.replace(" ", "")
    assert len(found.given) == len(found.text) + 1
    assert list(found.given) == sorted(found.given)
    assert found.given[-1] == len(text)


def test_each_thai_word_has_an_event_of_its_own(tmp_path: Path) -> None:
    voice = choose_voice("th", "espeak:th")
    assert isinstance(voice, Espeak)
    (said,) = voice.speak([THAI], tmp_path)
    assert isinstance(said, Utterance)
    assert [event.at for event in said.words] == [0, 6, 11, 14, 17, 22]
