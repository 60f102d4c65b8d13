"""What launches of kernels cost: compiled blocks, whole steps as one graph, a segment with both."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from unittest.mock import patch

import torch
from torch import Tensor

from model.bench.card.bits import few_steps
from model.bench.card.context import CardContext, deviation_of
from model.bench.card.speed import Figures, rounded_seconds
from model.bench.segment_parts import against_compiled, whole_segment
from model.bench.timing import BACKENDS, by_turns
from model.networks.compiled import TOLERANCE, CompiledBlocks
from model.networks.transformer import Hallo3Transformer3DModel
from model.sampling.step_graph import StepGraph


def compiled(context: CardContext) -> Figures:
    """Blocks compiled each alone, against plain ones."""
    networks = context.networks()
    return against_compiled(networks.transformer, networks.step, context.rounds)


def step_graph(context: CardContext) -> Figures:
    """A whole step as one graph against single launches; then with compiled blocks inside of it."""
    networks = context.networks()
    transformer, given = networks.transformer, networks.given
    wanted, plain = networks.step(), StepGraph(transformer)
    told: Figures = {}
    calls: dict[str, Callable[[], object]] = {"step": networks.step}

    def replayed(graph: StepGraph) -> Callable[[], Tensor]:
        denoise = graph.denoiser(networks.take, networks.segment)
        return lambda: denoise(given.latents, given.timestep)

    calls["graph"] = graphed = replayed(plain)
    got = graphed()
    told["same_bits"], told["deviation"] = torch.equal(got, wanted), deviation_of(got, wanted)
    blocks = plainly_compiled(transformer)
    both = replayed(StepGraph(transformer))
    with blocks.on():
        began = perf_counter()
        inside = both()  # captured with the blocks as they are compiled now
        told["compiled_first_call_s"] = round(perf_counter() - began, 1)
    told["compiled_deviation"] = deviation_of(inside, wanted)
    told["compiled_tolerance"] = TOLERANCE[torch.bfloat16]
    if context.device.type == "cuda":
        calls["compiled_graph"] = both
    else:  # without graphs nothing was captured: the blocks must be on
        calls["compiled_graph"] = lambda: _on(blocks, both)
    seconds = by_turns(calls, context.device, context.rounds)
    ratios = {f"step_over_{name}": round(seconds["step"] / seconds[name], 3) for name in seconds}
    return {**told, "seconds": rounded_seconds(seconds), **ratios}


def _on(blocks: CompiledBlocks, call: Callable[[], Tensor]) -> Tensor:
    with blocks.on():
        return call()


def plainly_compiled(transformer: Hallo3Transformer3DModel) -> CompiledBlocks:
    """Without graphs of their own, which no other graph can hold."""
    with patch("model.networks.compiled.compile_mode", return_value="default"):
        return CompiledBlocks(transformer)


def tuned_segment(context: CardContext) -> Figures:
    """A segment of the exact tier on the fastest attention backend that was found, with compiled
    blocks in one step graph: what is left of the bits is their tolerance."""
    networks = context.networks()
    pipeline, given, transformer = networks.pipeline, networks.given, networks.transformer
    wanted, backend = networks.step(), fastest_backend(context.folder)
    transformer.set_attention_backend(BACKENDS[backend].value)
    blocks = plainly_compiled(transformer)
    with blocks.on():
        got, began = networks.step(), perf_counter()
        pipeline.step_graph = StepGraph(transformer)
        few_steps(pipeline, given)  # captured here, for this segment and all after it
        ready_s = perf_counter() - began
        with context.peak() as peak:
            told = whole_segment(pipeline, given, context.size.steps)
            held = peak()
    return {
        **told,
        "backend": backend,
        "captures": pipeline.step_graph.captures,
        "ready_s": round(ready_s, 1),
        "deviation": deviation_of(got, wanted),
        "tolerance": TOLERANCE[torch.bfloat16],
        "peak_gib": held,
    }


def fastest_backend(folder: Path) -> str:
    """As the part `backends` found it, among those of torch; torch's own choice before it ran."""
    path = folder / "parts/backends.json"
    if not path.is_file():
        return "native"
    found = json.loads(path.read_text(encoding="utf-8"))["figures"]
    near = {
        name: each["seconds"]
        for name, each in found.items()
        if name in BACKENDS and each.get("deviation", 1.0) <= TOLERANCE[torch.bfloat16]
    }
    return min(near, key=lambda name: near[name], default="native")
