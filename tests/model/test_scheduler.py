"""The sampler's schedules against the original's, and what holds for any number of steps."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from diffusers import CogVideoXDPMScheduler
from hypothesis import given, settings
from hypothesis import strategies as st

from model.scheduler import Hallo3DPMScheduler
from tests.golden_tensors import deviation, golden

EXACT = ("timesteps", "alphas", "signal", "signal_index")
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


def a_scheduler(steps: int) -> Hallo3DPMScheduler:
    scheduler = Hallo3DPMScheduler()
    scheduler.set_timesteps(steps)
    return scheduler


@pytest.mark.parametrize("steps", [50, 30, 6, 4])
@pytest.mark.parametrize("name", NAMES)
def test_every_coefficient_is_the_originals(steps: int, name: str) -> None:
    got = getattr(a_scheduler(steps).schedule, name)
    wanted = golden("schedule")[f"n{steps}.{NAMES[name]}"]
    if name == "x0_scale":
        wanted = -wanted
    if name in EXACT:
        assert torch.equal(got, wanted)
    else:
        known = wanted.isfinite()  # NaN where the original does not compute it, infinite at a = 0
        assert deviation(got[known], wanted[known]) <= 3e-6
        assert not got[wanted.isinf()].isfinite().any()


def test_the_denoisers_table_is_the_originals() -> None:
    assert torch.equal(Hallo3DPMScheduler()._table, golden("schedule")["denoiser.sigmas_1000"])


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
        signal = scheduler.schedule.signal[scheduler.index_for_timestep(t)]
        v = (signal * x - answer) / (1 - signal.square()).sqrt()
        x, x0 = scheduler.step(v, t, x, generator=generator, return_dict=False)
        torch.testing.assert_close(x0, answer, rtol=0, atol=1e-3)
    assert torch.equal(x, x0)


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
    assert torch.equal(loaded._table, Hallo3DPMScheduler(beta_end=0.02)._table)


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
