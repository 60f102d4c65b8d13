"""What people from diffusers call to save memory: it works, or says in a sentence what does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch
from diffusers import FirstBlockCacheConfig

from model.memory.offload import apply_profile
from model.memory.profiles import PROFILES, MemoryProfile
from model.pipeline import Hallo3Pipeline
from tests.model.golden_chain import golden_pipeline
from tests.model.modular.test_modular import asked

CPU = torch.device("cpu")


@pytest.mark.parametrize(
    "offload",
    [
        lambda pipe: pipe.enable_sequential_cpu_offload(),
        lambda pipe: pipe.enable_sequential_cpu_offload(device="cpu"),
        lambda pipe: pipe.enable_sequential_cpu_offload(gpu_id=0),
        lambda pipe: pipe.enable_group_offload(CPU, offload_type="leaf_level"),
        lambda pipe: pipe.enable_group_offload(onload_device=CPU, num_blocks_per_group=1),
    ],
)
def test_offloading_of_layers_is_refused_and_leaves_the_pipeline_as_it_was(
    offload: Callable[[Any], object],
) -> None:
    pipeline = golden_pipeline()
    plain = pipeline(**asked()).frames
    with pytest.raises(NotImplementedError, match=r"cannot serve Hallo3: .*`enable_model_cpu_off"):
        offload(pipeline)
    assert torch.equal(pipeline(**asked()).frames, plain)


def switched(pipeline: Hallo3Pipeline, name: str) -> None:
    of, _, method = name.rpartition(".")
    getattr(getattr(pipeline, of) if of else pipeline, method)()


@pytest.mark.parametrize(
    "name",
    [
        "enable_attention_slicing",
        "disable_attention_slicing",
        "disable_xformers_memory_efficient_attention",
        "vae.enable_slicing",
        "vae.disable_tiling",
        "transformer.enable_gradient_checkpointing",
        "maybe_free_model_hooks",
        "remove_all_hooks",
        "reset_device_map",
    ],
)
def test_what_has_nothing_to_do_here_changes_no_bit(name: str) -> None:
    pipeline = golden_pipeline()
    plain = pipeline(**asked()).frames
    switched(pipeline, name)
    assert torch.equal(pipeline(**asked()).frames, plain)


@pytest.mark.parametrize(
    "profile", [each for each in PROFILES if each.same_bits], ids=lambda each: each.name
)
def test_a_memory_profile_serves_a_call_and_keeps_its_bits(profile: MemoryProfile) -> None:
    plain, arranged = golden_pipeline(), golden_pipeline()
    apply_profile(arranged, profile, "cpu")
    for _ in range(2):
        assert torch.equal(arranged(**asked()).frames, plain(**asked()).frames)


def test_a_cache_of_diffusers_is_heard_by_a_call() -> None:
    plain, hasty = golden_pipeline(), golden_pipeline()
    hasty.transformer.enable_cache(FirstBlockCacheConfig(threshold=5.0))
    steps = {"num_inference_steps": 6}
    assert not torch.equal(hasty(**asked(**steps)).frames, plain(**asked(**steps)).frames)


@pytest.mark.parametrize("network", ["vae", "transformer", "reference"])
def test_each_network_may_compute_in_a_precision_of_its_own(network: str) -> None:
    mixed = golden_pipeline()
    getattr(mixed, network).to(torch.bfloat16)
    clip = mixed(**asked()).frames
    assert torch.isfinite(clip).all()
    assert not torch.equal(clip, golden_pipeline()(**asked()).frames)


@pytest.mark.skipif(torch.accelerator.is_available(), reason="there is an accelerator")
def test_whole_networks_want_an_accelerator_to_go_to() -> None:
    with pytest.raises(RuntimeError, match="requires accelerator, but not found"):
        golden_pipeline().enable_model_cpu_offload()
