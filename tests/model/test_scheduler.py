"""The sampler's schedules against the original's, and what holds for any number of steps."""

from __future__ import annotations

import math
import operator
from dataclasses import replace
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import CogVideoXDPMScheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from model.scheduler import Hallo3DPMScheduler, coefficients
from tests.golden_tensors import deviation, golden

STEPS = (50, 30, 6, 4)
NAMES = {
    "timesteps": "timesteps",
    "alphas": "alpha_cumprod_sqrt",
    "signal": "denoiser_alpha_cumprod_sqrt",
    "signal_index": "denoiser_sigma_index",
    "h": "h",
    "r": "r",
    "sample_scale": "mult1",
    "x0_scale": "mult2",
    "new_x0": "mult3",
    "old_x0": "mult4",
    "noise_scale": "mult_noise",
}


ULPS = {
    "alphas": (1, 1, 1, 1),
    "signal": (1, 1, 1, 1),
    "h": (60, 50, 5, 2),
    "r": (120, 60, 5, 1),
    "sample_scale": (75, 45, 6, 4),
    "x0_scale": (75, 45, 4, 2),
    "new_x0": (110, 75, 3, 1),
    "old_x0": (210, 150, 4, 2),
    "noise_scale": (10, 4, 2, 1),
}
"""How far the original is at each of STEPS, in float32 units in the largest value's last place.

The original computes in float32: its levels are a unit of 1 off, which at the smallest level of 50
steps (0.0093) is a hundred of that level's own, and logarithms, their differences and quotients of
those pass it on. Ours are the same on every processor, so these are what is measured, rounded up.
"""


def a_scheduler(steps: int) -> Hallo3DPMScheduler:
    scheduler = Hallo3DPMScheduler()
    scheduler.set_timesteps(steps)
    return scheduler


def units(got: torch.Tensor, wanted: torch.Tensor) -> float:
    """The largest difference, in float32 units of the last place of the largest value wanted."""
    largest = wanted.abs().max()
    unit = largest.nextafter(torch.tensor(torch.inf)).double() - largest
    return float((got.double() - wanted.double()).abs().max() / unit)


def original(name: str, steps: int) -> torch.Tensor:
    """A coefficient of the original; its x0_scale has the other sign."""
    found = golden("schedule")[f"n{steps}.{NAMES[name]}"]
    return -found if name == "x0_scale" else found


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("name", ULPS)
def test_every_coefficient_is_the_originals_but_for_its_rounding(steps: int, name: str) -> None:
    got, wanted = getattr(a_scheduler(steps).schedule, name), original(name, steps)
    known = wanted.isfinite()  # NaN where the original does not compute it, infinite at a = 0
    assert units(got[known], wanted[known]) <= ULPS[name][STEPS.index(steps)]
    assert not got[wanted.isinf()].isfinite().any()


@pytest.mark.parametrize("steps", STEPS)
@pytest.mark.parametrize("name", ["timesteps", "signal_index"])
def test_timesteps_and_nearest_levels_are_the_originals(steps: int, name: str) -> None:
    assert torch.equal(getattr(a_scheduler(steps).schedule, name), original(name, steps))


@pytest.mark.parametrize("steps", STEPS)
def test_from_the_originals_own_levels_come_its_coefficients(steps: int) -> None:
    made = coefficients(original("alphas", steps).double().numpy())
    for name, numbers in made.items():
        wanted = original(name, steps)
        known = wanted.isfinite()
        assert deviation(torch.from_numpy(numbers)[known], wanted[known]) <= 3e-6, name


def test_the_denoisers_table_is_the_originals_but_for_its_rounding() -> None:
    assert units(Hallo3DPMScheduler().levels, golden("schedule")["denoiser.sigmas_1000"]) <= 1


def exactly(steps: int) -> dict[str, list[Decimal]]:
    """The schedule to fifty digits, one number at a time."""
    first, last = (Decimal(repr(beta)).sqrt() for beta in (0.00085, 0.012))
    roots = [first + (last - first) * i / 999 for i in range(1000)]
    levels = [x.sqrt() for x in accumulate((1 - root * root for root in roots), operator.mul)]
    table = rescaled(levels)
    alphas = rescaled([levels[t] for t in reversed(timesteps(steps))])[::-1]
    signal = [min(table, key=lambda q: abs(q - a)) for a in alphas]
    spread = [(1 - a * a).sqrt() for a in alphas]
    falls = [
        a / s * t / b for (a, b), (s, t) in zip(pairwise(alphas), pairwise(spread), strict=True)
    ]
    h = [-fall.ln() for fall in falls[1:]]
    return {
        "alphas": [*alphas, Decimal(1)],
        "signal": signal,
        "v_scale": [(1 - q * q).sqrt() for q in signal],
        "h": [Decimal("inf"), *h],
        "r": [Decimal("inf"), Decimal("inf"), *(a / b for a, b in pairwise(h))],
        "sample_scale": [
            t / s * fall for (s, t), fall in zip(pairwise(spread), falls, strict=True)
        ],
        "x0_scale": [(1 - fall * fall) * a for fall, a in zip(falls, alphas[1:], strict=True)],
        "noise_scale": [
            t * (1 - fall * fall).sqrt() for fall, t in zip(falls, spread[1:], strict=True)
        ],
    }


def timesteps(steps: int) -> list[int]:
    return [math.floor(999 - Fraction(999 * i, steps)) for i in range(steps)]


def rescaled(levels: list[Decimal]) -> list[Decimal]:
    first, last = levels[0], levels[-1]
    return [(level - last) * first / (first - last) for level in levels]


@pytest.mark.parametrize("steps", [*STEPS, 16])
def test_a_schedule_is_the_exact_one_rounded_once_on_every_processor(steps: int) -> None:
    schedule = a_scheduler(steps).schedule
    with localcontext() as context:
        context.prec = 50
        for name, numbers in exactly(steps).items():
            wanted = torch.tensor([float(n) for n in numbers], dtype=torch.float64).float()
            assert torch.equal(getattr(schedule, name), wanted), name


@given(steps=st.integers(2, 1000))
@settings(max_examples=40, deadline=None)
def test_no_logarithm_stands_where_its_library_decides_the_rounding(steps: int) -> None:
    levels = Hallo3DPMScheduler()._levels_at(np.array(timesteps(steps)))
    made = coefficients(np.append(levels, 1.0))
    for name in ("h", "r", "new_x0", "old_x0"):
        numbers = made[name]
        numbers = numbers[np.isfinite(numbers) & (numbers != 0)]
        off = 50 * np.spacing(np.abs(numbers))
        assert np.array_equal(
            (numbers - off).astype(np.float32), (numbers + off).astype(np.float32)
        ), name


def test_diffusers_scheduler_has_other_noise_levels() -> None:
    theirs = CogVideoXDPMScheduler(
        snr_shift_scale=1.0,
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        prediction_type="v_prediction",
    )
    ours = a_scheduler(6).schedule
    levels = theirs.alphas_cumprod.sqrt()[ours.timesteps].float()
    assert 7e-3 < (levels - ours.alphas[:-1]).abs().max() < 8e-3


@given(steps=st.integers(1, 1000))
@settings(max_examples=40, deadline=None)
def test_any_number_of_steps_falls_from_pure_noise_to_none(steps: int) -> None:
    schedule = a_scheduler(steps).schedule
    assert schedule.timesteps[0] == 999
    assert (schedule.timesteps.diff() < 0).all()
    assert schedule.alphas[0] == 0
    assert schedule.alphas[-1] == 1
    assert (schedule.alphas.diff() > 0).all()
    assert all(
        getattr(schedule, name).isfinite().all()
        for name in ("sample_scale", "x0_scale", "new_x0", "old_x0", "noise_scale")
    )


@given(steps=st.integers(1, 60), seed=st.integers(0, 99))
@settings(max_examples=20, deadline=None)
def test_a_network_that_knows_the_answer_is_followed_to_it(steps: int, seed: int) -> None:
    scheduler, generator = a_scheduler(steps), torch.Generator().manual_seed(seed)
    answer, x = torch.randn(2, 3, 4, generator=generator)
    for t in scheduler.timesteps:
        schedule, index = scheduler.schedule, scheduler.index_for_timestep(t)
        v = (schedule.signal[index] * x - answer) / schedule.v_scale[index]
        x, x0 = scheduler.step(v, t, x, generator=generator, return_dict=False)
        torch.testing.assert_close(x0, answer, rtol=0, atol=1e-3)
    assert torch.equal(x, x0)


@pytest.mark.parametrize("steps", STEPS)
def test_a_sample_of_the_rounded_schedule_is_near_that_of_the_exact_one(steps: int) -> None:
    """Chains that were begun with the original's rounding go on with ours (decision 0401)."""

    def sampled(rounded: dict[str, torch.Tensor]) -> torch.Tensor:
        scheduler, generator = a_scheduler(steps), torch.Generator().manual_seed(1)
        scheduler._schedule = replace(scheduler.schedule, **rounded)
        x = torch.randn(1000, generator=generator)
        for t in scheduler.timesteps:
            x = scheduler.step(torch.tanh(x), t, x, generator=generator).prev_sample
        return x

    rounded = {
        name: torch.where(wanted.isfinite(), wanted, getattr(a_scheduler(steps).schedule, name))
        for name in ULPS
        for wanted in [original(name, steps)]
    }
    assert 0 < deviation(sampled(rounded), sampled({})) <= 1e-5


def test_half_precision_predictions_are_stepped_in_float32() -> None:
    scheduler = a_scheduler(4)
    x = torch.ones(1, 2, dtype=torch.bfloat16)
    out = scheduler.step(x, 999, x, noise=x)
    assert out.prev_sample.dtype == out.pred_original_sample.dtype == torch.float32


def test_a_new_run_forgets_the_one_before() -> None:
    def run(scheduler: Hallo3DPMScheduler, v: float) -> torch.Tensor:
        x = torch.ones(3)
        for t in scheduler.timesteps:
            x = scheduler.step(torch.full((3,), v), t, x, noise=torch.ones(3)).prev_sample
        return x

    used = a_scheduler(5)
    run(used, 7.0)
    assert torch.equal(run(used, 0.5), run(a_scheduler(5), 0.5))


def test_a_saved_scheduler_loads_the_same(tmp_path: Path) -> None:
    Hallo3DPMScheduler(beta_end=0.02).save_pretrained(tmp_path)
    loaded = Hallo3DPMScheduler.from_pretrained(tmp_path)
    assert loaded.config.beta_end == 0.02
    assert torch.equal(loaded.levels, Hallo3DPMScheduler(beta_end=0.02).levels)


@pytest.mark.parametrize("steps", [0, -1, 1001])
def test_a_senseless_number_of_steps_is_refused(steps: int) -> None:
    with pytest.raises(ValueError, match="choose 1 to 1000"):
        Hallo3DPMScheduler().set_timesteps(steps)


def test_a_timestep_that_was_not_chosen_is_refused() -> None:
    with pytest.raises(ValueError, match="998 is not one"):
        a_scheduler(4).step(torch.ones(1), 998, torch.ones(1))


def test_stepping_before_choosing_steps_is_refused() -> None:
    with pytest.raises(ValueError, match="set_timesteps"):
        Hallo3DPMScheduler().step(torch.ones(1), 999, torch.ones(1))


def test_only_v_predictions_are_known() -> None:
    with pytest.raises(ValueError, match="v_prediction"):
        Hallo3DPMScheduler(prediction_type="epsilon")
