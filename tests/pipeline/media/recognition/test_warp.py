"""Laws of time warping: what one voice says when, found again in another's time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.shapes import SPEECH_RATE
from pipeline.media.recognition.cepstra import (
    CEPSTRA_PER_S,
    COUNT,
    Sounds,
    cepstra_of,
    standardised,
)
from pipeline.media.recognition.long_warp import Speech, ties_of, warp_speech
from pipeline.media.recognition.quiet import levels_db, quiet_spans, sounding_parts, within_sound
from pipeline.media.recognition.warp import NOTHING, warped, warping_is_here
from pipeline.nouns import Span
from tests.sound_builders import syllables

pytestmark = pytest.mark.skipif(not warping_is_here(), reason="no dtaidistance on Linux aarch64")

SEEDS = st.integers(0, 10_000)


def sounds(steps: int, seed: int) -> Sounds:
    """Sounds of 40 to 200 ms, each unlike the next."""
    draw = np.random.default_rng(seed)
    lengths = draw.integers(4, 20, size=steps)
    columns = np.repeat(draw.normal(size=(steps, COUNT)), lengths, axis=0)[:steps]
    columns += draw.normal(size=columns.shape) * 0.1
    return standardised(columns, np.ones(steps, np.bool_))


def stretched(whole: Sounds, seed: int) -> tuple[Sounds, list[tuple[float, float]]]:
    """Pieces of 0.4 s, each by up to a quarter longer or shorter; which moments go together."""
    draw = np.random.default_rng(seed)
    rows: list[int] = []
    together = []
    for first in range(0, len(whole), 40):
        piece = np.arange(first, min(first + 40, len(whole)))
        together.append((first / CEPSTRA_PER_S, len(rows) / CEPSTRA_PER_S))
        length = max(1, round(len(piece) * draw.uniform(0.75, 1.25)))
        rows += piece[np.linspace(0, len(piece) - 1, length).round().astype(int)].tolist()
    return picked(whole, rows), together


def picked(whole: Sounds, rows: Sequence[int]) -> Sounds:
    return Sounds(columns=whole.columns[list(rows)], sounding=whole.sounding[list(rows)])


@given(st.integers(2, 200), st.integers(2, 200), SEEDS)
def test_a_path_goes_from_end_to_end_and_never_back(voice: int, recording: int, seed: int) -> None:
    path = warped(sounds(voice, seed), sounds(recording, seed + 1)).path
    assert path[0].tolist() == [0, 0]
    assert path[-1].tolist() == [voice - 1, recording - 1]
    steps = np.diff(path, axis=0)
    assert steps.min() >= 0
    assert steps.max() <= 1
    assert steps.sum(axis=1).min() >= 1


@given(st.integers(2, 300), SEEDS)
def test_speech_warps_to_itself_at_no_cost(steps: int, seed: int) -> None:
    columns = sounds(steps, seed)
    warp = warped(columns, columns)
    assert warp.cost == 0
    for time_s in (0.0, 0.5, steps / CEPSTRA_PER_S, steps / CEPSTRA_PER_S + 1):
        assert warp.when(time_s) == pytest.approx(time_s, abs=1e-9)


@given(st.integers(2, 200), st.integers(2, 200), SEEDS)
def test_later_moments_are_later_and_none_is_before_the_beginning(
    voice: int, recording: int, seed: int
) -> None:
    warp = warped(sounds(voice, seed), sounds(recording, seed + 1))
    times = [warp.when(time_s) for time_s in np.linspace(-0.1, voice / CEPSTRA_PER_S + 0.1, 97)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= recording / CEPSTRA_PER_S + 0.11


@given(SEEDS)
def test_a_copy_stretched_piece_by_piece_is_found_again(seed: int) -> None:
    columns = sounds(400, seed)
    copy, together = stretched(columns, seed + 1)
    warp = warped(columns, copy)
    away_s = [abs(warp.when(here_s) - there_s) for here_s, there_s in together]
    assert float(np.median(away_s)) <= 0.02
    assert warp.cost < 1


def test_other_sounds_cost_more_than_the_same_ones_stretched() -> None:
    columns = sounds(300, 1)
    same = warped(columns, stretched(columns, 2)[0])
    other = warped(columns, sounds(300, 3))
    assert other.cost > 5 * same.cost


def test_with_an_open_end_the_voice_goes_on_behind_the_recording() -> None:
    columns = sounds(300, 4)
    path = warped(columns, picked(columns, range(180)), open_end=True).path
    assert path[-1].tolist() == [179, 179]


def test_an_empty_path_costs_nothing() -> None:
    assert NOTHING.cost == 0


def test_cepstra_are_100_a_second_and_know_no_loudness() -> None:
    samples = syllables(12, seed=1)
    columns = cepstra_of(samples)
    assert columns.shape == (-(-len(samples) // 160), COUNT)
    every = np.ones(len(columns), np.bool_)
    louder = standardised(cepstra_of(samples * 2), every)
    assert np.abs(louder.columns - standardised(columns, every).columns).mean() < 0.02


def speech_of(samples: np.ndarray) -> Speech:
    def read(start_s: float, stop_s: float) -> np.ndarray:
        return samples[round(start_s * SPEECH_RATE) : round(stop_s * SPEECH_RATE)]

    quiet = quiet_spans(levels_db(samples))
    return Speech(read=read, length_s=len(samples) / SPEECH_RATE, quiet=quiet)


def test_a_voice_of_another_throat_and_pace_is_followed_over_ties_in_the_pauses() -> None:
    voice, recording = (
        syllables(330, seed=7, pace=pace, throat=throat)
        for pace, throat in ((1.0, 1.0), (1.2, 1.1))
    )
    given_s, asked_s = len(voice) / SPEECH_RATE, len(recording) / SPEECH_RATE
    assert asked_s > 60
    ties = list(ties_of(speech_of(voice), speech_of(recording)))
    assert ties == sorted(ties)
    assert len(ties) > 3
    warp = warp_speech(speech_of(voice), speech_of(recording))
    assert warp is not None
    times_s = np.linspace(0.5, given_s - 0.5, 200)
    away_s = [abs(warp.when(each) - each * asked_s / given_s) for each in times_s]
    assert float(np.percentile(away_s, 95)) < 0.08


def test_speech_far_too_long_for_a_recording_is_not_warped() -> None:
    samples = syllables(60, seed=8)
    short = samples[: len(samples) // 8]
    assert warp_speech(speech_of(samples), speech_of(short)) is None
    assert warp_speech(speech_of(short), speech_of(samples)) is None


def test_quiet_is_where_the_sound_is_far_below_its_loud_parts() -> None:
    tone = np.sin(np.arange(SPEECH_RATE) / 8).astype(np.float32) / 4
    hush = np.zeros(SPEECH_RATE // 2, np.float32)
    found = quiet_spans(levels_db(np.concatenate([hush, tone, hush, tone])))
    assert [round(each.start_s, 1) for each in found] == [0.0, 1.5]
    assert [round(each.stop_s, 1) for each in found] == [0.5, 2.0]
    assert quiet_spans(levels_db(np.empty(0, np.float32))) == ()


QUIET = (
    Span(start_s=0.0, stop_s=0.5),
    Span(start_s=1.0, stop_s=1.4),
    Span(start_s=2.0, stop_s=3.0),
)


@pytest.mark.parametrize(
    ("span", "left"),
    [
        ((0.2, 0.8), (0.5, 0.8)),
        ((0.6, 1.2), (0.6, 1.0)),
        ((0.97, 1.8), (1.4, 1.8)),
        ((0.6, 1.43), (0.6, 1.0)),
        ((0.6, 1.8), (0.6, 1.8)),
        ((0.5, 1.0), (0.5, 1.0)),
        ((2.2, 2.8), (2.2, 2.8)),
    ],
)
def test_a_word_begins_and_ends_with_its_sound(
    span: tuple[float, float], left: tuple[float, float]
) -> None:
    assert within_sound(Span(start_s=span[0], stop_s=span[1]), QUIET) == Span(
        start_s=left[0], stop_s=left[1]
    )


@given(st.lists(st.floats(0, 4), min_size=2, max_size=2, unique=True))
def test_what_is_left_of_a_span_lies_in_it_and_sounds(edges: list[float]) -> None:
    span = Span(start_s=min(edges), stop_s=max(edges))
    for part in sounding_parts(span, QUIET):
        assert span.start_s <= part.start_s < part.stop_s <= span.stop_s
        assert not any(q.start_s < part.stop_s and part.start_s < q.stop_s for q in QUIET)
