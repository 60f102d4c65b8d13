"""How fast a step and a segment are, with each lever that the code has and without."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial

import torch
from diffusers.models.attention_dispatch import AttentionBackendName
from torch import Tensor

from model.bench.card.context import CardContext, deviation_of
from model.bench.card.flop import ORIGINAL_STEP_TFLOP, step_flop
from model.bench.levers import LEVERS
from model.bench.naive import PlainTransformer
from model.bench.segment_parts import attention_size, whole_segment
from model.bench.timing import BACKENDS, attention_rates, by_turns, matrix_product, why_not
from model.sampling.tiers import DRAFT, FAST, Tier

Figures = dict[str, object]

PACKAGES = {
    "flash_attn 2": AttentionBackendName.FLASH,
    "flash_attn 3": AttentionBackendName._FLASH_3,  # noqa: SLF001  diffusers' name
}
"""Not torch's own, and not in the lock file: used where they are installed."""

COPIED_BYTES = {"cuda": 2**30, "cpu": 2**24}


def machine(context: CardContext) -> Figures:
    """The device, and what it can do at best: a matrix product and copies."""
    device = context.device
    seconds = by_turns({"matrix": matrix_product(device, torch.bfloat16)}, device, context.rounds)
    told: Figures = {"torch": torch.__version__, "matrix_tflops": round(matrix_tflops(context), 2)}
    told["matrix_s"] = round(seconds["matrix"], 6)
    there = torch.empty(COPIED_BYTES[device.type], dtype=torch.uint8, device=device)
    here = torch.empty_like(there, device="cpu")
    copies: dict[str, Callable[[], object]] = {
        "on_the_device": there.clone,
        "to_the_host": lambda: here.copy_(there),
    }
    for name, each in by_turns(copies, device, context.rounds).items():
        told[f"copied_{name}_gib_s"] = round(there.numel() / each / 2**30, 2)
    if device.type == "cuda":
        found = torch.cuda.get_device_properties(device)
        told |= {
            "name": found.name,
            "memory_gib": round(found.total_memory / 2**30, 1),
            "capability": list(torch.cuda.get_device_capability(device)),
            "cuda": torch.version.cuda,
            "cudnn": torch.backends.cudnn.version(),  # type: ignore[no-untyped-call]  # torch
        }
    return told


def matrix_tflops(context: CardContext) -> float:
    """The measured rate that shares are told of: a large square product in bfloat16."""
    call = matrix_product(context.device, torch.bfloat16)
    side = call.args[0].shape[0]  # type: ignore[attr-defined]  # a partial
    seconds = by_turns({"matrix": call}, context.device, context.rounds)["matrix"]
    return float(2 * side**3 / seconds / 1e12)


def guided_step(context: CardContext) -> Figures:
    """Seconds of a step, ours and the plain computation of the original, by turns."""
    networks = context.networks()
    with context.peak() as peak:
        networks.step()
        context.synchronise()
        held = peak()
    plain = PlainTransformer(networks.transformer.state_dict(), networks.transformer.config)
    calls: dict[str, Callable[[], object]] = {
        "step": networks.step,
        "plain_step": lambda: plain(networks.given.twice()),
    }
    seconds = by_turns(calls, context.device, context.rounds)
    flop, matrix = own_flop(context), matrix_tflops(context)
    rate = flop / seconds["step"] / 1e12
    return {
        "seconds": rounded_seconds(seconds),
        "plain_over_ours": round(seconds["plain_step"] / seconds["step"], 3),
        "tflop": round(flop / 1e12, 4),
        "original_tflop": None if context.rehearsed else ORIGINAL_STEP_TFLOP,
        "tflops": round(rate, 3),
        "matrix_tflops": round(matrix, 3),
        "of_matrix": round(rate / matrix, 3),
        "peak_gib": held,
    }


def own_flop(context: CardContext) -> int:
    transformer = context.networks().transformer
    return step_flop(transformer.config, folded_audio=transformer.fold_audio)


def segment(context: CardContext) -> Figures:
    """One segment from noise to its last frame in the exact tier, and the VAE's share of it."""
    networks, steps = context.networks(), context.size.steps
    with context.peak() as peak:
        whole = whole_segment(networks.pipeline, networks.given, steps)
        held = peak()
    rate = own_flop(context) * steps / float(str(whole["steps_s"])) / 1e12
    share = float(str(whole["decode_s"])) / float(str(whole["whole_s"]))
    matrix = matrix_tflops(context)
    return {
        **whole,
        "tflops": round(rate, 3),
        "of_matrix": round(rate / matrix, 3),
        "vae_share": round(share, 4),
        "peak_gib": held,
    }


def fast_segment(context: CardContext) -> Figures:
    return _tiered(context, FAST)


def draft_segment(context: CardContext) -> Figures:
    return _tiered(context, DRAFT)


def _tiered(context: CardContext, tier: Tier) -> Figures:
    """What a cache skips depends on the weights; with random ones it is told, and is no promise."""
    networks = context.networks()
    last, calls = networks.transformer.layers[-1], [0]
    hook = last.ff.register_forward_hook(lambda *_: calls.__setitem__(0, calls[0] + 1))
    try:
        told = whole_segment(networks.pipeline, networks.given, tier.steps, tier.cache)
    finally:
        hook.remove()
    return {**told, "cache": asdict(tier.cache), "whole_steps": calls[0], "weights": "random"}


def attention(context: CardContext) -> Figures:
    """TFLOP/s of joint attention on each backend, alone."""
    size = attention_size(context.networks().transformer.config)
    return attention_rates(size, context.device, torch.bfloat16, context.rounds)


def backends(context: CardContext) -> Figures:
    """The whole step on each attention backend, against torch's own choice."""
    networks = context.networks()
    transformer, wanted = networks.transformer, networks.step()
    told: Figures = {}

    def stepped(backend: AttentionBackendName) -> Tensor:
        transformer.set_attention_backend(str(backend.value))
        return networks.step()

    for name, backend in (BACKENDS | PACKAGES).items():
        missing = why_not(partial(stepped, backend))
        if missing:
            told[name] = {"missing": missing}
            continue
        got = stepped(backend)
        seconds = by_turns({name: networks.step}, context.device, context.rounds)[name]
        told[name] = {"seconds": round(seconds, 5), "deviation": deviation_of(got, wanted)}
    stepped(AttentionBackendName.NATIVE)
    return told


def levers(context: CardContext) -> Figures:
    """Each exact lever let go alone: how many times slower the step is without it."""
    networks, told = context.networks(), {}
    for name, lever in LEVERS.items():
        with_it, without = lever(networks.transformer, networks.given)
        calls: dict[str, Callable[[], object]] = {"with": with_it, "without": without}
        seconds = by_turns(calls, context.device, context.rounds)
        ratio = round(seconds["without"] / seconds["with"], 4)
        told[name] = {"seconds": rounded_seconds(seconds), "without_over_with": ratio}
    return dict(told)


def fused_projections(context: CardContext) -> Figures:
    """One product for queries, keys and values instead of three."""
    networks = context.networks()
    wanted = networks.step()
    apart = by_turns({"apart": networks.step}, context.device, context.rounds)["apart"]
    networks.transformer.fuse_qkv_projections()  # type: ignore[no-untyped-call]  # diffusers
    try:
        got = networks.step()
        fused = by_turns({"fused": networks.step}, context.device, context.rounds)["fused"]
    finally:
        networks.transformer.unfuse_qkv_projections()  # type: ignore[no-untyped-call]
    return {
        "seconds": rounded_seconds({"apart": apart, "fused": fused}),
        "apart_over_fused": round(apart / fused, 4),
        "deviation": deviation_of(got, wanted),
    }


def rounded_seconds(seconds: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in seconds.items()}
