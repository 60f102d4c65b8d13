"""Hallo3's sampler: variance-preserving DPM-Solver++ 2M SDE over v-predictions (docs/hallo3.md,
"The sampler")."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.schedulers.scheduling_utils import SchedulerMixin
from diffusers.utils.outputs import BaseOutput
from numpy.typing import NDArray
from torch import Tensor

Numbers: TypeAlias = NDArray[np.float64]


@dataclass
class Hallo3DPMSchedulerOutput(BaseOutput):
    """`prev_sample`: x at the next, smaller noise. `pred_original_sample`: x0 seen from here."""

    prev_sample: Tensor
    pred_original_sample: Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The coefficients of N steps, float32 on the host.

    Step i, with x0 = signal * x - v_scale * v and history = x0 of step i - 1, is
    x <- sample_scale * x + x0_scale * (new_x0 * x0 - old_x0 * history) + noise_scale * noise.
    """

    timesteps: Tensor  # [N]  what the network is told
    alphas: Tensor  # [N+1]  sqrt(cumulative alpha) that the solver uses; 0 first, 1 last
    signal: Tensor  # [N]  sqrt(cumulative alpha) that turns v into x0
    v_scale: Tensor  # [N]  sqrt(1 - signal^2), the part of v that is taken away
    signal_index: Tensor  # [N]  its place in the table of all training timesteps
    h: Tensor  # [N-1]  step in log signal-to-noise; infinite at first
    r: Tensor  # [N-1]  the step before over this one; infinite where there is no history
    sample_scale: Tensor  # [N-1]
    x0_scale: Tensor  # [N-1]
    new_x0: Tensor  # [N-1]
    old_x0: Tensor  # [N-1]
    noise_scale: Tensor  # [N-1]


class Hallo3DPMScheduler(SchedulerMixin, ConfigMixin):  # type: ignore[misc]  # diffusers: Any
    """The noise levels and steps of the original Hallo3, which are not CogVideoX's in diffusers.

    `diffusers.CogVideoXDPMScheduler` shares the table of 1000 noise levels and the solver, but:

    - here the N chosen levels are rescaled to zero terminal signal *among themselves*; there the
      whole table is, and the N are picked from it. The levels differ by 6.2e-4 (50 steps), 1.2e-3
      (30), 7.5e-3 (6) and 1.3e-2 (4).
    - here x0 is read from v at the *nearest level of the table*, while the solver keeps its own.
    - here timesteps are floor(linspace(999, 0)); there they are rounded and one larger at some N.
    - here one draw of noise moves a step; there the second of two does.

    Levels and coefficients are computed in float64 by operations that IEEE 754 rounds correctly,
    and rounded once to float32: every processor has the same ones. The original computed them in
    float32 and is off by that; torch's float32 roots differ from processor to processor. The steps
    are taken in float32, whatever the network computes in.
    """

    order = 1
    init_noise_sigma = 1.0

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        num_train_timesteps: int = 1000,
        beta_start: float = 0.00085,
        beta_end: float = 0.012,
        prediction_type: str = "v_prediction",
    ) -> None:
        if prediction_type != "v_prediction":
            raise ValueError(f"Hallo3 predicts v, not {prediction_type}: use 'v_prediction'")
        roots = np.linspace(math.sqrt(beta_start), math.sqrt(beta_end), num_train_timesteps)
        self._levels: Numbers = np.sqrt(np.cumprod(1 - roots * roots))
        self._table = _without_terminal_signal(self._levels)
        self.num_inference_steps: int | None = None
        self.timesteps = torch.arange(num_train_timesteps).flip(0)
        self._schedule: Schedule | None = None
        self._history: Tensor | None = None

    @property
    def levels(self) -> Tensor:
        """sqrt(cumulative alpha) of all training timesteps in their order, [1000]; 0 at the last.

        What a network is trained at (SAT's ZeroSNRDDPMDiscretization).
        """
        return _rounded(self._table)

    @property
    def schedule(self) -> Schedule:
        """The coefficients that `set_timesteps` chose."""
        if self._schedule is None:
            raise ValueError("the scheduler has no steps yet: call set_timesteps first")
        return self._schedule

    def set_timesteps(
        self, num_inference_steps: int, device: str | torch.device | None = None
    ) -> None:
        """Choose N descending timesteps; `timesteps` is on `device`, all else stays on the host."""
        trained = len(self._levels)
        if not 1 <= num_inference_steps <= trained:
            raise ValueError(f"{num_inference_steps} steps: choose 1 to {trained}")
        self._schedule = self._chosen(num_inference_steps)
        self._history = None
        self.num_inference_steps = num_inference_steps
        self.timesteps = self._schedule.timesteps.to(device)

    def scale_model_input(self, sample: Tensor, timestep: int | Tensor | None = None) -> Tensor:
        """`sample`, unchanged: the network sees x as it is."""
        del timestep
        return sample

    def step(
        self,
        model_output: Tensor,
        timestep: int | Tensor,
        sample: Tensor,
        *,
        noise: Tensor | None = None,
        generator: torch.Generator | None = None,
        return_dict: bool = True,
    ) -> Hallo3DPMSchedulerOutput | tuple[Tensor, Tensor]:
        """One step of the solver, from v at `timestep` (guidance already applied) and x.

        Steps come in the order of `timesteps`; the first forgets the run before it. `noise`
        (standard normal, the shape of `sample`) comes from the caller or from `generator`; the last
        step takes none and returns x0.
        """
        schedule = self.schedule
        index = self.index_for_timestep(timestep)
        x, v = sample.float(), model_output.float()
        x0 = float(schedule.signal[index]) * x - float(schedule.v_scale[index]) * v
        history = x0 if index == 0 or self._history is None else self._history
        self._history = x0
        x = x0 if index == len(schedule.h) else self._advance(index, x, x0, history)
        if index < len(schedule.h):
            noise = _drawn(x, generator) if noise is None else noise.to(x)
            x = x + float(schedule.noise_scale[index]) * noise
        return (
            Hallo3DPMSchedulerOutput(prev_sample=x, pred_original_sample=x0)
            if return_dict
            else (x, x0)
        )

    def index_for_timestep(self, timestep: int | Tensor) -> int:
        """The place of `timestep` in the chosen steps."""
        found = (self.schedule.timesteps == int(timestep)).nonzero()
        if not len(found):
            raise ValueError(f"timestep {int(timestep)} is not one of the chosen steps")
        return int(found[0, 0])

    def __len__(self) -> int:
        return len(self._levels)

    def _advance(self, index: int, x: Tensor, x0: Tensor, history: Tensor) -> Tensor:
        s = self.schedule
        denoised = float(s.new_x0[index]) * x0 - float(s.old_x0[index]) * history
        return float(s.sample_scale[index]) * x + float(s.x0_scale[index]) * denoised

    def _chosen(self, steps: int) -> Schedule:
        last = len(self._levels) - 1
        timesteps = np.linspace(last, 0, steps, endpoint=False).astype(np.int64)
        levels = self._levels_at(timesteps)
        nearest = np.abs(levels[:, None] - self._table).argmin(axis=1)
        signal = self._table[nearest]
        return Schedule(
            timesteps=torch.from_numpy(timesteps),
            signal=_rounded(signal),
            v_scale=_rounded(np.sqrt(1 - signal * signal)),
            signal_index=torch.from_numpy(nearest),
            **{
                name: _rounded(numbers)
                for name, numbers in coefficients(np.append(levels, 1.0)).items()
            },
        )

    def _levels_at(self, timesteps: NDArray[np.int64]) -> Numbers:
        return _without_terminal_signal(self._levels[timesteps[::-1]])[::-1]


def refuse_other_scheduler(scheduler: object) -> None:
    """Raise `TypeError` for one of diffusers', whose steps are of other levels and other draws."""
    if not isinstance(scheduler, Hallo3DPMScheduler):
        kind = type(scheduler).__name__
        raise TypeError(
            f"the scheduler is a {kind}; Hallo3 steps with Hallo3DPMScheduler alone: fewer steps "
            "or a cache make it faster (docs/tiers.md)"
        )


def _without_terminal_signal(levels: Numbers) -> Numbers:
    """Shift and scale sqrt(cumulative alpha), rising noise, so that the last one is 0."""
    if len(levels) == 1:
        return np.zeros_like(levels)
    rescaled: Numbers = (levels - levels[-1]) * (levels[0] / (levels[0] - levels[-1]))
    return rescaled


def coefficients(alphas: Numbers) -> dict[str, Numbers]:
    """What the solver multiplies with, from sqrt(cumulative alpha) at N levels and 1.

    exp(-h) is a quotient of signal-to-noise ratios: no exponential is computed. The logarithm in h
    is its library's, right to a unit of float64 or two; that would show in float32 only if a value
    stood as close to the middle of two, and at no number of steps does one stand within a hundred.
    The exact limits hold at the first step, where alphas is 0 and h infinite.
    """
    spread = np.sqrt(1 - alphas[:-1] * alphas[:-1])
    snr = alphas[:-1] / spread
    falls = snr[:-1] / snr[1:]  # exp(-h)
    h = np.array([math.inf if fall == 0 else -math.log(fall) for fall in falls])
    r = np.append(math.inf, h[:-1] / h[1:])[: len(h)]
    kept = 1 - falls * falls
    return {
        "alphas": alphas,
        "h": h,
        "r": r,
        "sample_scale": spread[1:] / spread[:-1] * falls,
        "x0_scale": kept * alphas[1:-1],
        "new_x0": 1 + 1 / (2 * r),
        "old_x0": 1 / (2 * r),
        "noise_scale": spread[1:] * np.sqrt(kept),
    }


def _rounded(numbers: Numbers) -> Tensor:
    return torch.from_numpy(numbers.astype(np.float32))


def _drawn(x: Tensor, generator: torch.Generator | None) -> Tensor:
    """Noise on the host, so that every device gets the same."""
    return torch.randn(x.shape, generator=generator, dtype=torch.float32).to(x.device)
