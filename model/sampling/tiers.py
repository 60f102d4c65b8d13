"""Speed tiers: how many steps a segment takes, and which of diffusers' caches skips work between
them. Data, but for `cached`, which is the only place that knows diffusers' names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, slots=True, kw_only=True)
class NoCache:
    """Every step computes everything."""

    kind: Literal["none"] = field(default="none", init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstBlockCache:
    """A step whose first block adds nearly the same as at the step before keeps what all others
    added then. `threshold` is the mean change over the mean itself."""

    threshold: float = 0.05
    kind: Literal["first_block"] = field(default="first_block", init=False)

    def __post_init__(self) -> None:
        if not self.threshold > 0:
            raise ValueError(f"a threshold of {self.threshold} skips nothing: use NoCache")


@dataclass(frozen=True, slots=True, kw_only=True)
class PyramidBroadcast:
    """Joint attention is computed at every `joint_every`-th step, face and speech at every
    `cross_every`-th; everything outside `timesteps` (Zhao et al., 2024). Keeps the output of every
    attention: three times the video's tokens a layer."""

    joint_every: int = 2
    cross_every: int = 4
    timesteps: tuple[int, int] = (100, 800)
    kind: Literal["pyramid"] = field(default="pyramid", init=False)

    def __post_init__(self) -> None:
        if min(self.joint_every, self.cross_every) < 1:
            raise ValueError("attention is computed at every n-th step, n from 1")
        if not self.timesteps[0] < self.timesteps[1]:
            raise ValueError(f"timesteps {self.timesteps} hold none: give the smaller one first")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaylorSeer:
    """After `first` whole steps only every `every`-th is computed; between them the output is
    extrapolated by a Taylor series of `order` (Liu et al., 2025), diffusers' lite mode."""

    every: int = 3
    first: int = 3
    order: int = 1
    kind: Literal["taylorseer"] = field(default="taylorseer", init=False)

    def __post_init__(self) -> None:
        if self.every < 1 or self.first < 1 or self.order < 0:
            raise ValueError("a Taylor series needs whole steps, and an order from 0")


Cache: TypeAlias = NoCache | FirstBlockCache | PyramidBroadcast | TaylorSeer


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """Steps of a segment, and the cache over them."""

    steps: int
    cache: Cache = NoCache()


FULL = Tier(steps=50)
FAST = Tier(steps=30, cache=FirstBlockCache(threshold=0.05))
DRAFT = Tier(steps=16, cache=FirstBlockCache(threshold=0.1))
"""The thresholds are diffusers' default and twice it; nobody has seen them with Hallo3's own
weights yet (docs/tiers.md)."""


@contextmanager
def cached(transformer: Any, cache: Cache, timestep: Callable[[], int | None]) -> Iterator[None]:  # noqa: ANN401  # diffusers is untyped
    """The transformer with `cache` on, which is empty at first and gone at the end, whatever ends
    it: a segment owes nothing to what was sampled before, not even to one that failed.

    `timestep` tells the one being computed. A cache that the caller enabled by himself stays with
    `NoCache`; beside another it is diffusers' `ValueError`.
    """
    transformer._reset_stateful_cache()  # noqa: SLF001  as diffusers' pipelines do
    config = _diffusers_config(cache, timestep)
    if config is not None:
        transformer.enable_cache(config)
    try:
        yield
    finally:
        transformer._reset_stateful_cache()  # noqa: SLF001
        if config is not None:
            transformer.disable_cache()


def _diffusers_config(cache: Cache, timestep: Callable[[], int | None]) -> Any:  # noqa: ANN401  # theirs
    diffusers: Any = import_module("diffusers")  # presets are read where torch is not

    match cache:
        case NoCache():
            return None
        case FirstBlockCache():
            return diffusers.FirstBlockCacheConfig(threshold=cache.threshold)
        case PyramidBroadcast():
            return diffusers.PyramidAttentionBroadcastConfig(
                spatial_attention_block_skip_range=cache.joint_every,
                cross_attention_block_skip_range=cache.cross_every,
                spatial_attention_timestep_skip_range=cache.timesteps,
                cross_attention_timestep_skip_range=cache.timesteps,
                current_timestep_callback=timestep,
            )
        case TaylorSeer():
            return diffusers.TaylorSeerCacheConfig(
                cache_interval=cache.every,
                disable_cache_before_step=cache.first,
                max_order=cache.order,
                taylor_factors_dtype=None,
                use_lite_mode=True,
            )
