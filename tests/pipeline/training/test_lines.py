"""Which stages the weights are of, and which orders of stages are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import ManifestUnusable
from pipeline.training.config import load_training
from pipeline.training.lines import export_line, refuse_disorder, stages_before
from pipeline.training.stages import AnyStage, DiffusionStage, DistilStage, VaeStage

EXAMPLES = Path(__file__).parents[3] / "examples/train"


def a_vae(name: str, after: str | None = None, tint: float = 0.0) -> VaeStage:
    return VaeStage(kind="vae", name=name, steps=1, after=after, tint=tint)


def a_diffusion(name: str, vae: str | None = None, after: str | None = None) -> DiffusionStage:
    return DiffusionStage(kind="diffusion", name=name, steps=1, vae=vae, after=after)


def a_student(name: str, vae: str | None = None, after: str | None = None) -> DistilStage:
    return DistilStage(kind="distil", name=name, steps=1, evaluations=2, vae=vae, after=after)


def names(stages: tuple[AnyStage, ...]) -> list[str]:
    return [stage.name for stage in stages]


@st.composite
def trainings(draw: st.DrawFn) -> tuple[AnyStage, ...]:
    """Any stages in an order that is not refused, from a folder of weights."""
    stages: list[AnyStage] = []
    for number in range(draw(st.integers(1, 9))):
        vaes = [stage.name for stage in stages if isinstance(stage, VaeStage)]
        teachers = [stage.name for stage in stages if isinstance(stage, DiffusionStage)]
        name, vae = f"s{number}", draw(st.sampled_from([None, *vaes]))
        after = draw(st.sampled_from([None, *teachers]))
        kinds = (a_vae(name, vae), a_diffusion(name, vae, after), a_student(name, vae, after))
        stages.append(draw(st.sampled_from(kinds)))
    return tuple(stages)


@st.composite
def moved(draw: st.DrawFn) -> tuple[tuple[AnyStage, ...], set[str]]:
    stages = draw(trainings())
    vaes = [stage.name for stage in stages if isinstance(stage, VaeStage)]
    return stages, draw(st.sets(st.sampled_from(vaes))) if vaes else set()


@given(moved())
def test_the_weights_hold_the_last_teaching_and_all_that_it_stands_on(
    made: tuple[tuple[AnyStage, ...], set[str]],
) -> None:
    stages, moving = made
    refuse_disorder(stages, started=True)
    line = export_line(stages, moving, started=True)
    learned = [stage for stage in stages if not isinstance(stage, VaeStage)]
    if learned:
        assert line[-1] == learned[-1]
        assert set(stages_before(stages, learned[-1])) <= set(line)
        assert export_line(stages, moving, started=False) == line


@given(moved())
def test_no_two_stages_of_the_weights_go_on_from_the_same(
    made: tuple[tuple[AnyStage, ...], set[str]],
) -> None:
    stages, moving = made
    line = export_line(stages, moving, started=True)
    for vae in (True, False):
        chain = [stage for stage in line if isinstance(stage, VaeStage) is vae]
        assert [stage.after for stage in chain] == [None, *(stage.name for stage in chain)][:-1]


@given(moved())
def test_the_latents_of_the_weights_are_those_that_the_transformer_learned(
    made: tuple[tuple[AnyStage, ...], set[str]],
) -> None:
    stages, moving = made
    line = export_line(stages, moving, started=True)
    learned = [stage for stage in stages if not isinstance(stage, VaeStage)]
    stands_on = stages_before(stages, learned[-1]) if learned else ()
    added = [stage for stage in line if isinstance(stage, VaeStage) and stage not in stands_on]
    assert not {stage.name for stage in added} & moving
    later = [
        stage
        for stage in stages
        if isinstance(stage, VaeStage)
        and stage.name not in moving
        and stage.after == (added[-1].name if added else learned[-1].vae if learned else None)
    ]
    assert not later, "a stage that leaves the latents was passed over"


@given(trainings())
def test_a_stage_learns_by_the_vae_that_it_names_whatever_its_teacher_learned_by(
    stages: tuple[AnyStage, ...],
) -> None:
    for stage in stages:
        vaes = [each for each in stages_before(stages, stage) if isinstance(each, VaeStage)]
        wanted = stage.after if isinstance(stage, VaeStage) else stage.vae
        assert (vaes[-1].name if vaes else None) == wanted


def test_the_example_holds_its_last_decoder() -> None:
    stages = load_training(EXAMPLES / "tiny-second.toml").stages
    assert export_line(stages, (), started=True) == stages


def test_of_two_tries_the_last_one_is_taken_alone() -> None:
    stages = (
        a_vae("vae"), a_vae("try", "vae"), a_vae("decoder", "vae"), a_diffusion("base", "vae"),
        a_student("two", "vae", "base"), a_diffusion("more", "vae", "base"),
    )  # fmt: skip
    assert names(export_line(stages, (), started=False)) == ["vae", "decoder", "base", "more"]


def test_a_vae_whose_latents_nothing_has_learned_yet_is_left_out() -> None:
    stages = (
        a_vae("vae"), a_diffusion("base", "vae"), a_vae("next", "vae"), a_vae("decoder", "next"),
    )  # fmt: skip
    assert names(export_line(stages, {"next"}, started=False)) == ["vae", "base"]


def test_without_anything_taught_there_are_no_weights() -> None:
    assert export_line((a_vae("vae"),), {"vae"}, started=False) == ()
    assert export_line((a_vae("vae"),), {"vae"}, started=True) == ()
    assert names(export_line((a_vae("vae"),), (), started=True)) == ["vae"]


@pytest.mark.parametrize(
    ("stages", "says"),
    [
        ((a_student("few"), a_student("fewer", after="few")), "few is distilled.*take its after"),
        (
            (a_diffusion("base"), a_student("few", after="base"), a_diffusion("on", after="few")),
            "on: few is distilled, and teaches nobody.*let after name base",
        ),
        ((a_diffusion("base"), a_vae("vae", "base")), "vae: a VAE goes on from a VAE, and base"),
        ((a_vae("vae"), a_diffusion("base", after="vae")), "base: after names vae.*say it in vae"),
        ((a_diffusion("a"), a_diffusion("b", vae="a")), "b: a is no stage of the kind vae"),
        ((a_diffusion("b", after="a"), a_diffusion("a")), "a must come before b"),
    ],
)
def test_an_order_that_would_lie_is_refused(stages: tuple[AnyStage, ...], says: str) -> None:
    with pytest.raises(ManifestUnusable, match=says):
        refuse_disorder(stages, started=True)
