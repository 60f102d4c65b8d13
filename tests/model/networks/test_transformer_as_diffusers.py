"""What diffusers' users expect of a transformer: backends, caches, training, parallelism."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
import torch
from diffusers import (
    CogVideoXTransformer3DModel,
    ContextParallelConfig,
    FirstBlockCacheConfig,
    PyramidAttentionBroadcastConfig,
)
from diffusers.models.attention_dispatch import AttentionBackendName, _AttentionBackendRegistry
from torch import Tensor, nn
from torch._ops import OpOverload
from torch.utils._python_dispatch import TorchDispatchMode

from model.bench.naive import PlainInputs
from model.networks.transformer import Hallo3Transformer3DModel
from tests.golden_tensors import deviation
from tests.model.small_networks import (
    SIZES,
    Grid,
    a_transformer,
    plainly_predicted,
    predicted,
    some_inputs,
)

PARITY = 1e-5
FLASH = "aten::_scaled_dot_product_flash_attention_for_cpu"


@pytest.fixture(autouse=True)
def _one_thread_and_the_native_backend() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    _AttentionBackendRegistry.set_active_backend(AttentionBackendName.NATIVE)
    torch.set_num_threads(threads)


class Kernels(TorchDispatchMode):
    """Notes the names of the kernels that run."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def __torch_dispatch__(
        self,
        func: OpOverload,
        types: Sequence[type],
        args: tuple[object, ...] = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        self.names.add(func.name())
        return func(*args, **(kwargs or {}))


class Calls:
    """How often a module ran."""

    def __init__(self, module: nn.Module) -> None:
        self.count = 0
        module.register_forward_hook(self._add)

    def _add(self, _module: nn.Module, _inputs: object, _output: object) -> None:
        self.count += 1


def given_and_wanted(transformer: Hallo3Transformer3DModel) -> tuple[PlainInputs, Tensor]:
    inputs = some_inputs(Grid(), transformer.config)
    return inputs, plainly_predicted(transformer, inputs)


@pytest.mark.parametrize("backend", ["native", "_native_flash", "_native_math"])
def test_setting_the_attention_backend_switches_the_kernel(backend: str) -> None:
    transformer = a_transformer()
    inputs, wanted = given_and_wanted(transformer)
    transformer.set_attention_backend(backend)
    with Kernels() as kernels:
        got = predicted(transformer, inputs)
    assert (FLASH in {name.split(".")[0] for name in kernels.names}) == (backend != "_native_math")
    assert deviation(got, wanted) <= PARITY


def test_fused_projections_change_nothing_and_can_be_undone() -> None:
    transformer = a_transformer()
    inputs, wanted = given_and_wanted(transformer)
    apart = Calls(transformer.transformer_blocks[0].attn1.to_q)
    transformer.fuse_qkv_projections()
    assert deviation(predicted(transformer, inputs), wanted) <= PARITY
    assert apart.count == 0
    transformer.unfuse_qkv_projections()
    assert deviation(predicted(transformer, inputs), wanted) <= PARITY
    assert apart.count > 0


def test_the_blocks_compile_without_a_break() -> None:
    transformer = a_transformer()
    inputs, wanted = given_and_wanted(transformer)
    transformer.compile_repeated_blocks(fullgraph=True, backend="eager")
    assert deviation(predicted(transformer, inputs), wanted) <= PARITY


def gradients(transformer: Hallo3Transformer3DModel, inputs: PlainInputs) -> dict[str, Tensor]:
    whole = transformer(
        inputs.latents, inputs.timesteps, inputs.text, inputs.audio, inputs.face, inputs.bank
    )
    whole.sample.square().mean().backward()
    return {
        name: parameter.grad
        for name, parameter in transformer.named_parameters()
        if parameter.grad is not None
    }


def test_gradient_checkpointing_gives_the_same_gradients() -> None:
    plain, sparing = a_transformer(), a_transformer().train()
    sparing.enable_gradient_checkpointing()
    runs = Calls(sparing.transformer_blocks[0].ff)
    inputs = some_inputs(Grid(), plain.config)
    wanted, got = gradients(plain, inputs), gradients(sparing, inputs)
    assert runs.count == 4  # text and video, forward and again in backward
    assert got.keys() == wanted.keys()
    assert all(torch.allclose(got[name], wanted[name], atol=1e-6) for name in wanted)


def test_every_weight_learns_but_what_writes_the_text_of_the_last_block() -> None:
    transformer = a_transformer()
    learned = gradients(transformer, some_inputs(Grid(), transformer.config))
    assert learned.keys() == dict(transformer.named_parameters()).keys()
    assert all(gradient.any() for gradient in learned.values())
    dim = transformer.dim
    of_text = slice(3 * dim, None)  # text shift, scale, gate
    assert not learned["transformer_blocks.1.norm2.linear.weight"][of_text].any()


def denoised_twice(transformer: Hallo3Transformer3DModel, rows: int) -> list[Tensor]:
    inputs = some_inputs(Grid(), transformer.config)
    with torch.no_grad():
        take = transformer.take_conditions(inputs.text, inputs.face, inputs.bank)
        segment = transformer.segment_conditions(inputs.audio)
        steps = []
        for latents in (inputs.latents[:rows], inputs.latents[:rows] * 1.01):
            with transformer.cache_context("cond_uncond"):
                steps.append(transformer.denoise(latents, inputs.timesteps[:rows], take, segment))
    return steps


@pytest.mark.parametrize("rows", [1, 2])
def test_the_first_block_cache_skips_blocks_whose_input_hardly_changed(rows: int) -> None:
    transformer = a_transformer(num_layers=4)
    wanted = denoised_twice(transformer, rows)
    transformer.enable_cache(FirstBlockCacheConfig(threshold=1.0))
    third_block = Calls(transformer.transformer_blocks[2].ff)
    first, second = denoised_twice(transformer, rows)
    assert third_block.count == 2  # text and video of the first step only
    assert deviation(first, wanted[0]) <= PARITY
    assert 0 < deviation(second, wanted[1]) < 0.5


def test_pyramid_attention_broadcast_repeats_what_an_attention_gave() -> None:
    transformer = a_transformer(num_layers=3)
    inputs = some_inputs(Grid(), transformer.config)
    time = [500]
    transformer.enable_cache(
        PyramidAttentionBroadcastConfig(
            cross_attention_block_skip_range=2, current_timestep_callback=lambda: time[0]
        )
    )
    asked = Calls(transformer.transformer_blocks[1].audio_attn.to_q)
    for time[0] in (500, 480, 460, 440):
        predicted(transformer, inputs)
    assert asked.count == 2


def test_all_that_a_cogvideox_has_is_here_under_the_same_name_and_shape() -> None:
    """So that its LoRAs fit, which name these layers."""
    sizes = {**SIZES, "in_channels": 32, "patch_bias": True, "sample_frames": 49}
    theirs = CogVideoXTransformer3DModel(**sizes, use_rotary_positional_embeddings=True)
    ours = a_transformer().state_dict()
    for name, tensor in theirs.state_dict().items():
        assert ours[name].shape == tensor.shape, name


# Several ranks, here processes that talk through gloo


def _predict_on_a_rank(rank: int, ranks: int, folder: Path, folds_audio: bool) -> None:
    torch.set_num_threads(1)
    warnings.simplefilter("ignore")  # experimental, says diffusers
    torch.accelerator.device_count = lambda: 1  # diffusers divides by it
    store = f"file://{folder}/store"
    torch.distributed.init_process_group("gloo", init_method=store, rank=rank, world_size=ranks)
    transformer = a_transformer(num_attention_heads=4)
    transformer.fold_audio = folds_audio
    inputs = some_inputs(Grid(), transformer.config)
    transformer.enable_parallelism(config=ContextParallelConfig(ulysses_degree=ranks))
    torch.save(predicted(transformer, inputs), folder / f"{rank}.pt")
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize("folds_audio", [True, False])
def test_ranks_that_share_out_the_sequence_give_the_same(tmp_path: Path, folds_audio: bool) -> None:
    ranks = 2
    torch.multiprocessing.start_processes(
        _predict_on_a_rank, args=(ranks, tmp_path, folds_audio), nprocs=ranks, start_method="fork"
    )
    transformer = a_transformer(num_attention_heads=4)
    _, wanted = given_and_wanted(transformer)
    for rank in range(ranks):
        assert deviation(torch.load(tmp_path / f"{rank}.pt"), wanted) <= PARITY
