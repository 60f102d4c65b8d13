"""What retakes draw and what is seen of it, against the same told frame by frame."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.nouns.lines import START, Lines, Retake, changing, lines_of, new_drawings, retaken

EDGES = (10, 20, 30, 40, 50, 57)
"""Of a chunk of five segments, the last one shorter."""

SEED = 1

RETAKES = st.lists(
    st.tuples(st.integers(0, 60), st.none() | st.integers(1, 40), st.integers(1, 4)).map(
        lambda drawn: Retake(
            at=drawn[0], seed=drawn[2], to=None if drawn[1] is None else drawn[0] + drawn[1]
        )
    ),
    max_size=5,
).map(tuple)

Seeds = tuple[int, ...]
"""The seed of a drawing behind those of all that it goes back to: what names it."""


def seeds_seen(retakes: tuple[Retake, ...], frame: int) -> Seeds:
    """What is seen at a frame, told backwards: of the last retake that holds it, else of those
    before; a retake goes on from what was seen before its first segment."""
    segment = max(index for index, edge in enumerate(EDGES[:-1]) if edge <= frame)
    return seeds_of(retakes, segment, frame)


def seeds_of(retakes: tuple[Retake, ...], segment: int, frame: int) -> Seeds:
    if not retakes:
        return (SEED,) * (segment + 1)
    *others, last = retakes
    before = tuple(others)
    first = next((i for i, stop in enumerate(EDGES[1:]) if stop > last.at), len(EDGES))
    if segment < first or (last.to is not None and frame >= last.to):
        return seeds_of(before, segment, frame)
    root = seeds_of(before, first - 1, EDGES[first] - 1) if first else ()
    return (*root, *(last.seed,) * (segment + 1 - first))


def seeds_drawn(lines: Lines, number: int) -> Seeds:
    if number == START:
        return ()
    drawing = lines.drawings[number]
    return (*seeds_drawn(lines, drawing.before), drawing.seed)


def seen_by_frame(lines: Lines) -> dict[int, Seeds]:
    return {
        frame: seeds_drawn(lines, each.drawing)
        for each in lines.seen
        for frame in range(each.start, each.stop)
    }


@given(RETAKES)
def test_each_frame_is_seen_of_the_last_retake_that_holds_it(retakes: tuple[Retake, ...]) -> None:
    seen = seen_by_frame(lines_of(EDGES, SEED, retakes))
    assert list(seen) == list(range(10, 57))
    assert seen == {frame: seeds_seen(retakes, frame) for frame in range(10, 57)}


@given(RETAKES)
def test_each_drawing_comes_behind_what_it_goes_on_from_and_is_needed(
    retakes: tuple[Retake, ...],
) -> None:
    lines = lines_of(EDGES, SEED, retakes)
    needed = {each.drawing for each in lines.seen}
    for number, drawing in reversed([*enumerate(lines.drawings)]):
        assert drawing.before < number
        before = lines.drawings[drawing.before].index if drawing.before != START else -1
        assert before == drawing.index - 1
        assert number in needed
        needed.add(drawing.before)
    ends = [lines.drawings[number].index for number in lines.last]
    assert ends == list(range(5))


@given(RETAKES)
def test_without_an_end_a_retake_draws_each_segment_once_and_has_no_seam(
    retakes: tuple[Retake, ...],
) -> None:
    endless = tuple(Retake(at=each.at, seed=each.seed) for each in retakes)
    lines = lines_of(EDGES, SEED, endless)
    order = [drawing.index for drawing in lines.drawings]
    if all(one.at <= two.at for one, two in pairwise(endless)):
        assert order == list(range(5))
    assert not lines.seams
    assert not lines.heads


@given(RETAKES)
def test_where_what_is_seen_does_not_go_on_there_is_a_seam(retakes: tuple[Retake, ...]) -> None:
    lines = lines_of(EDGES, SEED, retakes)
    seen = seen_by_frame(lines)
    for at in range(11, 57):
        earlier, now = seen[at - 1], seen[at]
        goes_on = now[:-1] == earlier if at in EDGES else now == earlier
        # an endless retake that begins where another one ended goes on from that one
        assert goes_on or at in lines.seams
    assert all(EDGES[0] < at < EDGES[-1] for at in lines.seams)


@given(RETAKES, st.integers(10, 50), st.integers(1, 30))
def test_a_retake_that_ends_leaves_all_outside_as_it_was(
    retakes: tuple[Retake, ...], at: int, length: int
) -> None:
    retake = Retake(at=at, seed=9, to=at + length)
    before = seen_by_frame(lines_of(EDGES, SEED, retakes))
    now = seen_by_frame(lines_of(EDGES, SEED, retaken(retakes, retake)))
    begin = max(edge for edge in EDGES if edge <= at)
    for frame, seeds in now.items():
        assert (seeds[-1] == 9) == (begin <= frame < at + length)
        if seeds[-1] != 9:
            assert seeds == before[frame]


@given(RETAKES)
def test_retakes_that_are_covered_by_the_next_one_may_be_left_out(
    retakes: tuple[Retake, ...],
) -> None:
    kept: tuple[Retake, ...] = ()
    for retake in retakes:
        kept = retaken(kept, retake)
        assert retaken(kept, retake) == kept
    assert seen_by_frame(lines_of(EDGES, SEED, kept)) == seen_by_frame(
        lines_of(EDGES, SEED, retakes)
    )


@given(RETAKES)
def test_retakes_that_change_nothing_may_be_left_out(retakes: tuple[Retake, ...]) -> None:
    kept = changing(retakes, SEED)
    assert seen_by_frame(lines_of(EDGES, SEED, kept)) == seen_by_frame(
        lines_of(EDGES, SEED, retakes)
    )
    assert not new_drawings(lines_of(EDGES, SEED, kept), lines_of(EDGES, SEED, retakes))


def test_only_segments_between_are_drawn_and_the_one_that_holds_the_end_twice() -> None:
    plain = lines_of(EDGES, SEED, ())
    lines = lines_of(EDGES, SEED, (Retake(at=23, seed=2, to=35),))
    assert new_drawings(plain, lines) == 2
    assert [(each.start, each.stop, each.drawing) for each in lines.seen] == [
        (10, 20, 0), (20, 30, 5), (30, 35, 6), (35, 40, 2), (40, 50, 3), (50, 57, 4)
    ]  # fmt: skip
    assert lines.seams == (20, 35)
    assert [each.drawing for each in lines.heads] == [6]
    assert lines.drawings[5].before == 0
    assert lines.drawings[3].before == 2


def test_a_retake_to_the_end_of_a_later_one_needs_nothing_that_it_covers() -> None:
    lines = lines_of(EDGES, SEED, (Retake(at=23, seed=2, to=35), Retake(at=15, seed=3)))
    assert [drawing.seed for drawing in lines.drawings] == [3] * 5
    assert (
        lines_of(EDGES, SEED, (Retake(at=57, seed=3),)).drawings
        == lines_of(EDGES, SEED, ()).drawings
    )
    assert lines_of(EDGES, SEED, (Retake(at=2, seed=3, to=10),)) == lines_of(EDGES, SEED, ())
