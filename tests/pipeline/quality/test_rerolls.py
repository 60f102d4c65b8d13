"""What gates refuse is drawn again, begun anew or given up: always to an end, within its budget,
and the same however often it is decided."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.phases import Shooting, clips_of, unrendered_shots
from manifests.fingerprint import fingerprint
from pipeline.cutting.cuts import Pause
from pipeline.nouns import Chunk, ChunkProgress, Retake, SegmentFile
from pipeline.quality.rerolls import RerollPolicy, next_seed, restart_at, ruled
from pipeline.quality.verdict import PASSED, GateBreach, Verdict
from pipeline.quality.versions import Drawn, versions_of
from tests.noun_builders import a_segment_file, a_shot, a_take, an_order

FAILS = Verdict(
    breaches=(GateBreach(measure="identity", value=0.3, limit=0.4, level="fail", below=True),)
)

Doomed = Callable[[SegmentFile, int], bool]
"""Whether a segment that was drawn at this frame fails its gate."""


@dataclass(frozen=True)
class Night:
    """What came of a chunk: its shots, and whether gates refused it."""

    shots: tuple[ChunkProgress, ...]
    refused: str = ""

    @property
    def drawn(self) -> Drawn:
        return Drawn(
            job_id="a",
            row="r",
            preset="p",
            seed=7,
            retakes=(),
            clips=clips_of(Shooting(order=an_order(), take=TAKE, shots=self.shots)),
            gates=(),
            delivered=not self.refused,
        )

    @property
    def names(self) -> list[str]:
        """What plays, in the order of time."""
        return [file.fingerprint for clip in self.drawn.clips for file in clip.segments]


def drawn_next(shot: ChunkProgress) -> SegmentFile:
    """A segment named by all that goes into it, as the generator names it."""
    segment = shot.chunk.segments[shot.drawing.index]
    before, seed = shot.before.fingerprint if shot.before else "", shot.drawn_seed(shot.drawing)
    name = fingerprint("drawn", start=segment.start, stop=segment.stop, seed=seed, b=before)
    return replace(a_segment_file(segment.index, segment.stop - segment.start), fingerprint=name)


def played(
    shots: tuple[ChunkProgress, ...],
    doomed: Doomed,
    pauses: tuple[Pause, ...],
    policy: RerollPolicy,
    pick: random.Random,
) -> Night:
    """The chunks drawn to their end, one segment after the other of any of them."""
    now = list(shots)
    while open_shots := [place for place, shot in enumerate(now) if not shot.complete]:
        place = pick.choice(open_shots)
        shot, file = now[place], drawn_next(now[place])
        start = shot.chunk.segments[shot.drawing.index].start
        ruling = ruled(shot, file, FAILS if doomed(file, start) else PASSED, policy, pauses)
        now[place] = ruling.shot
        if ruling.refused:
            return Night(tuple(now), ruling.refused)
        if ruling.rest is not None:
            rest = ruling.rest
            now.append(replace(rest, chunk=replace(rest.chunk, index=len(now))))
    return Night(tuple(now))


def doomed_by(odds: float, key: int) -> Doomed:
    """Fails segments by their names alone."""
    return lambda file, _: random.Random(f"{key} {file.fingerprint}").random() < odds  # noqa: S311


def a_pause(first: int, frames: int) -> Pause:
    return Pause(first=first, last=first + frames, length_s=frames / 25)


TAKE = a_take(1000)
WHOLE = replace(a_shot(Chunk(index=0, start=0, stop=1000)), take=TAKE)
PAUSES = st.lists(st.tuples(st.integers(1, 990), st.integers(0, 20)), max_size=8).map(
    lambda found: tuple(a_pause(*each) for each in sorted(found))
)
PICK = random.Random(0)  # noqa: S311 - which chunk is drawn next
POLICIES = st.builds(
    RerollPolicy, seeds=st.integers(0, 3), job_share=st.floats(0, 2), run_share=st.just(0.25)
)
NIGHTS = st.tuples(st.floats(0, 0.9), st.integers(0, 10_000))


@given(NIGHTS, PAUSES, POLICIES, st.randoms(use_true_random=False))
def test_a_chunk_comes_to_an_end_within_its_budget(
    night: tuple[float, int], pauses: tuple[Pause, ...], policy: RerollPolicy, pick: random.Random
) -> None:
    came = played((WHOLE,), doomed_by(*night), pauses, policy, pick)
    refused = sum(len(shot.tried) for shot in came.shots)
    assert refused <= policy.redraws_of(WHOLE) + bool(came.refused)
    doomed = doomed_by(*night)
    assert not any(doomed(file, 0) for shot in came.shots for file in shot.done)
    assert all(doomed(each.file, 0) for shot in came.shots for each in shot.tried)


@given(NIGHTS, PAUSES, POLICIES, st.randoms(use_true_random=False))
def test_what_is_cut_still_tiles_the_take_and_is_cut_in_its_pauses(
    night: tuple[float, int], pauses: tuple[Pause, ...], policy: RerollPolicy, pick: random.Random
) -> None:
    came = played((WHOLE,), doomed_by(*night), pauses, policy, pick)
    edges = sorted((shot.chunk.start, shot.chunk.stop) for shot in came.shots)
    assert edges[0][0] == 0
    assert edges[-1][1] == 1000
    assert [start for start, _ in edges[1:]] == [stop for _, stop in edges[:-1]]
    assert all(any(p.first <= at <= p.last for p in pauses) for at, _ in edges[1:])


@given(NIGHTS, PAUSES, POLICIES, st.randoms(use_true_random=False))
def test_the_order_in_which_chunks_are_drawn_changes_nothing(
    night: tuple[float, int], pauses: tuple[Pause, ...], policy: RerollPolicy, pick: random.Random
) -> None:
    doomed = doomed_by(*night)
    one = played((WHOLE,), doomed, pauses, policy, random.Random(0))  # noqa: S311
    other = played((WHOLE,), doomed, pauses, policy, pick)
    assert bool(one.refused) == bool(other.refused)
    if not one.refused:
        assert one.names == other.names
        assert list(versions_of(one.drawn)) == list(versions_of(other.drawn))


@given(
    NIGHTS,
    PAUSES,
    POLICIES,
    st.integers(0, 999),
    st.none() | st.integers(1, 1000),
    st.integers(1, 9),
)
def test_a_retake_changes_nothing_outside_of_it_whatever_gates_refuse(
    night: tuple[float, int],
    pauses: tuple[Pause, ...],
    policy: RerollPolicy,
    at: int,
    length: int | None,
    seed: int,
) -> None:
    """Of the video before, with what gates had drawn again there."""
    doomed = doomed_by(*night)
    before = played((WHOLE,), doomed, pauses, policy, random.Random(1))  # noqa: S311
    if before.refused:
        return
    *_, version = versions_of(before.drawn)
    retake = Retake(at=at, seed=seed, to=None if length is None else min(at + length, 1000))
    recipe = replace(version.recipe, retakes=(retake,))
    order = replace(an_order(), seed=7, version=recipe, retakes=(retake,))
    shots = unrendered_shots(order, TAKE, (WHOLE.chunk,))
    after = played(shots, doomed, pauses, policy, random.Random(2))  # noqa: S311
    if after.refused:
        return
    old, new = (dict(seen_of(each)) for each in (before, after))
    for start, (stop, name) in old.items():
        if stop <= at or (retake.to is not None and start >= retake.to):
            assert new.get(start) == (stop, name)


def test_a_retake_is_begun_anew_in_its_own_pauses_alone() -> None:
    retake, pauses = Retake(at=500, seed=8), (a_pause(200, 9), a_pause(600, 9))
    shot = replace(WHOLE, retakes=(retake,))

    def at(count: int) -> int | None:
        begun = replace(shot, done=tuple(a_segment_file(index) for index in range(count)))
        return restart_at(begun, begun.chunk.segments[begun.drawing.index], pauses)

    first = 500 // 47
    assert [at(first), at(first + 2), at(first + 3)] == [None, None, pauses[1].middle]
    assert restart_at(WHOLE, WHOLE.chunk.segments[first], pauses) == pauses[0].middle


def seen_of(night: Night) -> Iterator[tuple[int, tuple[int, str]]]:
    """Of each segment its first frame, its end and its name, in the order of time."""
    for clip in night.drawn.clips:
        for segment, file in zip(clip.chunk.segments, clip.segments, strict=True):
            yield segment.start, (segment.stop, file.fingerprint)


@given(NIGHTS, PAUSES, POLICIES)
def test_a_chosen_version_draws_what_was_drawn_of_it(
    night: tuple[float, int], pauses: tuple[Pause, ...], policy: RerollPolicy
) -> None:
    """Every version is found again by its recipe, up to the segment that was refused."""
    came = played((WHOLE,), doomed_by(*night), pauses, policy, random.Random(1))  # noqa: S311
    for version in versions_of(came.drawn):
        order = replace(an_order(), version=version.recipe, chosen=1)
        shots = unrendered_shots(order, TAKE, (WHOLE.chunk,))
        chosen = played(shots, doomed_by(1.0, 0), pauses, policy, random.Random(2))  # noqa: S311
        assert not chosen.refused
        if version.segment:
            assert version.segment in chosen.names
        else:
            assert chosen.names == came.names


def test_another_seed_is_tried_twice_and_then_the_chain_begins_anew_at_the_pause_before() -> None:
    """A segment that no seed mends, unless the chain begins anew."""
    at = WHOLE.chunk.segments[10].start

    def doomed(file: SegmentFile, start: int) -> bool:
        return start == at and file.index == 10

    came = played((WHOLE,), doomed, (a_pause(380, 20), a_pause(600, 9)), RerollPolicy(), PICK)
    before, behind = came.shots
    assert len(before.tried) == 3
    seeds = [each.seed for each in before.tried]
    assert seeds == [7, next_seed(7), next_seed(next_seed(7))]
    assert (before.chunk.stop, behind.chunk.start, behind.chunk.index) == (390, 390, 1)
    assert behind.drawn_seed(behind.lines.drawings[0]) == next_seed(seeds[-1])
    assert behind.complete
    assert not came.refused


def test_a_seed_that_helped_goes_on_to_the_end_of_its_chain() -> None:
    def doomed(file: SegmentFile, start: int) -> bool:
        del file
        return start == WHOLE.chunk.segments[3].start and not hits.append(start) and len(hits) == 1

    hits: list[int] = []
    came = played((WHOLE,), doomed, (), RerollPolicy(), PICK)
    (shot,) = came.shots
    drawn = [shot.drawn_seed(drawing) for drawing in shot.lines.drawings]
    assert drawn == [7] * 3 + [next_seed(7)] * (len(drawn) - 3)


def test_where_nothing_helps_the_row_is_told_what_was_tried() -> None:
    came = played((WHOLE,), doomed_by(1.0, 0), (a_pause(380, 20),), RerollPolicy(), PICK)
    assert "at 0.00 s fails its gate: identity is 0.3, below 0.4" in came.refused
    assert f"seeds 7, {next_seed(7)}, {next_seed(next_seed(7))}" in came.refused
    assert "no pause before it" in came.refused


def test_no_chain_begins_anew_before_a_whole_segment_of_it_was_drawn() -> None:
    third = WHOLE.chunk.segments[2]
    assert restart_at(WHOLE, third, (a_pause(20, 10),)) is None
    assert restart_at(WHOLE, third, (a_pause(46, 2), a_pause(120, 4))) == 47
    assert restart_at(WHOLE, third, (a_pause(60, 8), a_pause(90, 20))) == 94


def test_a_version_that_people_chose_is_taken_whatever_gates_say() -> None:
    chosen = replace(WHOLE, chosen=True)
    came = played((chosen,), doomed_by(1.0, 0), (), RerollPolicy(seeds=0), PICK)
    assert came.shots[0].complete


def refused_from(start: int, begin: int, end: int) -> Doomed:
    """Fails the drawings of the segment at `start`, from the `begin`-th to before the `end`-th."""
    hits: list[int] = []

    def doomed(file: SegmentFile, at: int) -> bool:
        del file
        return at == start and not hits.append(at) and begin <= len(hits) < end

    return doomed


def test_a_retake_that_ends_is_drawn_again_and_leaves_the_old_chain_as_it_was() -> None:
    """Its segment has other seeds of its own, also where the old one had some."""
    at, pauses = WHOLE.chunk.segments[8].start, (a_pause(200, 20),)
    old = played((WHOLE,), refused_from(at, 1, 3), pauses, RerollPolicy(), PICK)
    ends = replace(WHOLE, retakes=(Retake(at=at - 60, seed=9, to=at + 10),))
    came = played((ends,), refused_from(at, 1, 3), pauses, RerollPolicy(), PICK)
    assert came.names[:6] == old.names[:6]
    assert came.names[8:] == old.names[8:]  # the 8th is seen of the retake up to the 10th frame
    again = played((ends,), refused_from(at, 2, 4), pauses, RerollPolicy(), PICK)
    (shot,) = again.shots
    assert [each.base for each in shot.tried] == [9, 9]
    assert shot.complete


def test_a_retake_that_ends_begins_no_chain_anew() -> None:
    at, pauses = WHOLE.chunk.segments[8].start, (a_pause(200, 20),)
    ends = replace(WHOLE, retakes=(Retake(at=at - 60, seed=9, to=at + 10),))
    came = played((ends,), refused_from(at, 2, 99), pauses, RerollPolicy(), PICK)
    assert "a retake that ends begins no chain anew" in came.refused
    assert len(came.shots) == 1
