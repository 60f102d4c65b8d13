"""Chunks and segments of a take as frames."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.animatic.renderer import Animatic, AnimaticChain
from pipeline.nouns import Chunk, Segment
from pipeline.renderer import Chain, TakeFiles, rendered_chain
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
    for segment, count in zip(chain.chunk.segments, (47, 3), strict=True):
        drawn = chain.render(segment, start)
        with pytest.raises(ValueError, match="when all its frames"):
            _ = drawn.state
        frames = np.concatenate(list(drawn))
        assert len(frames) == count
        assert drawn.state.done == start.done + 1
        assert np.array_equal(drawn.state.motion, frames[-2:])
        start = drawn.state


def test_a_segment_of_one_frame_keeps_a_motion_frame_of_before(files: TakeFiles) -> None:
    chain = a_chain(files, 0, 48)
    last = chain.chunk.segments[1]
    drawn = chain.render(last, chain.start())
    (frame,) = np.concatenate(list(drawn))
    assert np.array_equal(drawn.state.motion, np.stack([a_portrait(), frame]))


def test_a_chain_is_rendered_segment_after_segment(files: TakeFiles) -> None:
    chain = a_chain(files, 0, 60)
    whole = np.concatenate(list(rendered_chain(chain, chain.chunk.segments)))
    assert np.array_equal(whole, np.concatenate([rendered(chain, s) for s in chain.chunk.segments]))


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
