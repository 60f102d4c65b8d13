"""The transformer against the tensors of the original, and against the plain computation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from model.bench.naive import PlainInputs, PlainTransformer
from model.networks.transformer import Hallo3Transformer3DModel
from tests.golden_tensors import deviation, golden
from tests.model.official import official_transformer
from tests.model.small_networks import (
    Grid,
    a_transformer,
    plainly_predicted,
    predicted,
    some_inputs,
)

FORWARDS = ("dit_forward_t0999", "dit_forward_t0479")
PARITY = 1e-5
Compute = Callable[[Hallo3Transformer3DModel, PlainInputs], Tensor]
Seen = dict[str, Tensor]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.no_grad():
        yield
    torch.set_num_threads(threads)


def official_inputs(name: str) -> PlainInputs:
    tensors, bank = golden(name), golden("reference_net")
    return PlainInputs(
        latents=torch.cat([tensors["in.x"], tensors["in.concat"]], dim=2),
        timesteps=tensors["in.timestep"],
        text=tensors["in.text"],
        audio=tensors["in.audio_emb"],
        face=tensors["in.face_emb"],
        bank=[bank[f"bank.{layer:02}"].expand(2, -1, -1) for layer in range(3)],
    )


def in_parts(transformer: Hallo3Transformer3DModel, inputs: PlainInputs) -> Tensor:
    """As the pipeline calls it: what both halves of the guidance share is given once."""
    take = transformer.take_conditions(inputs.text, inputs.face[:1], [b[:1] for b in inputs.bank])
    segment = transformer.segment_conditions(inputs.audio)
    return transformer.denoise(inputs.latents[:1], inputs.timesteps[:1], take, segment)


def watch(network: nn.Module, places: dict[str, str]) -> Seen:
    """What modules give, filled in as they run: tokens as [text; video] or as they come."""
    seen: Seen = {}

    def keep(name: str, _module: nn.Module, _inputs: object, output: Tensor) -> None:
        output = sequence(output)
        if name in seen:  # an MLP, which takes the text after the video
            output = torch.cat([output, seen[name].flatten(1, 2)], dim=1)
        seen[name] = output

    for name, place in places.items():
        network.get_submodule(place).register_forward_hook(partial(keep, name))
    return seen


def sequence(output: Tensor | tuple[Tensor, ...]) -> Tensor:
    if isinstance(output, Tensor):
        return output
    video, text = output[:2]
    return torch.cat([text.expand(len(video), -1, -1), video.flatten(1, 2)], dim=1)


# Against the original


@pytest.mark.parametrize("name", FORWARDS)
@pytest.mark.parametrize("folds_audio", [True, False])
def test_a_forward_gives_what_the_original_gave(name: str, folds_audio: bool) -> None:
    transformer = official_transformer()
    transformer.fold_audio = folds_audio
    assert deviation(predicted(transformer, official_inputs(name)), golden(name)["out"]) <= PARITY


@pytest.mark.parametrize("name", FORWARDS)
def test_what_the_guidance_pair_shares_may_be_given_once(name: str) -> None:
    got = in_parts(official_transformer(), official_inputs(name))
    assert deviation(got, golden(name)["out"]) <= PARITY


@pytest.mark.parametrize("name", FORWARDS)
def test_the_plain_computation_gives_what_the_original_gave(name: str) -> None:
    inputs, wanted = official_inputs(name), golden(name)
    seen: Seen = {}
    transformer = official_transformer()
    plain = PlainTransformer(transformer.state_dict(), transformer.config, seen.__setitem__)
    assert deviation(plain(inputs), wanted["out"]) <= PARITY
    watched = [key for key in seen if key in wanted]
    assert len(watched) == (4 if name == FORWARDS[0] else 0)
    assert all(deviation(seen[key], wanted[key]) <= PARITY for key in watched)


def test_every_part_gives_what_the_original_gave() -> None:
    transformer, wanted = official_transformer(), golden(FORWARDS[0])
    block = "transformer_blocks.1."
    seen = watch(
        transformer,
        {
            "time_embed.out": "time_embedding",
            "audio_proj.out": "audio_proj",
            "face_proj.out": "face_proj",
            "block.00.out": "transformer_blocks.0",
            "block.01.self_attn.in": f"{block}norm1",
            "block.01.self_attn.out": f"{block}attn1",
            "block.01.face_attn.in": f"{block}norm_face",
            "block.01.face_attn.out": f"{block}face_attn",
            "block.01.audio_attn.in": f"{block}norm_audio",
            "block.01.audio_attn.out": f"{block}audio_attn",
            "block.01.mlp.in": f"{block}norm2",
            "block.01.mlp.out": f"{block}ff",
            "block.01.out": "transformer_blocks.1",
        },
    )
    predicted(transformer, official_inputs(FORWARDS[0]))
    for name, got in seen.items():
        expected = wanted[name]
        if "self_attn" in name:  # the original's reference tokens ask, to no purpose
            expected = expected[:, : got.shape[1]]
        if "face_attn" in name or "audio_attn" in name:
            expected = expected.unflatten(0, (2, -1))
        assert deviation(got, expected) <= PARITY, name


def test_the_last_block_gives_the_original_video_and_no_text() -> None:
    transformer, wanted = official_transformer(), golden(FORWARDS[0])
    seen = watch(
        transformer, {"block.02.out": "transformer_blocks.2", "final_layernorm.out": "norm_final"}
    )
    predicted(transformer, official_inputs(FORWARDS[0]))
    video = {"block.02.out": seen["block.02.out"][:, 10:]}
    video["final_layernorm.out"] = seen["final_layernorm.out"].flatten(1, 2)
    for name, got in video.items():
        assert deviation(got, wanted[name][:, 10:]) <= PARITY, name


# Sizes that the original's tensors do not have

grids = st.builds(
    Grid,
    frames=st.sampled_from([1, 2, 5, 13]),
    height=st.sampled_from([2, 4, 8]),
    width=st.sampled_from([2, 6, 12]),
    batch=st.integers(1, 3),
)


@settings(max_examples=20)
@given(grid=grids, folds_audio=st.booleans())
def test_any_grid_gives_what_the_plain_computation_gives(grid: Grid, folds_audio: bool) -> None:
    transformer = a_transformer()
    transformer.fold_audio = folds_audio
    inputs = some_inputs(grid, transformer.config)
    got = predicted(transformer, inputs)
    assert deviation(got, plainly_predicted(transformer, inputs)) <= PARITY


@settings(max_examples=10)
@given(grid=grids, folds_audio=st.booleans())
def test_any_grid_may_share_latents_time_face_and_reference(grid: Grid, folds_audio: bool) -> None:
    transformer = a_transformer()
    transformer.fold_audio = folds_audio
    inputs = some_inputs(grid, transformer.config)
    same = replace(
        inputs,
        latents=inputs.latents[:1].expand(grid.batch, -1, -1, -1, -1),
        timesteps=inputs.timesteps[:1].expand(grid.batch),
        face=inputs.face[:1].expand(grid.batch, -1),
        bank=[seen[:1].expand(grid.batch, -1, -1) for seen in inputs.bank],
    )
    got = in_parts(transformer, inputs)
    assert deviation(got, plainly_predicted(transformer, same)) <= PARITY


def test_a_batch_gives_each_row_what_it_gets_alone() -> None:
    transformer = a_transformer()
    inputs = some_inputs(Grid(batch=3), transformer.config)
    together = predicted(transformer, inputs)
    alone = PlainInputs(
        latents=inputs.latents[1:2],
        timesteps=inputs.timesteps[1:2],
        text=inputs.text[1:2],
        audio=inputs.audio[1:2],
        face=inputs.face[1:2],
        bank=[seen[1:2] for seen in inputs.bank],
    )
    assert deviation(together[1:2], predicted(transformer, alone)) <= PARITY


Change = Callable[[PlainInputs], PlainInputs]


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda g: replace(g, latents=torch.zeros(2, 3, 32, 4, 5)), "no multiples of 2"),
        (lambda g: replace(g, latents=torch.zeros(2, 3, 32, 40, 60)), "positions"),
        (lambda g: replace(g, audio=g.audio[:, :5]), "speech of 2 latent frames"),
        (lambda g: replace(g, bank=g.bank[:1]), "shorter"),
    ],
)
def test_inputs_that_do_not_fit_are_refused(change: Change, complaint: str) -> None:
    transformer = a_transformer()
    inputs = change(some_inputs(Grid(), transformer.config))
    with pytest.raises(ValueError, match=complaint):
        predicted(transformer, inputs)


def sizes_of(transformer: Hallo3Transformer3DModel) -> dict[str, object]:
    return {name: size for name, size in transformer.config.items() if not name.startswith("_")}


def test_a_saved_transformer_comes_back_the_same(tmp_path: Path) -> None:
    transformer = a_transformer()
    transformer.save_pretrained(tmp_path)
    back = Hallo3Transformer3DModel.from_pretrained(tmp_path)
    inputs = some_inputs(Grid(), transformer.config)
    assert sizes_of(back) == sizes_of(transformer)
    assert torch.equal(predicted(back, inputs), predicted(transformer, inputs))


@pytest.mark.parametrize("compute", [predicted, plainly_predicted])
def test_bfloat16_stays_close(compute: Compute) -> None:
    transformer, inputs = official_transformer(), official_inputs(FORWARDS[1])
    transformer.to(torch.bfloat16)
    half = PlainInputs(
        latents=inputs.latents.bfloat16(),
        timesteps=inputs.timesteps,
        text=inputs.text.bfloat16(),
        audio=inputs.audio.bfloat16(),
        face=inputs.face.bfloat16(),
        bank=[seen.bfloat16() for seen in inputs.bank],
    )
    got = compute(transformer, half)
    assert got.dtype == torch.bfloat16
    # 0.013 at most with the kernels of three instruction sets: three roundings of bfloat16
    assert deviation(got, golden(FORWARDS[1])["out"]) <= 0.025
