"""Parts tile a picture, at every rate, and begin where chunks do."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.delivery.parts import LONGEST, SHORTEST, part_starts, pieces_shown, plan_parts
from pipeline.delivery.picture.conform import plan_conform
from pipeline.delivery.rates import RATES
from pipeline.nouns import Join, Piece, Reel
from tests.noun_builders import a_take, an_artifact


def a_reel_with_joins(frames: int, joins: tuple[int, ...], bridged: int = 0) -> Reel:
    found = tuple(Join(at=at, bridged_frames=bridged, z_before=0, z_after=0) for at in joins)
    return Reel(take=a_take(frames), pieces=(), joins=found)


def test_a_part_begins_where_a_chunk_or_the_bridge_to_it_does() -> None:
    assert part_starts(a_reel_with_joins(900, (300, 600), 8)) == (0, 296, 596)


def test_a_chunk_that_is_too_short_joins_the_one_before() -> None:
    assert part_starts(a_reel_with_joins(900, (40, 300, 340, 880))) == (0, 300)


def test_a_long_chain_is_cut_every_half_minute() -> None:
    assert part_starts(a_reel_with_joins(2000, ())) == (0, LONGEST, 2 * LONGEST)
    assert part_starts(a_reel_with_joins(LONGEST + SHORTEST - 1, ())) == (0,)


@pytest.mark.laws
@given(
    frames=st.integers(1, 3000),
    joins=st.lists(st.integers(1, 2999), max_size=6, unique=True),
    rate=st.sampled_from(list(RATES.values())),
    method=st.sampled_from(["nearest", "blend"]),
    idle=st.tuples(st.integers(0, 60), st.integers(0, 60)),
)
def test_parts_tile_the_picture_and_show_what_it_shows(
    frames: int, joins: list[int], rate: object, method: object, idle: tuple[int, int]
) -> None:
    before, after = idle
    reel = a_reel_with_joins(frames, tuple(at for at in sorted(joins) if at < frames))
    plan = plan_conform(frames, rate, method)  # type: ignore[arg-type]  # drawn from the tables
    parts = plan_parts(part_starts(reel), plan, before, after)
    assert parts[0].start == 0
    assert parts[-1].stop == before + plan.frames + after
    assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]
    for part in parts:
        shown = range(max(0, part.start - before), min(plan.frames, part.stop - before))
        for index in (shown[0], shown[-1]):
            source, share = plan.source_of(index)
            assert part.shows_from <= source
            assert source + (share > 0) < part.shows_to


def test_the_pieces_of_a_part_are_those_that_it_shows() -> None:
    pieces = tuple(Piece(video=an_artifact(f"{n}"), skip=n, frames=47) for n in range(4))
    reel = replace(a_reel_with_joins(188, ()), pieces=pieces)
    assert list(pieces_shown(reel, 47, 95)) == [(47, pieces[1]), (94, pieces[2])]
    assert list(pieces_shown(reel, 46, 47)) == [(0, pieces[0])]
