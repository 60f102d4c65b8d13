"""Timed scripts as they come out: cues on their times, silence and shut lips between them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from manifests.errors import BadInput
from manifests.job import Job
from model.shapes import FPS, MIX_RATE, MIX_SAMPLES_PER_FRAME, SPEECH_SAMPLES_PER_FRAME
from pipeline.animatic.controls import Control
from pipeline.animatic.curves import Performance
from pipeline.captions.deliverables import cues_for
from pipeline.captions.read import read_captions
from pipeline.dubbing.cast import cast_of
from pipeline.dubbing.cue_track import CueTrack
from pipeline.limits import CueLimits, Limits
from pipeline.media.sound.wav import MixWriter, SpeechWriter, read_info, read_pcm
from pipeline.media.text.lexicon import EMPTY
from pipeline.media.voice import voices
from pipeline.phones import load_phones
from pipeline.take_sound import Sound, script_of_row, timed_sound
from pipeline.timed_cues import FittedCue, TimedScript
from pipeline.words import load_words
from tests.noun_builders import a_job

LETTER_S = 0.05
FRAME_S = 1 / FPS


@dataclass(frozen=True)
class Beeper:
    """A voice that says each letter as long as the others, and can hurry; with so many samples of
    near-silence behind all that it says."""

    name: str = "test:high"
    hz: float = 400.0
    rate: float = 1.0
    breath: int = 0
    languages: tuple[str, ...] = ("de", "en")
    digest: str = "1"
    reads_phones: bool = False

    def paced(self, rate: float) -> Beeper:
        return replace(self, rate=rate)

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        for index, sentence in enumerate(sentences):
            path = folder / f"{index}.wav"
            letters = sum(map(str.isalpha, sentence))
            times_s = np.arange(round(letters * LETTER_S / self.rate * 16_000)) / 16_000
            with SpeechWriter(path) as file:
                file.append_speech(np.float32(0.5) * np.cos(2 * np.pi * self.hz * times_s))
                file.append_speech(np.zeros(self.breath, np.float32))
            yield path


@dataclass(frozen=True)
class Plodder:
    """The same without another rate."""

    name: str = "test:low"
    languages: tuple[str, ...] = ("de", "en")
    digest: str = "2"
    reads_phones: bool = False

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        return Beeper(hz=200.0).speak(sentences, folder)


@pytest.fixture(autouse=True)
def _two_voices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        voices,
        "installed_voices",
        lambda: (Beeper(), Plodder(), Beeper(name="test:breath", breath=8_000)),
    )


def vtt(*cues: tuple[float, float, str]) -> str:
    blocks = (f"00:{a:06.3f} --> 00:{b:06.3f}\n{text}\n" for a, b, text in cues)
    return "\n".join(["WEBVTT\n", *blocks])


def a_row(**fields: object) -> Job:
    return a_job(script=None, script_uri="/in/a.vtt", language="de", **fields)


def spoken(text: str, job: Job, folder: Path, limits: CueLimits | None = None) -> Sound:
    path = folder / "a.vtt"
    path.write_text(text)
    script = script_of_row(path, None, job)
    assert isinstance(script, TimedScript)
    return timed_sound(script, EMPTY, job, Limits(cues=limits or CueLimits()), folder)


def fits(folder: Path) -> tuple[FittedCue, ...]:
    return load_words(folder / "words.json").cues


def sounding(folder: Path) -> list[tuple[float, float]]:
    """Where the mix is not silent, in seconds; silences of less than 50 ms are none."""
    loud = np.flatnonzero(np.abs(read_pcm(folder / "mix.wav")[:, 0]) > 0.001 * (1 << 23))
    edges = np.flatnonzero(np.diff(loud) > MIX_RATE // 20)
    starts = [loud[0], *loud[edges + 1]]
    stops = [*loud[edges], loud[-1]]
    return [(float(a) / MIX_RATE, float(b) / MIX_RATE) for a, b in zip(starts, stops, strict=True)]


THREE = vtt((1.013, 2.0, "a" * 10), (2.5, 4.0, "b" * 20), (6.0, 7.5, "c" * 10))


def test_cues_begin_on_their_times_and_all_else_is_digital_silence(tmp_path: Path) -> None:
    sound = spoken(THREE, a_row(), tmp_path)
    assert sound.frames == round(7.5 * FPS)
    wanted = [(1.013, 1.513), (2.5, 3.5), (6.0, 6.5)]
    for found, asked in zip(sounding(tmp_path), wanted, strict=True):
        assert found == pytest.approx(asked, abs=0.003)
    mix = read_pcm(tmp_path / "mix.wav")
    for _, stop_s in wanted:
        after = round((stop_s + FRAME_S) * MIX_RATE)
        assert not mix[after : after + 6 * MIX_SAMPLES_PER_FRAME].any()
    samples = [read_info(tmp_path / name) for name in ("mix.wav", "speech.wav")]
    assert [info.samples if info else 0 for info in samples] == [
        sound.frames * MIX_SAMPLES_PER_FRAME,
        sound.frames * SPEECH_SAMPLES_PER_FRAME,
    ]
    assert not [told for told in sound.warnings if told.startswith("cue")]


def test_between_cues_no_phone_is_spoken_and_the_mouth_is_shut(tmp_path: Path) -> None:
    spoken(THREE, a_row(), tmp_path)
    phones = load_phones(tmp_path / "phones.npz")
    cues = fits(tmp_path)
    for before, after in pairwise(cues):
        within = phones.between(before.ends_s + FRAME_S, after.begins_s - FRAME_S)
        assert set(within.names) == {"SIL"}
    mouth = Performance(phones=phones, speech=tmp_path / "speech.wav", seed=7)
    jaw = mouth.between(0, 188)[:, Control.JAW]
    assert jaw[round(3.8 * FPS) : round(5.7 * FPS)].max() < 0.01
    assert jaw[round(2.6 * FPS) : round(3.4 * FPS)].mean() > 0.1


def test_a_cue_that_is_too_long_is_spoken_faster_then_stretched_and_told(tmp_path: Path) -> None:
    text = vtt((0.0, 1.0, "a" * 22), (1.0, 2.0, "b" * 20), (2.0, 4.0, "c" * 40))
    sound = spoken(text, a_row(target_duration_s=4.0), tmp_path)
    first, second, third = fits(tmp_path)
    assert (first.rate, second.rate, third.rate) == (1.15, 1.1, 1.0)
    assert first.factor == pytest.approx(0.92 / (1.1 / 1.15), abs=0.002)
    assert second.factor == 1.0
    stops = [stop_s for _, stop_s in sounding(tmp_path)]
    assert stops == pytest.approx([0.92, 1.92, 4.0], abs=0.02)
    told = sound.warnings[0]
    assert told.startswith("cues_fitted: 2 of 3: cue 1 at 00:00:00.000 the voice 15% faster, ")


def test_a_cue_that_only_loses_silence_leaves_the_next_one_on_its_time(tmp_path: Path) -> None:
    text = vtt((0.0, 1.02, "aaaaaaaa. Aaaaaaaa."), (1.1, 2.0, "b" * 10))
    spoken(text, a_row(), tmp_path)
    first, _ = fits(tmp_path)
    assert (first.trimmed_s, first.rate, first.factor) == (pytest.approx(0.18, abs=0.01), 1.0, 1.0)
    found = sounding(tmp_path)
    assert found[1] == pytest.approx((0.56 + 0.04, 1.02), abs=0.05)
    assert found[2] == pytest.approx((1.1, 1.6), abs=0.003)


def test_a_voice_without_another_rate_is_stretched_at_once(tmp_path: Path) -> None:
    text = vtt((0.0, 1.0, "a" * 19), (1.0, 2.0, "b" * 5))
    spoken(text, a_row(voice="test:low"), tmp_path)
    assert [(cue.rate, cue.factor < 1) for cue in fits(tmp_path)] == [(1.0, True), (1.0, False)]


def test_all_late_cues_are_told_with_their_misses(tmp_path: Path) -> None:
    text = vtt((0.0, 1.0, "a" * 40), (1.0, 2.0, "b" * 10), (2.0, 3.0, "c" * 50))
    with pytest.raises(BadInput) as refused:
        spoken(text, a_row(voice="test:low"), tmp_path)
    assert refused.value.code == "cues_late"
    misses = re.findall(r"cue (\d) at \S+ needs \S+ s and has \S+ s: (\S+) s", str(refused.value))
    assert [(int(at), float(miss)) for at, miss in misses] == [
        (1, pytest.approx(2.0 * 0.92 - 0.92, abs=0.02)),
        (3, pytest.approx(2.5 * 0.92 - 1.0, abs=0.02)),
    ]
    assert not (tmp_path / "mix.wav").exists()


def test_a_cue_may_run_on_into_the_next_silence(tmp_path: Path) -> None:
    text = vtt((0.0, 1.0, "a" * 40), (1.2, 2.0, "b" * 10), (6.0, 7.0, "c" * 10))
    sound = spoken(text, a_row(voice="test:low", cue_fit="overrun"), tmp_path)
    starts = [start_s for start_s, _ in sounding(tmp_path)]
    assert starts == pytest.approx([0.0, 2.0 * 0.92 + 0.08, 6.0], abs=0.02)
    assert "cues_overrun: 1 of 3 begin late: cue 2 at 00:00:01.200 0.72 s" in sound.warnings
    with pytest.raises(BadInput, match="1 of 1 cues are not said before the end of the video"):
        spoken(
            vtt((0.0, 1.0, "a" * 40)),
            a_row(voice="test:low", cue_fit="overrun", target_duration_s=1.0),
            tmp_path,
        )


@pytest.mark.parametrize("row", [{"cue_fit": "overrun"}, {"target_duration_s": 2.0}, {}])
def test_a_last_cue_that_fills_its_room_ends_with_the_video(
    row: dict[str, object], tmp_path: Path
) -> None:
    sound = spoken(vtt((0.99, 2.0, "a" * 20)), a_row(voice="test:breath", **row), tmp_path)
    info = read_info(tmp_path / "mix.wav")
    assert info
    assert (sound.frames, info.samples) == (50, 50 * MIX_SAMPLES_PER_FRAME)
    assert sounding(tmp_path)[-1] == pytest.approx((0.99, 1.99), abs=0.003)
    (word,) = load_words(tmp_path / "words.json").words
    assert word.stop_s <= 2.0


def test_each_speaker_has_the_voice_that_the_row_gives_him(tmp_path: Path) -> None:
    text = vtt((0.0, 1.0, "<v Ada>aaaaaaaaaa"), (1.5, 2.5, "BEN: bbbbbbbbbb"), (3.0, 4.0, "cccccc"))
    sound = spoken(text, a_row(voices={"Ben": "test:low", "Eve": "test:low"}), tmp_path)
    assert [cue.voice for cue in fits(tmp_path)] == ["test:high", "test:low", "test:high"]
    above = read_pcm(tmp_path / "mix.wav")[:, 0] > 0
    quarter = MIX_RATE // 4
    starts = [round(at * MIX_RATE) for at in (0.1, 1.6)]
    crossings = [int(np.diff(above[start : start + quarter]).sum()) for start in starts]
    assert crossings == pytest.approx([200, 100], abs=4)
    told = [warning.partition(":")[0] for warning in sound.warnings]
    assert told[:2] == ["speaker_voiceless", "voices_unused"]


def test_a_voice_that_there_is_not_is_told_with_its_speaker(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="The voice of 'Ben': No voice is called 'x:y'"):
        spoken(THREE, a_row(voices={"Ben": "x:y"}), tmp_path)


def test_captions_have_the_scripts_texts_and_times(tmp_path: Path) -> None:
    text = vtt((0.5, 1.0, "<v Ada>aaaaaaaa"), (1.5, 2.5, "bbb\nccc"), (3.0, 4.0, "\u266a"))
    job = a_row()
    sound = spoken(text, job, tmp_path)
    words = load_words(tmp_path / "words.json")
    shown = cues_for(words, sound.frames, job, "vtt")
    assert shown == read_captions(text.encode(), "a.vtt")
    named = cues_for(words, sound.frames, job, "srt")
    assert [cue.lines for cue in named] == [("Ada: aaaaaaaa",), ("bbb", "ccc"), ("\u266a",)]
    assert any(warning.startswith("unspeakable_text") for warning in sound.warnings)


def test_a_translation_in_one_line_is_broken_where_it_is_too_long(tmp_path: Path) -> None:
    long = "aaaa " * 8 + "bbbb " * 4
    job = a_row()
    sound = spoken(vtt((0.0, 5.0, long.strip())), job, tmp_path)
    words = load_words(tmp_path / "words.json")
    (cue,) = cues_for(words, sound.frames, job, "srt")
    assert len(cue.lines) == 2
    assert max(map(len, cue.lines)) <= 42
    assert " ".join(cue.lines) == long.strip()


def test_a_script_in_which_nothing_is_said_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="Nothing of the script can be spoken"):
        spoken(vtt((0.0, 1.0, "\u266a")), a_row(), tmp_path)


def test_a_cue_in_other_letters_is_told_with_its_number(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"Cue 2 at 00:00:02.000: .* is written in Cyrillic letters"):
        spoken(vtt((0.0, 1.0, "aaa"), (2.0, 3.0, "\u0431\u0432\u0433\u0434")), a_row(), tmp_path)


def test_voices_of_speakers_are_asked_for_by_cues_alone() -> None:
    """`rushes check` says of such a row that its `voices` are unused, so no run refuses them."""
    for row in (
        a_job(voices={"Ben": "x:y"}),
        a_job(script=None, script_uri="/a.txt", voices={"Ben": "x:y"}),
    ):
        assert cast_of(row).by_speaker == {}


def test_only_what_is_not_heard_is_cut_at_the_end(tmp_path: Path) -> None:
    def laid(samples: NDArray[np.int32]) -> int:
        with MixWriter(tmp_path / "cue.wav", channels=1) as cue:
            cue.append(samples[:, None])
        with (
            MixWriter(tmp_path / "mix.wav", channels=1) as mix,
            SpeechWriter(tmp_path / "speech.wav") as speech,
        ):
            CueTrack(mix, speech).lay(tmp_path / "cue.wav", 0.0, end=25)
        return len(read_pcm(tmp_path / "mix.wav"))

    loud = np.full(MIX_RATE, 1 << 20, np.int32)
    tail = np.full(MIX_RATE // 5, 1 << 10, np.int32)
    assert laid(np.concatenate([loud, tail])) == MIX_RATE
    with pytest.raises(ValueError, match="heard beyond frame 25"):
        laid(np.concatenate([loud, loud[:4000]]))
