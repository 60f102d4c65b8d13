"""The reference network against the original's bank, and against the plain computation."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from model.bench.naive import PlainReference
from model.networks.reference import Hallo3ReferenceModel
from tests.golden_tensors import deviation, golden
from tests.model.official import official_reference
from tests.model.small_networks import a_reference, a_transformer

PARITY = 1e-5


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.no_grad():
        yield
    torch.set_num_threads(threads)


def a_portrait(height: int = 4, width: int = 6, batch: int = 1) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(3)
    latents = torch.randn(batch, 1, 16, height, width, generator=generator)
    return latents, torch.randn(batch, 6, 8, generator=generator)


def test_the_bank_is_the_original_bank() -> None:
    wanted = golden("reference_net")
    bank = official_reference()(wanted["in.ref_latent"], wanted["in.text"])
    assert len(bank) == 3
    for layer, seen in enumerate(bank):
        assert deviation(seen, wanted[f"bank.{layer:02}"]) <= PARITY


def test_each_block_gives_what_the_original_gave() -> None:
    wanted, reference = golden("reference_net"), official_reference()
    outputs: list[Tensor] = []

    def keep(_block: nn.Module, _inputs: object, output: tuple[Tensor, Tensor]) -> None:
        video, text = output
        outputs.append(torch.cat([text, video.flatten(1, 2)], dim=1))

    for block in reference.layers[:-1]:
        block.register_forward_hook(keep)
    reference(wanted["in.ref_latent"], wanted["in.text"])
    for layer, output in enumerate(outputs):
        assert deviation(output, wanted[f"block.{layer:02}.out"]) <= PARITY
    assert len(outputs) == 2


@settings(max_examples=12)
@given(
    height=st.sampled_from([2, 6, 12]),
    width=st.sampled_from([2, 4, 12]),
    batch=st.integers(1, 3),
)
def test_any_grid_gives_what_the_plain_computation_gives(
    height: int, width: int, batch: int
) -> None:
    reference = a_reference(num_layers=3)
    portrait = a_portrait(height, width, batch)
    plain = PlainReference(reference.state_dict(), reference.config).bank(*portrait)
    for seen, wanted in zip(reference(*portrait), plain, strict=True):
        assert deviation(seen, wanted) <= PARITY


def test_nothing_of_the_network_is_dead_but_the_weights_of_the_empty_text() -> None:
    """Of the last layers only what a bank depends on (docs/hallo3.md, "The reference network")."""
    reference = a_reference(num_layers=3)
    latents, text = a_portrait()
    with torch.enable_grad():
        bank = reference(latents, torch.zeros_like(text))
        sum(seen.square().sum() for seen in bank).backward()
    dead = {
        name
        for name, parameter in reference.named_parameters()
        if parameter.grad is None or not parameter.grad.any()
    }
    assert dead == {"patch_embed.text_proj.weight"}


def test_a_transformer_takes_the_bank() -> None:
    transformer, reference = a_transformer(), a_reference()
    bank = reference(*a_portrait())
    take = transformer.take_conditions(torch.zeros(2, 6, 8), torch.zeros(1, 7), bank)
    assert [key.shape[:2] for key, _ in take.references] == [(1, 6)] * 2


def test_a_saved_reference_comes_back_the_same(tmp_path: Path) -> None:
    reference, portrait = a_reference(), a_portrait()
    reference.save_pretrained(tmp_path)
    back = Hallo3ReferenceModel.from_pretrained(tmp_path)
    for seen, wanted in zip(back(*portrait), reference(*portrait), strict=True):
        assert torch.equal(seen, wanted)
