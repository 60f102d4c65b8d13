"""What fits a card: the memory profiles under a cap, weights stored in float8, and the VAE."""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

import torch

from model.bench.card.bits import few_steps
from model.bench.card.context import GIB, CardContext, LoadedNetworks, deviation_of
from model.bench.card.speed import Figures, rounded_seconds
from model.bench.segment_parts import Given
from model.bench.timing import by_turns
from model.chain import SegmentPipeline
from model.memory.offload import apply_profile, stored_as_float8
from model.memory.profiles import FREED, HALLO3_5B, OFFLOADED, MemoryProfile, need, profile_for
from model.vae import channels_last, decode_frames, encode

CONTEXT_BYTES = GIB
"""Of a card, held by the driver's context, which no cap of torch's counts."""

FEW = 2


def float8(context: CardContext) -> Figures:
    """Weights stored in float8 and computed with in bfloat16: memory, time, deviation."""
    networks = context.networks()
    wanted = networks.step()
    before = by_turns({"step": networks.step}, context.device, context.rounds)["step"]
    held_before = weight_bytes(networks)
    stored_as_float8(networks.transformer)
    with context.peak() as peak:
        got = networks.step()
        context.synchronise()
        held = peak()
    after = by_turns({"step": networks.step}, context.device, context.rounds)["step"]
    return {
        "seconds": rounded_seconds({"bfloat16": before, "float8": after}),
        "float8_over_bfloat16": round(after / before, 3),
        "weight_gib": round(weight_bytes(networks) / GIB, 4),
        "weight_gib_before": round(held_before / GIB, 4),
        "deviation": deviation_of(got, wanted),
        "peak_gib": held,
    }


def weight_bytes(networks: LoadedNetworks) -> int:
    return sum(each.numel() * each.element_size() for each in networks.transformer.parameters())


def on_48_gb(context: CardContext) -> Figures:
    return _under_cap(context, 48)


def on_24_gb(context: CardContext) -> Figures:
    return _under_cap(context, 24)


def _under_cap(context: CardContext, gigabytes: int) -> Figures:
    """A segment of a few steps in the profile that the library picks for such a card."""
    bytes_there = gigabytes * GIB
    profile = profile_for(HALLO3_5B, bytes_there)
    if context.rehearsed:  # the same profiles; small networks would fit without any
        profile = OFFLOADED if gigabytes < 48 else FREED  # noqa: PLR2004
    pipeline, given = on_the_host(context)
    gc.collect()
    if context.device.type == "cuda":
        torch.cuda.empty_cache()
        whole = torch.cuda.get_device_properties(context.device).total_memory
        capped = min(1.0, (bytes_there - CONTEXT_BYTES) / whole)
        torch.cuda.set_per_process_memory_fraction(capped, context.device)
    return {
        "capped": context.device.type == "cuda",
        "gigabytes": gigabytes,
        "profile": profile.name,
        "keeps_bits": profile.same_bits,
        "calculated_gib": _calculated(context, profile),
        **_carried_out(context, profile, pipeline, given),
    }


def _calculated(context: CardContext, profile: MemoryProfile) -> dict[str, float] | None:
    """What the table of profiles says each moment needs, at full size."""
    if context.rehearsed:
        return None
    return {name: round(each / GIB, 2) for name, each in need(HALLO3_5B, profile)._asdict().items()}


def on_the_host(context: CardContext) -> tuple[SegmentPipeline, Given]:
    """The networks, and nothing left on the device of what a take has made of them."""
    networks = context.networks()
    context.forget()
    return networks.pipeline.to("cpu"), replace(networks.given, bank=[])


def _carried_out(
    context: CardContext, profile: MemoryProfile, pipeline: SegmentPipeline, given: Given
) -> Figures:
    apply_profile(pipeline, profile, context.device)
    with context.peak() as peak:
        began = perf_counter()
        made = few_steps(pipeline, given, FEW)
        context.synchronise()
        sampled = perf_counter()
        sampling_peak = peak()
        frames = sum(len(new) for new in made)
        context.synchronise()
    return {
        "steps": FEW,
        "steps_s": round(sampled - began, 3),
        "decode_s": round(perf_counter() - sampled, 3),
        "new_frames": frames,
        "sampling_peak_gib": sampling_peak,
        "peak_gib": peak(),
    }


def autoencoder(context: CardContext) -> Figures:
    """Decode of a segment and encode of what a segment begins with, by layout of the weights."""
    networks = context.networks()
    vae, clean = networks.pipeline.vae, networks.given.clean
    shape = networks.pipeline.segment_shape()
    three = torch.zeros(1, 3, 3, shape.height, shape.width, device=context.device)
    calls: dict[str, Callable[[], object]] = {
        "decode": lambda: [frames.sum() for frames in decode_frames(vae, clean)],
        "encode": lambda: encode(vae, three),
    }
    with context.peak() as peak:
        plain = by_turns(calls, context.device, context.rounds)
        held = peak()
    wanted = torch.cat(list(decode_frames(vae, clean)), dim=1)
    channels_last(vae)
    last = by_turns(calls, context.device, context.rounds)
    got = torch.cat(list(decode_frames(vae, clean)), dim=1)
    return {
        "seconds": rounded_seconds(plain),
        "channels_last_seconds": rounded_seconds(last),
        "decode_over_channels_last": round(plain["decode"] / last["decode"], 3),
        "deviation": deviation_of(got, wanted),
        "peak_gib": held,
    }
