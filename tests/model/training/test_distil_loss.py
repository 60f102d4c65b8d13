"""Distillation on a distribution whose scores are known: what few steps draw has its moments."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from model.scheduler import Hallo3DPMScheduler
from model.training.distil_loss import (
    LEAST_TIMESTEP,
    MOST_TIMESTEP,
    DistilLoss,
    clean_of,
    saturation,
    signal_and_spread,
    velocity_of,
)

MEAN, WIDTH = 1.5, 0.4
COUNT = 128


def gaussian(noisy: Tensor, timestep: Tensor, mean: Tensor, width: Tensor) -> Tensor:
    """The exact velocity where finished latents are normal: of their posterior mean."""
    signal, spread = signal_and_spread(timestep, noisy)
    gain = signal * width.square() / (signal.square() * width.square() + spread.square())
    clean = mean + gain * (noisy - signal * mean)
    return (signal * noisy - clean) / spread


def teacher(noisy: Tensor, timestep: Tensor) -> tuple[Tensor, Tensor]:
    exact = gaussian(noisy, timestep, torch.tensor(MEAN), torch.tensor(WIDTH))
    return exact, exact


class Line(nn.Module):
    """A student of one gain and one shift for each of its timesteps."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        scheduler = Hallo3DPMScheduler()
        scheduler.set_timesteps(steps)
        self.timesteps, schedule = scheduler.timesteps.tolist(), scheduler.schedule
        self.signal, self.v_scale = schedule.signal.tolist(), schedule.v_scale.tolist()
        self.gain = nn.Parameter(torch.ones(steps))
        self.shift = nn.Parameter(torch.zeros(steps))

    def forward(self, noisy: Tensor, timestep: Tensor) -> Tensor:
        at = self.timesteps.index(int(timestep[0]))
        clean = self.gain[at] * noisy + self.shift[at]
        return (self.signal[at] * noisy - clean) / self.v_scale[at]


class Fake(nn.Module):
    """Knows that the student's samples are normal, and learns which: for each sub-interval."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.edges = [DistilLoss(steps=steps).between(at) for at in range(steps)]
        self.mean = nn.Parameter(torch.zeros(steps))
        self.log_width = nn.Parameter(torch.zeros(steps))

    def forward(self, noisy: Tensor, timestep: Tensor) -> Tensor:
        first = int(timestep.max())
        at = max(i for i, (_, high) in enumerate(self.edges) if first <= high)
        return gaussian(noisy, timestep, self.mean[at], self.log_width[at].exp())


@pytest.mark.parametrize("steps", [1, 2])
def test_a_student_of_few_steps_draws_the_teachers_mean_and_width(steps: int) -> None:
    student, fake = Line(steps), Fake(steps)
    rates = [{"params": fake.parameters(), "lr": 0.04}, {"params": student.parameters()}]
    optimizer = torch.optim.Adam(rates, lr=0.02, betas=(0.5, 0.9))
    loss, generator = DistilLoss(steps=steps, saturation=0), torch.Generator().manual_seed(4)
    like = torch.zeros(COUNT, 1, 1, 2, 2)
    for step in range(420):
        for group in optimizer.param_groups:
            group["lr"] *= 0.99 if step > 200 else 1.0
        optimizer.zero_grad()
        loss(student, fake, teacher, like, generator).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    with torch.no_grad():
        drawn = loss.made(student, torch.zeros(20_000, 1, 1, 1, 1), steps - 1, generator)
    assert float(drawn.mean()) == pytest.approx(MEAN, abs=0.05)
    assert float(drawn.std()) == pytest.approx(WIDTH, abs=0.05)


def test_neither_network_learns_by_the_others_part() -> None:
    student, fake = Line(2), Fake(2)
    like, generator = torch.zeros(8, 1, 1, 1, 1), torch.Generator().manual_seed(1)
    DistilLoss(steps=2, student_share=0)(student, fake, teacher, like, generator).backward()  # type: ignore[no-untyped-call]
    assert student.gain.grad is None
    assert fake.mean.grad is not None
    fake.zero_grad()
    made = torch.rand(8, 1, 1, 2, 2, generator=generator).requires_grad_()
    timestep = torch.full((8,), 300)
    guessed = fake(made.detach(), timestep).detach()
    DistilLoss(steps=2).pull(made, made.detach(), timestep, guessed, teacher).backward()  # type: ignore[no-untyped-call]
    assert made.grad is not None
    assert fake.mean.grad is None


@given(steps=st.integers(1, 8))
def test_sub_intervals_follow_one_another_over_the_whole_trajectory(steps: int) -> None:
    edges = [DistilLoss(steps=steps).between(at) for at in range(steps)]
    assert edges[0][1] == MOST_TIMESTEP
    assert edges[-1][0] == LEAST_TIMESTEP
    assert all(later[1] == earlier[0] for earlier, later in pairwise(edges))


def test_a_velocity_tells_the_finished_latents() -> None:
    clean, noise = torch.randn(4, 1, 2, 3, 3), torch.randn(4, 1, 2, 3, 3)
    timestep = torch.tensor([20, 300, 600, 979])
    signal, spread = signal_and_spread(timestep, clean)
    velocity = velocity_of(clean, noise, timestep)
    told = clean_of(signal * clean + spread * noise, velocity, timestep)
    torch.testing.assert_close(told, clean, rtol=1e-4, atol=1e-4)


def test_what_is_less_coloured_than_the_teacher_is_not_over_saturated() -> None:
    alone = torch.randn(2, 3, 4, 5, 5)
    mean = alone.mean(dim=(1, 3, 4), keepdim=True)
    assert float(saturation(mean + 0.5 * (alone - mean), alone)) < 1e-10
    louder = float(saturation(mean + 1.5 * (alone - mean), alone))
    assert louder == pytest.approx(
        float((0.5 * alone.std(dim=(1, 3, 4), correction=0)).square().mean()), rel=1e-3
    )
    assert float(saturation(alone + 1, alone)) == pytest.approx(1, rel=1e-3)
    assert math.isfinite(louder)
