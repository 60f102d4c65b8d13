"""Offloading as users of diffusers call it: whole networks, and a sentence for all else."""

from __future__ import annotations

from typing import Any, NoReturn

import torch
from diffusers.pipelines.pipeline_utils import DiffusionPipeline

_REMEDY = (
    "weights are read past the `forward` of the layers that hold them, which would stay behind. "
    "Call `enable_model_cpu_offload()`, which brings one network after the other, or, for a card "
    'of 24 GB, `apply_profile(pipeline, OFFLOADED, device)` (docs/pipeline.md, "Memory")'
)


class WholeNetworksPipeline(DiffusionPipeline):
    """`enable_model_cpu_offload` is diffusers' own. What offloads single layers, or groups of
    them, is refused when it is called: diffusers would fail within the first clip, on a CPU by a
    `TypeError` of accelerate's, and leave networks behind that are partly nowhere."""

    def enable_sequential_cpu_offload(
        self, gpu_id: int | None = None, device: torch.device | str | None = None
    ) -> NoReturn:
        del gpu_id, device
        raise NotImplementedError(f"`enable_sequential_cpu_offload` cannot serve Hallo3: {_REMEDY}")

    def enable_group_offload(self, *given: Any, **others: Any) -> NoReturn:  # noqa: ANN401
        del given, others
        raise NotImplementedError(f"`enable_group_offload` cannot serve Hallo3: {_REMEDY}")
