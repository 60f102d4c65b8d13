from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from pipeline.media.sound.vad import DEFAULT, HOP, islands, spans_of, speech_spans
from pipeline.media.sound.wav import SpeechWriter, read_speech
from pipeline.media.voice.speech import Spoken
from pipeline.nouns import Span
from tests.spoken import spoken_in_english

RATE = 16_000
SCRIPT = "Good evening and welcome. Tomorrow morning all the videos will be here.\n\nGood night."


def write(path: Path, *parts: NDArray[np.float32]) -> Path:
    with SpeechWriter(path) as file:
        for part in parts:
            file.append_speech(part)
    return path


def silence(length_s: float) -> NDArray[np.float32]:
    return np.zeros(round(length_s * RATE), np.float32)


def noise(length_s: float, level: float = 0.05) -> NDArray[np.float32]:
    draw = np.random.Generator(np.random.Philox(7))
    return (level * draw.standard_normal(round(length_s * RATE))).astype(np.float32)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Spoken, Path]:
    folder = tmp_path_factory.mktemp("spoken")
    speech = folder / "speech.wav"
    return spoken_in_english(SCRIPT, speech=speech), speech


def gaps(spans: tuple[Span, ...]) -> list[tuple[float, float]]:
    return [(a.stop_s, b.start_s) for a, b in pairwise(spans)]


def test_pauses_between_sentences_are_found_where_they_are(spoken: tuple[Spoken, Path]) -> None:
    sentences, found = spoken[0].sentences, speech_spans(spoken[1])
    for before, after in pairwise(sentences):
        stop_s, start_s = min(gaps(found), key=lambda gap: abs(gap[0] - before.stop_s))
        assert stop_s == pytest.approx(before.stop_s, abs=0.08)
        assert start_s == pytest.approx(after.start_s, abs=0.08)
        assert start_s - stop_s >= 0.3  # a take may be cut there
    assert found[0].start_s == pytest.approx(sentences[0].start_s, abs=0.08)
    assert found[-1].stop_s == pytest.approx(sentences[-1].stop_s, abs=0.08)


def test_speech_is_found_in_noise(spoken: tuple[Spoken, Path], tmp_path: Path) -> None:
    clean = read_speech(spoken[1])
    noisy = write(tmp_path / "noisy.wav", clean + noise(len(clean) / RATE, level=0.005))
    covered = sum(span.stop_s - span.start_s for span in speech_spans(noisy))
    said = sum(sentence.stop_s - sentence.start_s for sentence in spoken[0].sentences)
    assert covered == pytest.approx(said, rel=0.08)  # 3.9 % more was measured


@pytest.mark.parametrize(
    "sound",
    [
        pytest.param(noise(10), id="hiss"),
        pytest.param(noise(10, level=0.4), id="loud hiss"),
        pytest.param(0.3 * np.sin(np.arange(10 * RATE) * 0.02, dtype=np.float32), id="hum"),
        pytest.param(silence(10), id="silence"),
        pytest.param(silence(0), id="nothing"),
    ],
)
def test_where_nobody_speaks_there_is_no_span(sound: NDArray[np.float32], tmp_path: Path) -> None:
    assert speech_spans(write(tmp_path / "sound.wav", sound)) == ()


def test_a_change_before_a_silence_leaves_the_spans_behind_it(
    spoken: tuple[Spoken, Path], tmp_path: Path
) -> None:
    speech = read_speech(spoken[1])
    start_s = spoken[0].sentences[1].start_s
    tail = speech[round((start_s - 0.2) * RATE) :]
    plain = speech_spans(write(tmp_path / "plain.wav", silence(1), tail))
    moved = speech_spans(write(tmp_path / "moved.wav", speech[: 2 * RATE], silence(1), tail))
    assert plain
    assert moved[-len(plain) :] == tuple(
        Span(
            start_s=pytest.approx(span.start_s + 2.0, abs=1e-9),
            stop_s=pytest.approx(span.stop_s + 2.0, abs=1e-9),
        )
        for span in plain
    )


def test_blocks_of_a_long_file_join_without_a_trace(
    spoken: tuple[Spoken, Path], tmp_path: Path
) -> None:
    speech = read_speech(spoken[1]) + noise(len(read_speech(spoken[1])) / RATE, level=1e-3)
    filled = noise(32.0 - 2.0, level=1e-3)  # the block of 32 s ends within the first sentences
    late = speech_spans(write(tmp_path / "late.wav", filled, speech))
    lead = filled[: 5 * 15 * HOP]
    early = speech_spans(write(tmp_path / "early.wav", lead, speech))
    shift_s = (len(filled) - len(lead)) / RATE
    assert len(late) == len(early)
    for one, other in zip(late, early, strict=True):
        assert one.start_s - shift_s == pytest.approx(other.start_s, abs=0.07)
        assert one.stop_s - shift_s == pytest.approx(other.stop_s, abs=0.07)


def test_islands_are_parted_by_long_silence_only(tmp_path: Path) -> None:
    parts = [silence(1), noise(1), silence(0.16), noise(1), silence(0.5), noise(0.5), silence(1)]
    path = write(tmp_path / "parts.wav", *parts)
    found = [(start / RATE, stop / RATE) for start, stop in islands(path)]
    assert found == [(0.8, 3.36), (3.44, 4.36)]


@given(st.lists(st.floats(0, 1, width=32), max_size=200))
def test_spans_are_in_order_apart_and_long_enough(chances: list[float]) -> None:
    found = list(spans_of(np.array(chances, np.float32), DEFAULT))
    for span in found:
        assert span.stop_s - span.start_s >= DEFAULT.shortest_speech_s
    for before, after in pairwise(found):
        assert after.start_s - before.stop_s >= DEFAULT.shortest_silence_s - DEFAULT.pad_s
