"""Laws of cutting: chunks tile, fall in pauses, count their waste, and stay local under edits."""

from __future__ import annotations

from itertools import accumulate, pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from model.shapes import FPS, NEW_FRAMES
from pipeline.cutting.cuts import (
    SplitParams,
    anchors_of,
    chunks_of,
    pauses_of,
    plan_chunks,
)
from pipeline.cutting.deadline import cut_for_deadline
from pipeline.nouns import Chunk, Span
from pipeline.words import Word, Words

PARAMS = SplitParams()


def spans_from(words: list[tuple[int, int]]) -> tuple[tuple[Span, ...], int]:
    """Spans of (speech frames, pause frames) pairs, and the take's length."""
    spans, at = [], 5
    for speech, pause in words:
        spans.append(Span(start_s=at / FPS, stop_s=(at + speech) / FPS))
        at += speech + pause
    return tuple(spans), at


def cut(spans: tuple[Span, ...], frames: int) -> tuple[Chunk, ...]:
    return chunks_of(frames, pauses_of(spans, frames, PARAMS.silence_s), PARAMS)


sentences = st.lists(st.tuples(st.integers(10, 200), st.integers(2, 40)), min_size=1, max_size=120)


talks = st.lists(st.tuples(st.integers(20, 200), st.integers(15, 40)), min_size=30, max_size=60)
"""Long enough for an anchor: there a cut stands whatever is edited elsewhere."""


@given(sentences)
def test_chunks_tile_the_take_exactly(words: list[tuple[int, int]]) -> None:
    spans, frames = spans_from(words)
    chunks = cut(spans, frames)
    assert chunks[0].start == 0
    assert chunks[-1].stop == frames
    assert all(a.stop == b.start for a, b in pairwise(chunks))
    assert all(chunk.frames > 0 for chunk in chunks)
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))


@given(sentences)
def test_segments_tile_their_chunk(words: list[tuple[int, int]]) -> None:
    spans, frames = spans_from(words)
    for chunk in cut(spans, frames):
        assert chunk.segments[0].start == chunk.start
        assert chunk.segments[-1].stop == chunk.stop
        assert len(chunk.segments) == chunk.cost == -(-chunk.frames // NEW_FRAMES)


@given(sentences)
def test_cuts_fall_in_pauses_that_are_long_enough(words: list[tuple[int, int]]) -> None:
    spans, frames = spans_from(words)
    for chunk in cut(spans, frames)[1:]:
        at_s = chunk.start / FPS
        around = [(a.stop_s, b.start_s) for a, b in pairwise(spans) if a.stop_s < at_s < b.start_s]
        assert len(around) == 1
        assert around[0][1] - around[0][0] >= PARAMS.silence_s - 1e-9


@given(sentences)
def test_no_chunk_is_too_long_where_a_pause_could_be_cut(words: list[tuple[int, int]]) -> None:
    spans, frames = spans_from(words)
    pauses = pauses_of(spans, frames, PARAMS.silence_s)
    shortest = PARAMS.shortest_s * FPS
    for chunk in cut(spans, frames):
        if chunk.frames > PARAMS.longest_s * FPS:
            inside = [p for p in pauses if chunk.start + shortest <= p.first]
            assert not [p for p in inside if p.last <= chunk.stop - shortest]


@given(talks, sentences, sentences, st.integers(0, 50))
def test_an_edit_leaves_the_cuts_beyond_the_next_anchor_alone(
    head: list[tuple[int, int]],
    old: list[tuple[int, int]],
    tail: list[tuple[int, int]],
    more: int,
) -> None:
    new = [(speech + more, pause) for speech, pause in old]
    before, before_frames = spans_from(head + old + tail)
    after, after_frames = spans_from(head + new + tail)
    edit_start = round(before[len(head)].start_s * FPS)
    pauses = pauses_of(before, before_frames, PARAMS.silence_s)
    safe = edit_start - PARAMS.window_s * FPS - 40
    anchors = [a.middle for a in anchors_of(pauses, PARAMS.window_s) if a.middle < safe]
    shortest = PARAMS.shortest_s * FPS
    anchors = [a for a in anchors if a >= shortest]
    assume(anchors)
    cuts_before = [c.start for c in cut(before, before_frames)]
    cuts_after = [c.start for c in cut(after, after_frames)]
    assert [c for c in cuts_before if c <= anchors[-1]] == [
        c for c in cuts_after if c <= anchors[-1]
    ]


@given(sentences, talks, st.integers(1, 200))
def test_cuts_behind_an_inserted_sentence_only_shift(
    head: list[tuple[int, int]], tail: list[tuple[int, int]], frames: int
) -> None:
    before, before_frames = spans_from(head + tail)
    after, after_frames = spans_from([*head, (frames, 10), *tail])
    shift = after_frames - before_frames
    edit = round(before[len(head) - 1].stop_s * FPS)
    pauses = pauses_of(before, before_frames, PARAMS.silence_s)
    safe = edit + PARAMS.window_s * FPS + 40
    last = before_frames - PARAMS.shortest_s * FPS
    anchors = [a.middle for a in anchors_of(pauses, PARAMS.window_s) if safe < a.middle <= last]
    assume(anchors)
    cuts_before = [c.start + shift for c in cut(before, before_frames)]
    cuts_after = [c.start for c in cut(after, after_frames)]
    first = anchors[0] + shift
    assert [c for c in cuts_before if c >= first] == [c for c in cuts_after if c >= first]


def test_the_waste_of_an_hour_is_counted_and_small() -> None:
    words = [(40 + (index * 37) % 90, 8 + (index * 11) % 13) for index in range(1000)]
    spans, frames = spans_from(words)
    chunks = cut(spans, frames)
    rendered = sum(chunk.cost for chunk in chunks) * NEW_FRAMES
    waste = rendered / frames - 1
    assert 0.034 < waste < 0.036, "3.53 %; it is 3.8 % where cuts do not mind segments half used"


def test_speech_without_a_pause_stays_one_chunk() -> None:
    spans = (Span(start_s=0.0, stop_s=100.0),)
    assert len(cut(spans, 2500)) == 1


def test_auto_is_a_chain_until_the_preset_cannot_hold_it() -> None:
    spans, frames = spans_from([(50, 12)] * 40)
    pauses = pauses_of(spans, frames, PARAMS.silence_s)
    assert len(plan_chunks(frames, pauses, "auto", frames / FPS, PARAMS)) == 1
    assert len(plan_chunks(frames, pauses, "auto", 28.0, PARAMS)) > 1
    assert len(plan_chunks(frames, pauses, "chain", 28.0, PARAMS)) == 1
    assert len(plan_chunks(frames, pauses, "cut", 9999.0, PARAMS)) > 1


def one_chain(frames: int) -> tuple[Chunk, ...]:
    return (Chunk(index=0, start=0, stop=frames),)


@given(sentences, st.integers(1, 40))
def test_what_is_in_a_hurry_tiles_the_take_and_is_cut_in_pauses(
    words: list[tuple[int, int]], longest: int
) -> None:
    spans, frames = spans_from(words)
    chunks = cut_for_deadline(
        one_chain(frames), pauses_of(spans, frames, PARAMS.silence_s), longest, PARAMS
    )
    assert [chunks[0].start, *(c.stop for c in chunks)] == [*(c.start for c in chunks), frames]
    middles = {pause.middle for pause in pauses_of(spans, frames, PARAMS.silence_s)}
    assert {chunk.start for chunk in chunks[1:]} <= middles
    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))


@given(sentences, st.integers(2, 40))
def test_a_hurry_never_lengthens_the_longest_chunk_and_cuts_nothing_that_fits(
    words: list[tuple[int, int]], longest: int
) -> None:
    spans, frames = spans_from(words)
    whole = one_chain(frames)
    chunks = cut_for_deadline(whole, pauses_of(spans, frames, PARAMS.silence_s), longest, PARAMS)
    assert max(chunk.cost for chunk in chunks) <= whole[0].cost
    if whole[0].cost <= longest:
        assert chunks == whole


def test_the_fewest_cuts_at_the_longest_silences() -> None:
    """Twelve sentences of 5 s; two cuts make chunks of at most 22 s, and two pauses are long."""
    words = [(125, 45 if index in {3, 7} else 12) for index in range(12)]
    spans, frames = spans_from(words)
    chunks = cut_for_deadline(
        one_chain(frames), pauses_of(spans, frames, PARAMS.silence_s), 13, PARAMS
    )
    long_ones = [p.middle for p in pauses_of(spans, frames, 0.3) if p.length_s > 1]
    assert [chunk.start for chunk in chunks[1:]] == long_ones


def a_word(start_s: float, stop_s: float, sentence: int) -> Word:
    return Word(text="word", start_s=start_s, stop_s=stop_s, sentence=sentence)


def test_a_pause_is_cut_between_words_only() -> None:
    """A word that reaches into the silence takes its part of it; one that fills it takes it all."""
    spans = (Span(start_s=0.0, stop_s=4.0), Span(start_s=5.0, stop_s=9.0))
    quiet = pauses_of(spans, 250, 0.3)[0]
    reaching = Words(words=(a_word(3.0, 4.5, 0), a_word(5.0, 6.0, 1)))
    within = pauses_of(spans, 250, 0.3, reaching)[0]
    assert (within.first, within.last) == (113, quiet.last)
    filled = Words(words=(a_word(3.0, 4.4, 0), a_word(4.4, 6.0, 0)))
    assert pauses_of(spans, 250, 0.3, filled) == ()


def test_words_that_are_guessed_tell_only_where_sentences_end() -> None:
    spans = (Span(start_s=0.0, stop_s=4.0), Span(start_s=5.0, stop_s=9.0))
    guessed = Words(words=(a_word(3.0, 4.6, 0), a_word(4.6, 6.0, 0)), source="spread")
    found = pauses_of(spans, 250, 0.3, guessed)[0]
    assert (found.first, found.last) == (103, 122)
    assert not found.ends_sentence


sentenced = st.lists(
    st.tuples(st.integers(10, 200), st.integers(2, 40), st.booleans()), min_size=1, max_size=80
)


@given(sentenced)
def test_with_words_too_chunks_tile_and_no_word_is_cut(
    parts: list[tuple[int, int, bool]],
) -> None:
    spans, frames = spans_from([(speech, pause) for speech, pause, _ in parts])
    ends = accumulate((end for _, _, end in parts), initial=0)
    words = Words(
        words=tuple(
            a_word(span.start_s, span.stop_s + 0.16, sentence)
            for span, sentence in zip(spans, ends, strict=False)
        )
    )
    chunks = chunks_of(frames, pauses_of(spans, frames, 0.3, words), PARAMS)
    assert [0, *(c.stop for c in chunks)] == [*(c.start for c in chunks), frames]
    for chunk in chunks[1:]:
        at_s = chunk.start / FPS
        assert not any(word.start_s < at_s < word.stop_s - 1e-9 for word in words.words)


def test_sentences_are_cut_at_their_ends_although_a_pause_inside_is_longer() -> None:
    """Thirty sentences of 6 s: the breath in the middle of each is longer than the pause behind."""
    spans, frames = spans_from([(75, 16 if index % 2 else 20) for index in range(60)])
    words = Words(
        words=tuple(a_word(s.start_s, s.stop_s, index // 2) for index, s in enumerate(spans))
    )
    pauses = pauses_of(spans, frames, 0.3, words)
    inside = {frame for p in pauses if not p.ends_sentence for frame in range(p.first, p.last + 1)}
    chunks = chunks_of(frames, pauses, PARAMS)
    assert len(chunks) > 5
    assert not inside & {chunk.start for chunk in chunks}
