"""Frames are read once for all; what fails ends what it must and no more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from pipeline.delivery.fan_out import WAITING, SourceEnded, fan_out
from pipeline.renderer import Frames


def a_batch(number: int) -> Frames:
    return np.full((1, 2, 2, 3), number, np.uint8)


def numbers(frames: Iterator[Frames]) -> list[int]:
    return [int(batch[0, 0, 0, 0]) for batch in frames]


def test_every_reader_sees_every_frame_and_the_stream_is_read_once() -> None:
    read = []

    def stream() -> Iterator[Frames]:
        for number in range(50):
            read.append(number)
            yield a_batch(number)

    made = fan_out(stream(), [numbers] * 10)
    assert [each.result() for each in made] == [list(range(50))] * 10
    assert read == list(range(50))


def test_a_reader_that_fails_costs_no_other() -> None:
    def failing(frames: Iterator[Frames]) -> list[int]:
        next(frames)
        raise LookupError("no more")

    first, second, third = fan_out(map(a_batch, range(50)), [numbers, failing, numbers])
    assert first.result() == third.result() == list(range(50))
    assert isinstance(second.exception(), LookupError)


def test_a_stream_that_breaks_ends_its_readers_and_is_raised() -> None:
    ended = []

    def reader(frames: Iterator[Frames]) -> None:
        try:
            numbers(frames)
        except SourceEnded:
            ended.append(True)
            raise

    def breaking() -> Iterator[Frames]:
        yield a_batch(1)
        raise LookupError("damaged")

    with pytest.raises(LookupError, match="damaged"):
        fan_out(breaking(), [reader, reader])
    assert ended == [True, True]


def test_nobody_is_far_ahead_of_the_slowest() -> None:
    """Memory does not grow with the length of a video."""
    given, furthest = [0], [0]

    def stream() -> Iterator[Frames]:
        for number in range(200):
            given[0] = number
            yield a_batch(number % 256)

    def slow(frames: Iterator[Frames]) -> None:
        for number, _ in enumerate(frames):
            furthest[0] = max(furthest[0], given[0] - number)

    fan_out(stream(), [slow, numbers])
    assert furthest[0] <= WAITING + 2


def test_a_stream_that_nobody_needs_is_not_read_to_its_end() -> None:
    read = []

    def stream() -> Iterator[Frames]:
        for number in range(10_000):
            read.append(number)
            yield a_batch(0)

    def first(frames: Iterator[Frames]) -> None:
        next(frames)

    fan_out(stream(), [first])
    assert len(read) < 10_000
