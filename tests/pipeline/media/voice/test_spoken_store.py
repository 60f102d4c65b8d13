"""A sentence of one voice is spoken once on a machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from pipeline.media.scratch_names import SPOKEN
from pipeline.media.sound.wav import WavWriter
from pipeline.media.voice import spoken_store
from pipeline.media.voice.spoken_store import speak_once
from pipeline.media.voice.utterance import EnginePhone, Utterance, WordEvent
from pipeline.workspace.workspace import SWEPT_EVERY, Workspace


@dataclass
class Counting:
    """A voice that remembers what it was asked to say, and says nothing for `...`."""

    name: str = "test:counting"
    languages: tuple[str, ...] = ("en",)
    digest: str = "1"
    reads_phones: bool = False
    rate: float = 1.0
    said: list[str] = field(default_factory=list)

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Utterance | None]:
        for sentence in sentences:
            self.said.append(sentence)
            path = folder / f"said-{len(self.said)}.wav"
            with WavWriter(path, rate=16_000, channels=1, sample_bytes=2) as file:
                file.append(np.array([[sum(map(ord, sentence))]], np.int32))
            word = WordEvent(at=0, length=2, start_s=0.5)
            phone = EnginePhone(ipa="ə", start_s=0.5, stop_s=0.6)
            made = Utterance(path=path, words=(word,), phones=(phone,))
            yield None if sentence == "..." else made


def heard(voice: Counting, texts: Sequence[str], place: Workspace) -> list[bytes | None]:
    """The sounds, each deleted as its reader does."""
    sounds: list[bytes | None] = []
    with place.scratch_dir() as desk:
        for made in speak_once(voice, texts, desk):
            assert made is None or (made.words[0].length, made.phones[0].ipa) == (2, "ə")
            sounds.append(None if made is None else made.path.read_bytes())
            if made is not None:
                made.path.unlink()
    return sounds


class Overtaken(Counting):
    """While it says the first sentence, another process says and keeps the second one."""

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Utterance | None]:
        for number, made in enumerate(super().speak(sentences, folder)):
            if number == 0:
                (desk := folder.with_name(f"{folder.name}-other")).mkdir()
                for other in speak_once(Counting(), sentences[1:2], desk):
                    assert other is not None
                    other.path.unlink()
            yield made


@pytest.fixture
def place(tmp_path: Path) -> Workspace:
    place = Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")
    place.open()
    return place


def test_each_sentence_keeps_its_own_sound_where_another_process_speaks_the_same(
    place: Workspace, tmp_path: Path
) -> None:
    texts = ["Yes.", "No!!", "Maybe."]
    alone = Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "alone")
    alone.open()
    wanted = heard(Counting(), texts, alone)
    assert len(set(wanted)) == 3
    assert heard(Overtaken(), texts, place) == wanted
    assert heard(Counting(), texts, place) == wanted  # as they were kept


def test_a_sentence_is_spoken_once_in_a_row_and_once_for_all_rows(place: Workspace) -> None:
    voice = Counting()
    first = heard(voice, ["Yes.", "No!!", "Yes.", "...", "..."], place)
    again = heard(voice, ["No!!", "Maybe.", "Yes."], place)
    assert voice.said == ["Yes.", "No!!", "...", "Maybe."]
    assert first == [first[0], first[1], first[0], None, None]
    assert again[0] == first[1] != again[1]
    assert again[2] == first[0]


@pytest.mark.parametrize(
    "other", [Counting(name="test:other"), Counting(digest="2"), Counting(rate=1.1)]
)
def test_another_voice_or_rate_speaks_for_itself(place: Workspace, other: Counting) -> None:
    heard(Counting(), ["Yes."], place)
    heard(other, ["Yes."], place)
    assert other.said == ["Yes."]


def test_without_room_to_keep_it_a_sentence_is_spoken_again(
    place: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(spoken_store.shutil, "copyfile", full)
    voice = Counting()
    sounds = heard(voice, ["Yes.", "No.", "Yes."], place)
    assert voice.said == ["Yes.", "No.", "Yes."]
    assert sounds[0] == sounds[2]
    assert list((place.scratch / SPOKEN).iterdir()) == []


def test_what_was_half_kept_is_spoken_again(place: Workspace) -> None:
    voice = Counting()
    heard(voice, ["Yes."], place)
    (told,) = (place.scratch / SPOKEN).glob("*/told.json")
    told.write_text("{")
    assert heard(voice, ["Yes."], place) == heard(Counting(digest="2"), ["Yes."], place)
    assert voice.said == ["Yes.", "Yes."]


def test_the_room_of_what_was_said_is_bounded(place: Workspace) -> None:
    heard(Counting(), ["Yes."], place)
    Workspace(out=place.out, scratch=place.scratch, scratch_bytes=1).sweep_checked()
    assert list((place.scratch / SPOKEN).iterdir()) == []


class Hurried:
    """A voice of another package that can speak faster, and does not tell at which rate it does."""

    name, languages, digest, reads_phones = "other:one", ("en",), "1", False

    def __init__(self, faster: int = 1) -> None:
        self._faster = faster

    def paced(self, rate: float) -> Hurried:
        return Hurried(faster=round(rate))

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        for index, _ in enumerate(sentences):
            path = folder / f"{index}.wav"
            with WavWriter(path, rate=16_000, channels=1, sample_bytes=2) as file:
                file.append(np.ones((8000 // self._faster, 1), np.int32))
            yield path


def test_a_voice_that_tells_no_rate_is_never_given_the_sound_of_another_rate(
    tmp_path: Path,
) -> None:
    bytes_of: list[int] = []
    for voice in (Hurried(), Hurried().paced(2)):
        with Workspace(out="", scratch=tmp_path).scratch_dir() as desk:
            (made,) = speak_once(voice, ["Hello."], desk)
            assert made is not None
            bytes_of.append(made.path.stat().st_size - 44)
    assert bytes_of == [16_000, 8_000]


def test_a_sound_that_was_half_written_is_spoken_anew_and_kept(tmp_path: Path) -> None:
    place = Workspace(out="", scratch=tmp_path)
    voice = Counting()
    whole = heard(voice, ["Hello."], place)
    (kept,) = (tmp_path / SPOKEN).iterdir()
    (kept / "sound.wav").write_bytes(b"")
    assert heard(voice, ["Hello."], place) == whole
    assert heard(voice, ["Hello."], place) == whole
    assert voice.said == ["Hello.", "Hello."]


def test_what_was_said_is_swept_while_a_run_goes_on(tmp_path: Path) -> None:
    place = Workspace(out="", scratch=tmp_path, scratch_bytes=4)
    heard(Counting(), ["Hello."], place)
    for _ in range(SWEPT_EVERY):
        place.sweep_now_and_then()
    assert not list((tmp_path / SPOKEN).iterdir())
