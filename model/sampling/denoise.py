"""The loop over noise levels, which knows neither the network nor the solver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

from model.sampling.noise import Draw, NoiseSource, Purpose
from model.scheduler import Hallo3DPMScheduler

Velocity = Callable[[Tensor, int], Tensor]
"""The guided prediction for latents at a timestep."""


class OnStep(Protocol):
    """Told after every step; the latents that it returns go on, and None ends the loop there."""

    def __call__(self, step: int, timestep: int, latents: Tensor) -> Tensor | None: ...


def unchanged(step: int, timestep: int, latents: Tensor) -> Tensor:
    """Nobody is listening."""
    del step, timestep
    return latents


def sample(
    scheduler: Hallo3DPMScheduler,
    velocity: Velocity,
    latents: Tensor,
    noise: Callable[[int], Tensor],
    on_step: OnStep = unchanged,
) -> Tensor:
    """From pure noise to latents, over the scheduler's timesteps; `noise(step)` moves each step."""
    timesteps = scheduler.timesteps.tolist()
    for step, timestep in enumerate(timesteps):
        drawn = noise(step) if timestep != timesteps[-1] else None
        prediction = velocity(latents, timestep)
        latents = scheduler.step(prediction, timestep, latents, noise=drawn, return_dict=False)[0]
        moved = on_step(step, timestep, latents)
        if moved is None:
            break
        latents = _like(latents, moved)
    return latents


def _like(latents: Tensor, moved: object) -> Tensor:
    """What a caller gave back, if the steps can go on from it."""
    if not isinstance(moved, Tensor):
        raise TypeError(f"a step was given back a {type(moved).__name__}; give latents, or None")
    if moved.shape != latents.shape:
        told = f"latents {list(moved.shape)} were given back"
        raise ValueError(f"{told}; a step goes on from {list(latents.shape)}")
    return moved


def step_noise(source: NoiseSource, segment: int, like: Tensor) -> Callable[[int], Tensor]:
    """The segment's draw for each step, where `like` is."""

    def noise(step: int) -> Tensor:
        draw = Draw(purpose=Purpose.STEP, segment=segment, step=step)
        return brought_to_device(source.normal(draw, like.shape), like.device)

    return noise


def brought_to_device(drawn: Tensor, device: torch.device) -> Tensor:
    """From the host to the device, which need not be waited for: from pageable memory every copy
    ends only when all steps before it have."""
    if device.type != "cuda":
        return drawn.to(device)
    return drawn.pin_memory().to(device, non_blocking=True)


def in_band(
    guided: Velocity,
    alone: Velocity,
    inside: Callable[[int], bool],
    on_change: Callable[[], object],
) -> Velocity:
    """`guided` at timesteps inside of a band, `alone` at the others. `on_change` is called where
    one follows the other: what a cache kept is of other rows."""
    last: list[bool] = []

    def velocity(latents: Tensor, timestep: int) -> Tensor:
        now = inside(timestep)
        if last and last[0] != now:
            on_change()
        last[:] = [now]
        return (guided if now else alone)(latents, timestep)

    return velocity
