"""Which answer of a generator is about the task that was asked, also when its chain was cut."""

from __future__ import annotations

from dataclasses import replace

from jobs.cluster.generator_actor import Advanced, chain_place, opens
from jobs.cluster.ray_executor import goes_on
from jobs.engine.worker import Outcome
from pipeline.nouns import Chunk, RefusedSegment, Reroll, SegmentProgress
from pipeline.quality.rerolls import cut_at
from tests.noun_builders import a_generate_task, a_segment_file, a_shot, an_order

SHOT = a_shot(Chunk(index=0, start=0, stop=470), done=3)
TASK = replace(a_generate_task(an_order()), item=SHOT)


def said(about: object, made: SegmentProgress) -> Advanced:
    outcome = Outcome(result=made, failure=None, seconds=1.0, worker="w", host="h")
    return Advanced(outcome=outcome, leaving=False, about=chain_place(about))


def test_an_answer_is_about_the_task_whatever_became_of_its_chain() -> None:
    before, behind = cut_at(SHOT, 100)
    cut = SegmentProgress(shot=before, made=1, rest=behind)
    assert goes_on(TASK, said(SHOT, cut))
    assert goes_on(TASK, said(replace(SHOT, elsewhere=True), cut))
    assert not goes_on(TASK, None)


def test_an_answer_about_another_draw_of_the_chain_is_not_taken() -> None:
    made = SegmentProgress(shot=SHOT, made=1)
    refused = RefusedSegment(
        chunk=SHOT.chunk, start=141, seed=7, base=7, file=a_segment_file(3), rerolls=()
    )
    others = (
        replace(SHOT, done=SHOT.done[:2]),
        replace(SHOT, tried=(refused,)),
        replace(SHOT, rerolls=(Reroll(at=187, base=7, seed=8),)),
        replace(SHOT, seed=8),
        cut_at(SHOT, 300)[0],
    )
    assert not any(goes_on(TASK, said(other, made)) for other in others)


def test_a_worker_goes_on_alone_only_with_a_chain_that_is_neither_over_nor_refused() -> None:
    assert opens(SegmentProgress(shot=SHOT, made=1))
    assert not opens(SegmentProgress(shot=SHOT, made=0))
    assert not opens(SegmentProgress(shot=SHOT, made=1, refused="it fails"))
    assert not opens(SegmentProgress(shot=a_shot(Chunk(index=0, start=0, stop=141), 3), made=1))
