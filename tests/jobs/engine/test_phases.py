"""A job goes through its phases in order, and says what could run next."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.phases import (
    Admitted,
    Failed,
    Failure,
    Finished,
    Mastered,
    Phase,
    Shooting,
    Step,
    Stitched,
    after,
    noun_of,
    segments_done,
    steps,
)
from manifests.job import Job
from pipeline.nouns import Master, Published, Reel, Take
from pipeline.split import CutList
from tests.noun_builders import a_chunk, a_take, an_advance, an_artifact, an_order


def shooting(*lengths: int) -> Shooting:
    """A job whose take was cut into chunks of these frames."""
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    chunks = tuple(
        a_chunk(i, end - length, end)
        for i, (end, length) in enumerate(zip(ends, lengths, strict=True))
    )
    phase = after(Admitted(order=an_order()), a_take(sum(lengths)))
    phase = after(phase, CutList(chunks=chunks))
    assert isinstance(phase, Shooting)
    return phase


def a_master() -> Master:
    return Master(
        fingerprint="m",
        profile="web",
        file=an_artifact(),
        frames=100,
        fps=float(Fraction(25)),
        width=64,
        height=64,
        duration_s=4.0,
    )


def test_chunks_wait_side_by_side() -> None:
    assert steps(shooting(100, 50)) == (
        Step(stage="generate", chunk=0),
        Step(stage="generate", chunk=1),
    )


@given(st.lists(st.integers(1, 300), min_size=1, max_size=5), st.randoms(use_true_random=False))
def test_any_order_of_segments_ends_in_one_stitch(lengths: list[int], chance: object) -> None:
    phase: Phase = shooting(*lengths)
    calls = 0
    while steps(phase) != (Step(stage="stitch"),):
        step = chance.choice(steps(phase))  # type: ignore[attr-defined]  # hypothesis' Random
        assert isinstance(phase, Shooting)
        phase = after(phase, an_advance(phase.shots[step.chunk]))
        calls += 1
    assert calls == sum(-(-length // 47) for length in lengths)
    assert segments_done(phase) == (calls, calls)


def test_the_stages_follow_each_other_to_the_end() -> None:
    phase: Phase = shooting(40)
    assert isinstance(phase, Shooting)
    phase = after(phase, an_advance(phase.shots[0]))
    phase = after(phase, Reel(take=a_take(), pieces=(), joins=()))
    assert isinstance(phase, Stitched)
    phase = after(phase, a_master())
    assert isinstance(phase, Mastered)
    published = Published(master=a_master(), video=an_artifact(), sidecar=an_artifact())
    phase = after(phase, published)
    assert isinstance(phase, Finished)
    assert steps(phase) == ()


def test_a_noun_that_does_not_belong_is_refused() -> None:
    with pytest.raises(TypeError, match="does not follow"):
        after(Admitted(order=an_order()), a_master())


def test_a_noun_is_found_by_its_kind_once_it_is_made() -> None:
    phase = shooting(40)
    assert noun_of(phase, Take) is phase.take
    assert noun_of(phase, Job) is phase.order.job
    with pytest.raises(TypeError, match="no stage has made a Reel when a job is Shooting"):
        noun_of(phase, Reel)


def test_what_stages_without_a_phase_made_goes_along_to_the_end() -> None:
    phase: Phase = replace(shooting(40), further=("measured",))
    assert isinstance(phase, Shooting)
    phase = after(phase, an_advance(phase.shots[0]))
    phase = after(phase, Reel(take=a_take(), pieces=(), joins=()))
    phase = after(phase, a_master())
    phase = after(phase, Published(master=a_master(), video=an_artifact(), sidecar=an_artifact()))
    assert isinstance(phase, Finished)
    assert noun_of(phase, str) == "measured"


def test_a_failed_job_has_no_steps() -> None:
    failure = Failure(kind="BadInput", code="no_face", message="")
    assert steps(Failed(order=an_order(), failure=failure)) == ()


def test_before_a_take_is_cut_nobody_knows_its_segments() -> None:
    for phase in (Admitted(order=an_order()), after(Admitted(order=an_order()), a_take())):
        assert segments_done(phase) == (0, 0)


def test_a_segment_goes_into_its_own_chunk() -> None:
    phase = shooting(100, 150, 50)
    for chunk, counted in ((1, [0, 1, 0]), (2, [0, 1, 1]), (0, [1, 1, 1]), (1, [1, 2, 1])):
        phase = after(phase, an_advance(phase.shots[chunk]))  # type: ignore[assignment]
        assert [len(shot.done) for shot in phase.shots] == counted
        assert [shot.chunk.index for shot in phase.shots] == [0, 1, 2]
        assert segments_done(phase) == (sum(counted), 3 + 4 + 2)


def test_a_stitched_job_has_the_segments_of_all_its_clips() -> None:
    phase = shooting(100, 40)
    while steps(phase)[0].stage == "generate":
        phase = after(phase, an_advance(phase.shots[steps(phase)[0].chunk]))  # type: ignore[assignment]
    stitched = after(phase, Reel(take=a_take(), pieces=(), joins=()))
    assert segments_done(stitched) == segments_done(after(stitched, a_master())) == (4, 4)
