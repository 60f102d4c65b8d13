"""Random draws keyed by what they are for, so that no draw depends on any other."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, Self

import numpy as np
import torch
from torch import Tensor


class Purpose(StrEnum):
    """Everything in a chain that is drawn."""

    INITIAL = "initial"  # x at the first step
    STEP = "step"  # what a step of the sampler adds
    MOTION_MASK = "motion_mask"  # uniform; which pixels of the motion frames are hidden
    MOTION_NOISE = "motion_noise"  # on the motion frames, where an option asks for it
    REFERENCE_POSTERIOR = "reference_posterior"  # of the masked face's latent
    CONDITION_POSTERIOR = "condition_posterior"  # of the portrait's and motion frames' latent


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """The name of one draw. What belongs to the whole take, not to a segment, is segment 0."""

    purpose: Purpose
    segment: int = 0
    step: int = 0


class NoiseSource(Protocol):
    """Numbers for a draw: the same whenever and wherever it is asked for."""

    def normal(self, draw: Draw, shape: Sequence[int]) -> Tensor:
        """Standard normal, float32 on the host."""

    def uniform(self, draw: Draw, shape: Sequence[int]) -> Tensor:
        """Uniform in [0, 1), float32 on the host."""


def draws_of(
    generator: torch.Generator | list[torch.Generator] | None, noise: NoiseSource | None
) -> NoiseSource:
    """All random numbers of a clip, by what its caller gave: a generator, one in a list, the draws
    themselves, or nothing. Raises for anything else, with what to give."""
    if noise is not None:
        if generator is not None:
            raise ValueError("give one of `generator` and `noise`")
        if not (hasattr(noise, "normal") and hasattr(noise, "uniform")):
            raise TypeError(f"`noise` is a {type(noise).__name__}; give `generator`, or a `Noise`")
        return noise
    if isinstance(generator, list):
        if len(generator) != 1:
            raise ValueError(f"{len(generator)} generators: a call makes one clip; give one")
        (generator,) = generator
    if generator is not None and not isinstance(generator, torch.Generator):
        kind = type(generator).__name__
        raise TypeError(f"`generator` is a {kind}; give torch.Generator().manual_seed(7)")
    return Noise.keyed(generator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """All noise of one chunk's chain. `chunk` says what is spoken, never where it stands.

    Philox takes the whole 128-bit key (torch's host generator takes 32 bits of its seed), and
    numpy's draws do not depend on the processor's vector width.
    """

    seed: int
    chunk: str

    def normal(self, draw: Draw, shape: Sequence[int]) -> Tensor:
        """Standard normal, float32 on the host."""
        numbers = self._generator(draw).standard_normal(tuple(shape), dtype=np.float32)
        return torch.from_numpy(numbers)

    def uniform(self, draw: Draw, shape: Sequence[int]) -> Tensor:
        """Uniform in [0, 1), float32 on the host."""
        return torch.from_numpy(self._generator(draw).random(tuple(shape), dtype=np.float32))

    @classmethod
    def keyed(cls, generator: torch.Generator | None) -> Self:
        """One number of the generator stands for all draws of a clip."""
        device = "cpu" if generator is None else generator.device
        seed = torch.randint(2**63 - 1, (), generator=generator, device=device)
        return cls(seed=int(seed), chunk="")

    def _generator(self, draw: Draw) -> np.random.Generator:
        # The chunk's name comes last: it is the only part that may hold any character.
        name = f"{self.seed}|{draw.purpose}|{draw.segment}|{draw.step}|{self.chunk}"
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "little")
        return np.random.Generator(np.random.Philox(key=key))
