"""What a student of few evaluations learns from a teacher of many: the distribution of its own
trajectory, matched (docs/train.md, "Distillation").

Trajectory distribution matching (Luo et al., 2025) with the gradient of DMD (Yin et al., 2024): no
frame of any video is needed. The student draws a trajectory of K steps by the sampler that will
render; what it takes the finished latents for at one of them is noised again, to a level between
this step and the next. There the teacher, and a `fake` network that knows only the student's
samples, say what they take for the finished latents: their difference is the gradient.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import torch
from torch import Tensor

from model.scheduler import Hallo3DPMScheduler
from model.training.draws import chances, integers

Network = Callable[[Tensor, Tensor], Tensor]
"""Noisy latents [B, ...] at timesteps [B] -> velocity."""

Teacher = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""The same -> velocity with guidance, and that of the conditions alone."""

LEAST_TIMESTEP, MOST_TIMESTEP = 20, 979
"""Where scores are compared: at the very ends a score says nothing, or is no number (DMD2)."""

LEAST_SCALE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class DistilLoss:
    """For a student of `steps` evaluations; the fake network learns at every call, the student at
    a share `student_share` of them: a gradient is as good as the fake network that it comes from.

    `saturation` weighs what guidance adds that nobody asked for: a spread of the latents, channel
    by channel, beyond that of the teacher's conditions alone, and a mean beside theirs.
    """

    steps: int
    student_share: float = 0.5
    saturation: float = 0.1

    def __call__(
        self,
        student: Network,
        fake: Network,
        teacher: Teacher,
        like: Tensor,
        generator: torch.Generator,
    ) -> Tensor:
        """Of a batch of latents shaped as `like` [B, T, C, h, w]. Nothing of the student's part
        moves the fake network, and nothing of its part moves the student."""
        (at,) = integers(generator, self.steps)
        learns = bool(chances(generator, self.student_share, 1)[0])
        with torch.set_grad_enabled(learns):
            made = self.made(student, like, at, generator)
        timestep, noisy, noise = self.noised(made.detach(), at, generator)
        guessed = fake(noisy, timestep)
        loss = (guessed - velocity_of(made.detach(), noise, timestep)).square().mean()
        if learns:
            loss = loss + self.pull(made, noisy, timestep, guessed.detach(), teacher)
        return loss

    def made(self, student: Network, like: Tensor, at: int, generator: torch.Generator) -> Tensor:
        """What the student takes for the finished latents at step `at` of its own trajectory, whose
        earlier steps learn nothing from it."""
        scheduler = Hallo3DPMScheduler()
        scheduler.set_timesteps(self.steps)
        x = torch.randn(like.shape, generator=generator).to(like)
        timesteps = scheduler.timesteps.tolist()
        for timestep in timesteps[:at]:
            with torch.no_grad():
                velocity = student(x, timesteps_like(timestep, like))
            noise = torch.randn(like.shape, generator=generator).to(like)
            x = scheduler.step(velocity, timestep, x, noise=noise, return_dict=False)[0]
        schedule = scheduler.schedule
        velocity = student(x, timesteps_like(timesteps[at], like))
        return float(schedule.signal[at]) * x - float(schedule.v_scale[at]) * velocity.float()

    def noised(
        self, made: Tensor, at: int, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Timesteps [B] between step `at` and the one after it, the latents noised to them, and
        with what."""
        low, high = self.between(at)
        timestep = torch.randint(low, high + 1, (len(made),), generator=generator)
        timestep = timestep.to(made.device)
        noise = torch.randn(made.shape, generator=generator).to(made)
        signal, spread = signal_and_spread(timestep, made)
        return timestep, signal * made + spread * noise, noise

    def between(self, at: int) -> tuple[int, int]:
        """The sub-interval of step `at`: from the timestep of the next step to its own."""
        edges = [*timesteps_of(self.steps), 0]
        low, high = edges[at + 1], edges[at]
        return max(low, LEAST_TIMESTEP), min(high, MOST_TIMESTEP)

    def pull(
        self, made: Tensor, noisy: Tensor, timestep: Tensor, guessed: Tensor, teacher: Teacher
    ) -> Tensor:
        """A loss whose gradient in `made` is the fake network's x0 less the teacher's, over the
        teacher's mean distance (DMD, equation 8), and the term against over-saturation."""
        with torch.no_grad():
            guided, alone = (
                clean_of(noisy, velocity.float(), timestep) for velocity in teacher(noisy, timestep)
            )
            taken = clean_of(noisy, guessed.float(), timestep)
            axes = tuple(range(1, made.ndim))
            scale = (made - guided).abs().mean(dim=axes, keepdim=True).clamp(min=LEAST_SCALE)
            target = made - (taken - guided) / scale
        return 0.5 * (made - target).square().mean() + self.saturation * saturation(made, alone)


def saturation(made: Tensor, alone: Tensor) -> Tensor:
    """How far the spread of each channel of [B, T, C, h, w] lies above that of `alone`, and its
    mean beside it."""
    axes = (1, *range(3, made.ndim))
    above = (made.std(dim=axes, correction=0) - alone.std(dim=axes, correction=0)).clamp(min=0)
    beside = made.mean(dim=axes) - alone.mean(dim=axes)
    return above.square().mean() + beside.square().mean()


def signal_and_spread(timestep: Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """sqrt(cumulative alpha) and sqrt(1 - cumulative alpha), to be multiplied with `like`."""
    signal = all_levels().to(like.device)[timestep].reshape(-1, *[1] * (like.ndim - 1))
    return signal, (1 - signal.square()).sqrt()


def velocity_of(clean: Tensor, noise: Tensor, timestep: Tensor) -> Tensor:
    signal, spread = signal_and_spread(timestep, clean)
    return signal * noise - spread * clean


def clean_of(noisy: Tensor, velocity: Tensor, timestep: Tensor) -> Tensor:
    """x0 of a velocity."""
    signal, spread = signal_and_spread(timestep, noisy)
    return signal * noisy - spread * velocity


@cache
def all_levels() -> Tensor:
    levels: Tensor = Hallo3DPMScheduler().levels
    return levels


@cache
def timesteps_of(steps: int) -> tuple[int, ...]:
    scheduler = Hallo3DPMScheduler()
    scheduler.set_timesteps(steps)
    return tuple(scheduler.timesteps.tolist())


def timesteps_like(timestep: int, like: Tensor) -> Tensor:
    return torch.full((len(like),), timestep, device=like.device)
