# ruff: noqa: RUF001  # marks of Japanese are meant
"""Japanese is read from kanji, by the same bytes each time, with the times of its sounds."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import ManifestUnusable, Transient
from pipeline.media.sound.wav import read_info, read_pcm
from pipeline.media.voice import kokoro
from pipeline.media.voice.kokoro import Kokoro, utterance_told
from pipeline.media.voice.kokoro_program import Reader, japanese, joined, pieces
from pipeline.media.voice.utterance import Utterance
from pipeline.media.voice.voices import choose_voice

A, B = "東京は5日。", "…？"

pytestmark = pytest.mark.filterwarnings("ignore:open_text is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> list[Utterance | None]:
    voice = choose_voice("ja", None)
    assert voice.name == "kokoro:jf_alpha"
    assert isinstance(voice, Kokoro)
    return list(voice.speak([A, B, A], tmp_path_factory.mktemp("ja")))


def test_the_same_sentence_has_the_same_bytes(said: list[Utterance | None]) -> None:
    first, nothing, again = said
    assert nothing is None
    assert first is not None
    assert again is not None
    assert first.path.read_bytes() == again.path.read_bytes()


def test_kanji_and_dates_are_read(said: list[Utterance | None]) -> None:
    """Tōkyō wa itsuka: the fifth of a month has a name of its own."""
    assert said[0] is not None
    heard = "".join(phone.ipa for phone in said[0].phones)
    assert heard.startswith("toːkʲoː")
    assert "iʦɨka" in heard


def test_phones_follow_each_other_and_fill_the_sound(said: list[Utterance | None]) -> None:
    (spoken, _, _) = said
    assert spoken is not None
    info = read_info(spoken.path)
    assert info is not None
    edges = [edge for phone in spoken.phones for edge in (phone.start_s, phone.stop_s)]
    assert edges == sorted(edges)
    assert edges[-1] <= info.samples / info.rate
    loud = np.flatnonzero(np.abs(read_pcm(spoken.path)[:, 0]) > 1000) / info.rate
    assert edges[0] == pytest.approx(loud[0], abs=0.1)
    word = spoken.words[0]
    assert (A[word.at : word.at + word.length], word.start_s) == ("東京", edges[0])


def test_a_blank_belongs_to_the_sound_behind_it_and_a_mark_to_none() -> None:
    told = {
        "phonemes": "kʲoː βa, a",
        "lengths": [1.0, 0.1, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.5, 0.2, 0.1, 9.0],
        "words": [[0, 2, 0], [2, 1, 5]],
    }
    spoken = utterance_told(Path(__file__), told)
    assert spoken is not None
    assert [phone.ipa for phone in spoken.phones] == ["kʲ", "oː", "β", "a", "a"]
    assert [phone.start_s for phone in spoken.phones] == [1.0, 1.2, 1.4, 1.7, 2.3]
    assert spoken.phones[3].stop_s == 1.8
    assert [word.start_s for word in spoken.words] == pytest.approx([1.0, 1.6])


def test_more_phonemes_than_the_network_takes_are_parted_and_their_lengths_joined() -> None:
    text = "ab. " * 300
    parts = list(pieces(text))
    assert "".join(parts) == text
    assert max(map(len, parts)) <= 500
    whole = joined([[1.0] + [0.1] * len(part) + [2.0] for part in parts])
    assert len(whole) == len(text) + 2
    assert sum(whole) == pytest.approx(0.1 * len(text) + 3.0 * len(parts))
    assert joined([[1.0, 0.1, 1.0], []]) == []


def test_a_network_that_is_not_the_pinned_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kokoro, "MODEL_SHA256", "0" * 64)
    kokoro.kokoro_voices.cache_clear()
    with pytest.raises(ManifestUnusable, match="not the pinned file") as caught:
        kokoro.kokoro_voices()
    assert caught.value.code == "voice_changed"
    kokoro.kokoro_voices.cache_clear()


@pytest.mark.parametrize("body", ["pass", "import sys; sys.exit(4)"])
def test_a_program_that_does_not_speak_japanese_is_tried_again_later(
    body: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "as_told"
    program.write_text(body)
    monkeypatch.setattr(kokoro, "PROGRAM", program)
    with pytest.raises(Transient) as caught:
        list(choose_voice("ja", None).speak([A], tmp_path))
    assert caught.value.code == "voice_failed"


@pytest.mark.parametrize(
    ("text", "heard"),
    [
        ("2026年11月28日", "ɲi seɴ ɲiʥɨːɾokɯ neɴ ʥɨːiʨiɡaʦɨ ɲiʥɨːhaʨi ɲiʨi"),
        ("1,200円、15%", "seɴ ɲi çakɯ eɴ, ʥɨːɡo paːsento"),
        ("A社は$500", "eː ɕa βa ɡoçakɯ doɾɯ"),
        ("03-12", "ʣeɾo saɴ iʨi ɲiː"),
        ("ＡＢＣ", "eːbʲiːɕiː"),
        ("٣፩", "saɴiʨi"),
    ],
)
def test_numbers_letters_and_signs_are_said(text: str, heard: str) -> None:
    """The reader as it is published says the fifth of a month digit by digit and drops signs."""
    assert a_reader()(text)[0] == heard


@cache
def a_reader() -> Reader:
    return japanese()
