"""The pure parts of stitching: trimming pieces, and the room that a bridge has."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.nouns import Piece, Span
from pipeline.stitch import LONGEST_BRIDGE, bridge_room, trim_end, trim_start
from tests.noun_builders import an_artifact

lengths = st.lists(st.integers(1, 47), min_size=1, max_size=6)


def pieces(sizes: list[int]) -> list[Piece]:
    return [Piece(video=an_artifact(str(i)), skip=0, frames=n) for i, n in enumerate(sizes)]


def shown(strung: list[Piece]) -> list[tuple[str, int]]:
    """Every frame that plays: which file, which frame of it."""
    return [(p.video.uri, p.skip + k) for p in strung for k in range(p.frames)]


@given(lengths, st.data())
def test_trimming_drops_exactly_one_end(sizes: list[int], data: st.DataObject) -> None:
    count = data.draw(st.integers(0, sum(sizes)))
    whole = shown(pieces(sizes))
    assert shown(trim_end(pieces(sizes), count)) == whole[: len(whole) - count]
    assert shown(trim_start(pieces(sizes), count)) == whole[count:]


@given(lengths, st.data())
def test_what_is_trimmed_twice_is_trimmed_by_the_sum(sizes: list[int], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, sum(sizes)))
    second = data.draw(st.integers(0, sum(sizes)))
    for trim in (trim_end, trim_start):
        assert trim(trim(pieces(sizes), first), second) == trim(pieces(sizes), first + second)


def test_a_bridge_stays_inside_the_pause() -> None:
    spans = (Span(start_s=0.0, stop_s=3.8), Span(start_s=4.4, stop_s=8.0))
    assert bridge_room(100, spans) == 5
    assert bridge_room(98, spans) == 3


def test_there_is_no_bridge_inside_speech() -> None:
    assert bridge_room(100, (Span(start_s=0.0, stop_s=8.0),)) == 0
    later = (Span(start_s=0.0, stop_s=4.2), Span(start_s=5.0, stop_s=8.0))
    assert bridge_room(100, later) == 0  # also where a pause comes behind
    assert bridge_room(100, later[1:]) == 6


def test_before_the_first_word_and_behind_the_last_there_is_room_too() -> None:
    late = (Span(start_s=2.0, stop_s=8.0),)
    assert bridge_room(25, late) == 6
    assert bridge_room(3, late) == 3
    assert bridge_room(50, late) == 0
    assert bridge_room(203, late) == 0


def test_a_join_where_speech_begins_or_ends_has_no_room() -> None:
    spans = (Span(start_s=0.0, stop_s=4.0), Span(start_s=5.0, stop_s=8.0))
    assert bridge_room(100, spans) == 0
    assert bridge_room(125, spans) == 0
    assert bridge_room(112, spans) == LONGEST_BRIDGE == 6
    third = (*spans, Span(start_s=9.0, stop_s=10.0))
    assert [bridge_room(at, third) for at in (125, 200, 212, 225, 250)] == [0, 0, 6, 0, 0]
