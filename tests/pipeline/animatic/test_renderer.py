"""Chunks and segments of a take as frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.animatic.renderer import Animatic, AnimaticChain
from pipeline.nouns import Chunk, Segment
from pipeline.renderer import Chain, TakeFiles
from tests.pipeline.animatic.takes import PHRASE, SEED, a_portrait, some_phones, take_files

FRAMES = 70


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TakeFiles:
    return take_files(tmp_path_factory.mktemp("take"), some_phones(PHRASE * 2), FRAMES)


def a_chain(files: TakeFiles, start: int, stop: int) -> AnimaticChain:
    return Animatic().open(files, Chunk(index=0, start=start, stop=stop), SEED)


def rendered(chain: Chain, segment: Segment) -> NDArray[np.uint8]:
    return np.concatenate(list(chain.render(segment, chain.start())))


def test_the_same_frames_come_from_any_chunk_that_holds_them(files: TakeFiles) -> None:
    first = a_chain(files, 0, 47)
    second = a_chain(files, 20, 60)
    one = rendered(first, first.chunk.segments[0])
    two = rendered(second, second.chunk.segments[0])
    assert one.shape == (47, *a_portrait().shape)
    assert np.array_equal(one[20:], two[:27])


def test_a_segment_has_exactly_its_frames_in_batches_of_at_most_eight(files: TakeFiles) -> None:
    chain = a_chain(files, 0, 60)
    last = chain.chunk.segments[1]
    sizes = [len(batch) for batch in chain.render(last, chain.start())]
    assert sum(sizes) == 13
    assert max(sizes) <= 8


def test_the_state_counts_segments_and_keeps_the_last_two_frames(files: TakeFiles) -> None:
    chain = a_chain(files, 0, 50)
    start = chain.start()
    assert np.array_equal(start.motion, np.stack([a_portrait()] * 2))
    tail = np.full((1, *a_portrait().shape), 9, np.uint8)
    after = chain.after(start, tail)
    assert after.done == 1
    assert np.array_equal(after.motion[0], a_portrait())
    assert np.array_equal(after.motion[1], tail[0])


def test_conditions_are_the_same_for_the_same_work_and_change_with_it(
    files: TakeFiles, tmp_path: Path
) -> None:
    segment = Segment(index=0, start=0, stop=40)
    names = list(PHRASE * 2)
    names[5] = "AA"
    edited = take_files(tmp_path, some_phones(tuple(names)), FRAMES)
    before = a_chain(files, 0, 40).conditions(segment)
    assert before == a_chain(files, 0, 60).conditions(segment)
    assert before != a_chain(edited, 0, 40).conditions(segment)
    assert before != a_chain(files, 0, 40).conditions(Segment(index=0, start=1, stop=40))


def test_an_edit_late_in_the_take_leaves_the_first_segments_conditions(
    files: TakeFiles, tmp_path: Path
) -> None:
    segment = Segment(index=0, start=0, stop=40)
    edited = take_files(tmp_path, some_phones((*PHRASE, *PHRASE[:-1], "AA")), FRAMES)
    assert a_chain(files, 0, 70).conditions(segment) == a_chain(edited, 0, 70).conditions(segment)
