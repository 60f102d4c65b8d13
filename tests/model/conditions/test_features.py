"""What frames and segments hear, against what the original computed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from model.conditions.features import (
    NOTHING,
    ChainSpeech,
    FeatureSamples,
    SpeechFeatures,
    TensorRows,
    frame_windows,
)
from model.conditions.logmel import LogMelFeatures
from model.conditions.speech import Sound
from tests.golden_tensors import golden


@dataclass
class Counting:
    """An encoder whose features are each frame's own number, and that counts its calls."""

    blocks: int = 1
    channels: int = 1
    calls: int = 0
    reach: int | None = None

    def encode(self, sound: Sound, silence: int = 0) -> Tensor:
        self.calls += 1
        numbers = np.concatenate([sound[::640], np.full(silence, -1.0, np.float32)])
        return torch.from_numpy(numbers)[:, None, None]


def numbered(frames: int) -> tuple[SpeechFeatures, Counting]:
    sound, encoder = np.repeat(np.arange(frames, dtype=np.float32), 640), Counting()
    return SpeechFeatures(lambda start, stop: sound[start:stop], frames, encoder), encoder


def test_windows_equal_the_original() -> None:
    wanted = golden("audio_face")
    take = TensorRows(wanted["wav2vec_features"])
    assert torch.equal(frame_windows(take, 0, take.count), wanted["windows"])


@pytest.mark.parametrize("segment", [0, 1])
def test_segments_equal_the_original(segment: int) -> None:
    wanted = golden("audio_face")
    take = TensorRows(wanted["wav2vec_features"])
    heard = ChainSpeech(take=take, start=0, stop=take.count, segment_frames=17)
    assert torch.equal(heard.segment(segment), wanted[f"segment.{segment}.audio"])


@pytest.mark.parametrize("segment", [0, 1])
def test_the_segments_of_the_chain_equal_the_original(segment: int) -> None:
    wanted = golden("chain_two_segments")
    take = TensorRows(wanted["wav2vec_features"])
    heard = ChainSpeech(take=take, start=0, stop=take.count, segment_frames=17)
    assert torch.equal(heard.segment(segment)[None], wanted[f"sample.{segment}.audio_emb"])


def test_a_chain_in_the_middle_hears_its_neighbours() -> None:
    take, _ = numbered(400)
    heard = ChainSpeech(take=take, start=100, stop=200)
    first, second = heard.segment(0).flatten(1), heard.segment(1).flatten(1)
    assert first[:2].abs().max() == 0
    assert first[2].tolist() == [98, 99, 100, 101, 102]
    assert second[:2].tolist() == first[-2:].tolist()


def test_a_segment_behind_the_chain_is_refused() -> None:
    take, _ = numbered(100)
    with pytest.raises(IndexError, match="segment 2"):
        ChainSpeech(take=take, start=0, stop=94).segment(2)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 2500), st.data())
def test_rows_are_the_same_from_whichever_range_they_are_read(
    frames: int, data: st.DataObject
) -> None:
    take, _ = numbered(frames)
    start = data.draw(st.integers(0, take.count - 1))
    stop = data.draw(st.integers(start + 1, take.count))
    wanted = [float(row) if row < frames else -1.0 for row in range(start, stop)]
    assert take.rows(start, stop).flatten().tolist() == wanted


def test_segments_in_order_compute_each_window_once_and_keep_two() -> None:
    frames = 4000
    take, encoder = numbered(frames)
    heard = ChainSpeech(take=take, start=0, stop=frames)
    for segment in range(-(-frames // 47)):
        heard.segment(segment)
    assert encoder.calls == 6
    assert len(take._recent) == 2


def test_a_segment_tells_which_rows_it_hears() -> None:
    take, _ = numbered(400)
    rows = ChainSpeech(take=take, start=0, stop=60).rows(1)
    assert rows[0].tolist() == [43, 44, 45, 46, 47]
    assert rows[-1].tolist() == rows[14].tolist() == [57, 58, 59, 60, 61]
    assert (ChainSpeech(take=take, start=0, stop=60).rows(0)[:2] == NOTHING).all()


def test_a_network_that_attends_hears_whole_windows_with_their_silence() -> None:
    take, _ = numbered(1600)
    assert take.hearings(740, 760) == (
        FeatureSamples(start=0, stop=800 * 640, before=740 * 640, rows=10, silence=0),
        FeatureSamples(start=700 * 640, stop=1550 * 640, before=50 * 640, rows=10, silence=0),
    )
    assert [part.silence for part in take.hearings(1600, 1617)] == [17]


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 1700), st.sampled_from([1, 2, 4, 8, 128]), st.integers(0, 2), st.data())
def test_rows_depend_on_nothing_but_what_they_hear(
    frames: int, blocks: int, ahead: int, data: st.DataObject
) -> None:
    encoder = LogMelFeatures(blocks, 4, ahead)
    sound = np.random.default_rng(frames).normal(size=frames * 640).astype(np.float32)
    count = SpeechFeatures(lambda a, b: sound[a:b], frames, encoder).count
    start = data.draw(st.integers(0, count - 1))
    stop = data.draw(st.integers(start + 1, min(start + 60, count)))

    def rows(speech: Sound) -> Tensor:
        take = SpeechFeatures(lambda a, b: speech[a:b], frames, encoder)
        return take.rows(start, stop)

    take = SpeechFeatures(lambda a, b: sound[a:b], frames, encoder)
    unheard = np.ones(len(sound), bool)
    for part in take.hearings(start, stop):
        unheard[part.start : part.stop] = False
    torch.testing.assert_close(rows(np.where(unheard, 0, sound)), rows(sound))
    assert sum(part.rows for part in take.hearings(start, stop)) == stop - start
