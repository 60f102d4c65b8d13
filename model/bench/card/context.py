"""What every part of the day of the card is given: the device, the size, and networks made once."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from model.bench.segment_parts import SIZES, BenchSize, Given, random_networks
from model.chain import SegmentPipeline
from model.networks.conditioning import SegmentConditions, TakeConditions
from model.networks.transformer import Hallo3Transformer3DModel
from model.scheduler import Hallo3DPMScheduler

FULL_SIZE = "hallo3-5b"
GIB = 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedNetworks:
    """Networks with random weights on the device, and a guided step of theirs."""

    pipeline: SegmentPipeline
    given: Given
    take: TakeConditions
    segment: SegmentConditions

    @property
    def transformer(self) -> Hallo3Transformer3DModel:
        found: Hallo3Transformer3DModel = self.pipeline.transformer
        return found

    @property
    def step(self) -> Callable[[], Tensor]:
        """As the pipeline takes it, the guidance pair in one batch."""
        given = (self.given.latents, self.given.timestep, self.take, self.segment)
        return partial(self.transformer.denoise, *given)


@dataclass(slots=True, kw_only=True)
class CardContext:
    """Of one process that does some parts, one after the other.

    `training` names the settings of one, `shard_mb` sizes its files of weights; `left_s` says how
    long a part may still take.
    """

    device: torch.device
    size_name: str
    folder: Path
    training: Path | None = None
    shard_mb: float | None = None
    left_s: Callable[[], float] = lambda: float("inf")
    _loaded: LoadedNetworks | None = field(default=None, init=False)

    @property
    def size(self) -> BenchSize:
        return SIZES[self.size_name]

    @property
    def rehearsed(self) -> bool:
        """Nothing that is measured so says anything of a card."""
        return self.device.type != "cuda" or self.size_name != FULL_SIZE

    @property
    def rounds(self) -> int:
        """Times that a call is timed."""
        return 3

    def networks(self) -> LoadedNetworks:
        """In bfloat16, made on the device itself: the host need not hold the full size."""
        if self._loaded is None:
            self._loaded = loaded_networks(self.size, self.device)
        return self._loaded

    def forget(self) -> None:
        """Whoever changes the networks for good leaves none of them to the next part."""
        self._loaded = None

    def synchronise(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)

    @contextmanager
    def peak(self) -> Iterator[Callable[[], float]]:
        """Tells the largest GiB held since it was entered; on a CPU that of the process so far."""
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self.device)
            yield lambda: round(torch.cuda.max_memory_allocated(self.device) / GIB, 2)
        else:
            yield lambda: round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / GIB, 2)


def loaded_networks(size: BenchSize, device: torch.device) -> LoadedNetworks:
    made: tuple[Any, ...] = random_networks(size, device, torch.bfloat16)
    transformer, reference, vae = (network.eval().requires_grad_(False) for network in made)
    pipeline = SegmentPipeline(vae, transformer, reference, Hallo3DPMScheduler())
    given = Given.of(transformer, reference, device, torch.bfloat16)
    return LoadedNetworks(
        pipeline=pipeline,
        given=given,
        take=transformer.take_conditions(given.text, given.face, given.bank),
        segment=transformer.segment_conditions(given.audio),
    )


def deviation_of(got: Tensor, wanted: Tensor) -> float:
    """The largest difference, relative to the largest value."""
    return float((got.float() - wanted.float()).abs().max() / wanted.float().abs().max())
