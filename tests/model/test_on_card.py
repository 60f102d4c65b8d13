"""What only a card can show. `pytest -m gpu`; a rehearsal runs the same on the CPU with
RUSHES_CARD=cpu."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from model.bench.card.bits import FEW_STEPS, NOISE, LoopWatch, few_steps, grey_take
from model.bench.segment_parts import Given
from model.bench.timing import BACKENDS, why_not
from model.memory.offload import apply_profile
from model.memory.profiles import FLOAT8, FREED, OFFLOADED, ROOMY
from model.networks.compiled import TOLERANCE, CompiledBlocks
from model.pipeline import Hallo3Pipeline
from model.sampling.branch_parallel import Lanes
from model.sampling.step_graph import StepGraph
from model.tiny import untrained_tiny
from tests.golden_tensors import deviation

pytestmark = pytest.mark.gpu

CARD = torch.device(os.environ.get("RUSHES_CARD", "cuda"))
ON_CUDA = CARD.type == "cuda"
NEAR = 2e-5
"""Of a float32 prediction between a card without TF32 and a CPU, relative to the largest value."""


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    if ON_CUDA and not torch.cuda.is_available():
        pytest.skip("no card is here")
    allowed = torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    torch.set_num_threads(1)
    with torch.no_grad():
        yield
    torch.backends.cuda.matmul.allow_tf32, torch.backends.cudnn.allow_tf32 = allowed


def a_pipeline(device: torch.device = CARD, dtype: torch.dtype = torch.float32) -> Hallo3Pipeline:
    sizes = {"num_layers": 2, "num_attention_heads": 2, "sample_frames": 5}
    return untrained_tiny(64, (16, 16, 16, 16), 4, **sizes).to(device, dtype)


def given_to(pipeline: Hallo3Pipeline) -> Given:
    """The same numbers wherever the pipeline is: drawn on the host."""
    transformer = pipeline.transformer
    return Given.of(
        transformer.to("cpu"),
        pipeline.reference.to("cpu"),
        torch.device("cpu"),
        transformer.dtype,
    )


def latents_of(pipeline: Hallo3Pipeline, given: Given) -> Tensor:
    return few_steps(pipeline, given).latents.float().cpu()


@pytest.fixture(scope="module")
def given() -> Given:
    return given_to(a_pipeline(torch.device("cpu")))


@pytest.fixture(scope="module")
def given_halves() -> Given:
    return given_to(a_pipeline(torch.device("cpu"), torch.bfloat16))


def frames_of(pipeline: Hallo3Pipeline, given: Given) -> Tensor:
    return torch.cat([each.cpu() for each in few_steps(pipeline, given)])


def test_a_segment_on_the_card_is_that_of_a_cpu_but_for_rounding(given: Given) -> None:
    wanted = latents_of(a_pipeline(torch.device("cpu")), given)
    assert deviation(latents_of(a_pipeline(), given), wanted) <= NEAR


def test_a_segment_has_the_same_bits_twice(given_halves: Given) -> None:
    first, again = (frames_of(a_pipeline(dtype=torch.bfloat16), given_halves) for _ in range(2))
    assert torch.equal(first, again)


def test_a_killed_chain_goes_on_with_the_same_bits(given_halves: Given) -> None:
    pipeline = a_pipeline(dtype=torch.bfloat16)
    take, heard = grey_take(pipeline, given_halves, FEW_STEPS), given_halves.audio[0]
    first = pipeline.segment(take, heard, pipeline.first_state(take), NOISE)
    assert len(list(first)) > 0
    wanted = list(pipeline.segment(take, heard, first.next_state, NOISE))
    elsewhere = a_pipeline(dtype=torch.bfloat16)
    taken_up = grey_take(elsewhere, given_halves, FEW_STEPS)
    got = list(elsewhere.segment(taken_up, heard, first.next_state, NOISE))
    assert all(map(torch.equal, got, wanted))


def test_the_host_waits_for_the_card_in_no_step_but_the_first(given_halves: Given) -> None:
    watch = LoopWatch(4, on_cuda=ON_CUDA)
    with watch.watching():  # where torch refuses to wait, the segment fails
        few_steps(a_pipeline(dtype=torch.bfloat16), given_halves, 4, watch)
    assert watch.watched == 3


def test_a_step_graph_gives_the_bits_of_single_launches(given_halves: Given) -> None:
    pipeline = a_pipeline(dtype=torch.bfloat16)
    wanted = latents_of(pipeline, given_halves)
    graph = pipeline.step_graph = StepGraph(pipeline.transformer)
    assert torch.equal(latents_of(pipeline, given_halves), wanted)
    assert torch.equal(latents_of(pipeline, given_halves), wanted)
    assert graph.captures == 1


@pytest.mark.parametrize("name", BACKENDS)
def test_each_attention_backend_that_is_there_agrees(name: str, given_halves: Given) -> None:
    pipeline = a_pipeline(dtype=torch.bfloat16)
    wanted = latents_of(pipeline, given_halves)
    pipeline.transformer.set_attention_backend(BACKENDS[name].value)
    try:
        missing = why_not(lambda: latents_of(pipeline, given_halves))
        if missing:
            pytest.skip(missing)
        got = latents_of(pipeline, given_halves)
    finally:  # it is that of all networks of the process
        pipeline.transformer.set_attention_backend(BACKENDS["native"].value)
    assert deviation(got, wanted) <= TOLERANCE[torch.bfloat16]


@pytest.mark.filterwarnings("ignore")
def test_compiled_blocks_stay_within_their_tolerance(given_halves: Given) -> None:
    pipeline = a_pipeline(dtype=torch.bfloat16)
    wanted = latents_of(pipeline, given_halves)
    with CompiledBlocks(pipeline.transformer).on():
        got = latents_of(pipeline, given_halves)
    assert deviation(got, wanted) <= TOLERANCE[torch.bfloat16]


@pytest.mark.parametrize("profile", [FREED, OFFLOADED], ids=lambda profile: profile.name)
def test_profiles_that_move_weights_keep_the_bits(profile: object, given_halves: Given) -> None:
    frames = []
    for each in (ROOMY, profile):
        pipeline = a_pipeline(torch.device("cpu"), torch.bfloat16)
        apply_profile(pipeline, each, CARD)  # type: ignore[arg-type]  # of the parameters above
        frames.append(frames_of(pipeline, given_halves))
    assert torch.equal(*frames)


def test_float8_stays_near_and_holds_less(given_halves: Given) -> None:
    pipeline = a_pipeline(torch.device("cpu"), torch.bfloat16)
    wanted = latents_of(a_pipeline(dtype=torch.bfloat16), given_halves)
    before = held(pipeline)
    apply_profile(pipeline, FLOAT8, CARD)
    got = latents_of(pipeline, given_halves)
    assert held(pipeline) < 0.7 * before
    assert deviation(got, wanted) <= 0.2


def held(pipeline: Hallo3Pipeline) -> int:
    return sum(each.numel() * each.element_size() for each in pipeline.transformer.parameters())


def test_a_lane_on_its_own_gives_the_bits_of_two(given_halves: Given) -> None:
    pipeline = a_pipeline(dtype=torch.bfloat16)
    pipeline.lanes = Lanes.over(pipeline.transformer, [])
    wanted = latents_of(pipeline, given_halves)
    other = torch.device("cuda", 1) if torch.cuda.device_count() > 1 else CARD
    pipeline.lanes = Lanes.over(pipeline.transformer, [other])
    assert torch.equal(latents_of(pipeline, given_halves), wanted)


def test_deterministic_kernels_exist_for_all_that_a_segment_needs(given_halves: Given) -> None:
    torch.use_deterministic_algorithms(True)
    try:
        assert len(frames_of(a_pipeline(dtype=torch.bfloat16), given_halves)) > 0
    finally:
        torch.use_deterministic_algorithms(False)
