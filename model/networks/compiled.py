"""The transformer's blocks compiled by torch, each alone, as diffusers' regional compilation does.

On CUDA the mode is `reduce-overhead`: torch captures every block as a CUDA graph with static
buffers of its own and replays it at each step. That has been run on no GPU by us; on a CPU the same
path is tested without graphs. Blocks are compiled beneath diffusers' hooks, so that a cache
decides outside of what is captured.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from model.networks.transformer import Hallo3Transformer3DModel

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 5e-2}
"""Relative to the largest value of a prediction: how far a compiled step may lie from a plain one.
Compiled and plain chains differ in their bits; one chain must not mix them."""


def compile_mode(device_type: str) -> str:
    """Of `torch.compile`: CUDA graphs where there are any."""
    return "reduce-overhead" if device_type == "cuda" else "default"


class CompiledBlocks:
    """The blocks of a transformer that lies on its device, compiled at their first call.

    Not for weights that are offloaded by layer, whose hooks no graph can hold.
    """

    def __init__(self, transformer: Hallo3Transformer3DModel, backend: str = "inductor") -> None:
        self._transformer = transformer
        on_cuda = transformer.device.type == "cuda"
        # Another backend has no modes, and needs none: it makes no graphs.
        mode = compile_mode(transformer.device.type) if backend == "inductor" else None
        self._forwards: list[Callable[..., Any]] = [
            torch.compile(block.forward, fullgraph=True, mode=mode, backend=backend, dynamic=False)
            for block in transformer.layers
        ]
        self._each_step = _mark_step if on_cuda else None

    @contextmanager
    def on(self) -> Iterator[None]:
        """The transformer computes with them inside; outside it is as it was."""
        blocks = self._transformer.layers
        hooks = []
        if self._each_step is not None:
            # `denoise` embeds patches once a step, before any block
            hooks.append(self._transformer.patch_embed.register_forward_pre_hook(self._each_step))
        for block, forward in zip(blocks, self._forwards, strict=True):
            block.forward = forward
        try:
            yield
        finally:
            for block in blocks:
                del block.forward
            for hook in hooks:
                hook.remove()


def _mark_step(_module: nn.Module, _inputs: object) -> None:
    """What the graphs gave at the step before may be overwritten: no one reads it any more."""
    torch.compiler.cudagraph_mark_step_begin()  # type: ignore[no-untyped-call]  # torch
