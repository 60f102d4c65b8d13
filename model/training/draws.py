"""Randomness of training: every step's draws by name, so that a resumed run is the same run."""

from __future__ import annotations

import hashlib

import torch


def generator_of(seed: int, stage: str, step: int) -> torch.Generator:
    """On the host; the same for (seed, stage, step) wherever and whenever it is asked for."""
    digest = hashlib.sha256(f"train|{seed}|{stage}|{step}".encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8]) >> 1)


def integers(generator: torch.Generator, high: int, count: int = 1) -> list[int]:
    """`count` numbers in 0..high-1."""
    drawn: list[int] = torch.randint(high, (count,), generator=generator).tolist()
    return drawn


def chances(generator: torch.Generator, probability: float, count: int) -> torch.Tensor:
    """bool [count], each True with `probability`."""
    return torch.rand(count, generator=generator) < probability
