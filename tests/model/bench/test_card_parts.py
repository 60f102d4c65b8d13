"""Every part that needs no compiler, carried out on the smallest networks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode, sdpa_flop_count

from model.bench import segment_parts
from model.bench.card import bits, launches, memory, speed
from model.bench.card.context import CardContext
from model.bench.card.flop import ORIGINAL_STEP_TFLOP, step_flop
from model.bench.segment_parts import BenchSize
from model.networks.transformer import Hallo3Transformer3DModel

LEAST = BenchSize(
    shared={
        "num_layers": 2,
        "num_attention_heads": 1,
        "text_embed_dim": 8,
        "time_embed_dim": 16,
        "max_text_seq_length": 4,
        "sample_frames": 3,
        "sample_height": 4,
        "sample_width": 4,
    },
    own={"audio_channels": 4, "audio_hidden_dim": 8, "audio_token_dim": 8},
    vae={"block_out_channels": (8, 8, 8, 8), "norm_num_groups": 2, "layers_per_block": 1},
    steps=3,
)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    with torch.inference_mode():
        yield
    torch.set_num_threads(threads)


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CardContext:
    monkeypatch.setitem(segment_parts.SIZES, "small", LEAST)
    monkeypatch.setattr(CardContext, "rounds", 1)
    return CardContext(device=torch.device("cpu"), size_name="small", folder=tmp_path)


def test_parts_that_change_nothing_share_networks_and_give_figures(context: CardContext) -> None:
    told: dict[str, Any] = {
        part.__name__: json.loads(json.dumps(part(context)))
        for part in (
            speed.guided_step,
            speed.segment,
            speed.fast_segment,
            speed.levers,
            bits.same_bits,
            bits.host_waits,
        )
    }
    assert told["guided_step"]["original_tflop"] is None  # it is of the full size
    assert told["segment"]["new_frames"] == 7
    assert told["fast_segment"]["whole_steps"] <= told["fast_segment"]["steps"] == 30
    assert told["same_bits"]["same_bits_twice"] is True
    assert told["host_waits"]["steps_watched"] == bits.FEW_STEPS - 1
    assert (context.folder / told["host_waits"]["trace"]).stat().st_size > 0


def test_each_backend_is_tried_in_the_step_and_torchs_own_choice_is_left_behind(
    context: CardContext,
) -> None:
    told: Any = speed.backends(context)
    assert told["native"]["deviation"] == 0
    assert "flash-attn" in told["flash_attn 2"]["missing"]
    assert torch.equal(context.networks().step(), context.networks().step())


@pytest.mark.parametrize("part", [memory.on_24_gb, memory.on_48_gb])
def test_a_profile_under_a_cap_draws_a_segment_and_tells_whether_it_was_capped(
    context: CardContext, part: Callable[[CardContext], dict[str, Any]]
) -> None:
    told = part(context)
    assert told["capped"] is False
    assert told["new_frames"] == 7
    assert told["profile"] == ("offloaded" if told["gigabytes"] == 24 else "freed")
    assert context.networks().given.bank  # the next part has networks of its own


def test_float8_halves_the_large_weights(context: CardContext) -> None:
    told: Any = memory.float8(context)
    assert told["weight_gib"] < told["weight_gib_before"]
    assert told["deviation"] < 0.5


def test_deterministic_kernels_are_let_go_of_again(context: CardContext) -> None:
    told: Any = bits.deterministic(context)
    assert told["same_bits_twice"] is True
    assert not torch.are_deterministic_algorithms_enabled()


@pytest.mark.parametrize("folded", [True, False])
def test_the_operations_of_a_step_are_those_that_torch_counts(
    context: CardContext, *, folded: bool
) -> None:
    networks = context.networks()
    networks.transformer.fold_audio = folded
    segment = networks.transformer.segment_conditions(networks.given.audio)
    flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
    mapping = {flash: lambda *shapes, **_: sdpa_flop_count(*shapes[:3])}
    with FlopCounterMode(display=False, custom_mapping=mapping) as counter:
        networks.transformer.denoise(
            networks.given.latents, networks.given.timestep, networks.take, segment
        )
    config = networks.transformer.config
    assert step_flop(config, folded_audio=folded) == counter.get_total_flops()


def test_at_full_size_a_step_is_short_of_the_originals_by_the_exact_cuts() -> None:
    with torch.device("meta"):
        config = Hallo3Transformer3DModel().config
    share = step_flop(config, folded_audio=False) / 1e12 / ORIGINAL_STEP_TFLOP
    assert 0.92 < share < 0.93


def test_the_tuned_segment_takes_the_fastest_backend_that_was_near(tmp_path: Path) -> None:
    assert launches.fastest_backend(tmp_path) == "native"
    figures = {
        "native": {"seconds": 2.0, "deviation": 0.0},
        "flash": {"seconds": 0.1, "deviation": 0.9},
        "cudnn": {"seconds": 1.0, "deviation": 0.01},
        "efficient": {"missing": "no kernel"},
        "flash_attn 3": {"seconds": 0.5, "deviation": 0.0},
    }
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts/backends.json").write_text(json.dumps({"figures": figures}))
    assert launches.fastest_backend(tmp_path) == "cudnn"


def test_a_graph_beside_plain_steps_is_told_with_its_bits(
    context: CardContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    uncompiled = SimpleNamespace(on=nullcontext)  # a compiler takes a minute; the day has one
    monkeypatch.setattr(launches, "plainly_compiled", lambda _: uncompiled)
    told: Any = launches.step_graph(context)
    assert told["same_bits"] is True
    assert set(told["seconds"]) == {"step", "graph", "compiled_graph"}
    tuned: Any = launches.tuned_segment(context)
    assert tuned["captures"] == 1
    assert tuned["new_frames"] == 7
