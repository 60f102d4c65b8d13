from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from model.scheduler import Hallo3DPMScheduler
from model.training.diffusion_loss import DiffusionLoss, Dropouts
from model.training.example import TrainingExample

NONE = Dropouts(text=0, audio=0, motion=0, reference=0)
CHANNELS, LATENT_FRAMES, VARIANTS = 2, 3, 4


def a_batch(count: int = 4) -> TrainingExample:
    """Nothing is zero; motion variant v is v + 1 everywhere."""
    generator = torch.Generator().manual_seed(3)

    def drawn(*shape: int) -> Tensor:
        return 1 + torch.rand(count, *shape, generator=generator)

    variants = torch.arange(1.0, VARIANTS + 1).reshape(1, VARIANTS, 1, 1, 1, 1)
    return TrainingExample(
        latents=drawn(LATENT_FRAMES, CHANNELS, 2, 2),
        portrait=drawn(1, CHANNELS, 2, 2),
        reference=drawn(1, CHANNELS, 2, 2),
        motion=variants.expand(count, VARIANTS, 1, CHANNELS, 2, 2),
        audio=drawn(4 * LATENT_FRAMES - 3, 5, 1, 2),
        face=drawn(3),
        text=drawn(1, 2),
        weight=torch.ones(count, 1, 2, 2),
    )


@dataclass
class Knowing:
    """A network that knows the clean latents, and so the velocity; it is wrong by `error`."""

    clean: Tensor
    predict_difference: bool = True
    later_conditions: str = "reference"
    error: Tensor | float = 0.0
    hidden: list[Tensor] = field(default_factory=list)
    given: list[tuple[Any, ...]] = field(default_factory=list)

    @property
    def config(self) -> dict[str, object]:
        return vars(self)

    def __call__(self, hidden: Tensor, timestep: Tensor, *given: object) -> SimpleNamespace:
        self.hidden.append(hidden)
        self.given.append(given)
        signal = Hallo3DPMScheduler().levels[timestep].reshape(-1, 1, 1, 1, 1)
        spread = (1 - signal.square()).sqrt()
        noise = (hidden[:, :, :CHANNELS] - signal * self.clean) / spread
        return SimpleNamespace(sample=signal * noise - spread * self.clean + self.error)


def reference(latents: Tensor, text: Tensor) -> tuple[Tensor, Tensor]:
    return latents, text


def loss_of(network: Knowing, batch: TrainingExample, loss: DiffusionLoss | None = None) -> float:
    ready: Any = loss or DiffusionLoss(dropouts=NONE)
    return float(ready(network, reference, batch, torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("difference", [True, False])
def test_the_true_velocity_has_no_loss(difference: bool) -> None:
    batch = a_batch()
    clean = batch.latents - (batch.portrait if difference else 0)
    assert loss_of(Knowing(clean, predict_difference=difference), batch) < 1e-8
    assert loss_of(Knowing(batch.portrait, predict_difference=difference), batch) > 0.01


def test_a_loss_is_squared_and_weighted_where_it_happens() -> None:
    batch = a_batch()
    clean, error = batch.latents - batch.portrait, torch.zeros_like(batch.latents)
    error[..., 0, 0] = 0.5  # a quarter of the places
    assert loss_of(Knowing(clean, error=error), batch) == pytest.approx(0.25 / 4, rel=1e-4)
    weight = torch.zeros(4, 1, 2, 2)
    weight[..., 0, 0] = 3
    heavy = replace(batch, weight=weight)
    assert loss_of(Knowing(clean, error=error), heavy) == pytest.approx(0.75 / 4, rel=1e-4)
    assert loss_of(Knowing(clean, error=0.5 - error), heavy) == pytest.approx(0, abs=1e-6)


def test_lips_count_how_the_mouth_changes_once_more_and_nothing_that_stands_still() -> None:
    batch = a_batch()
    weight = torch.full((4, 1, 2, 2), 0.5)
    weight[..., 0, 0] = 2.5
    batch = replace(batch, weight=weight)
    still, moving, beside = (torch.zeros_like(batch.latents) for _ in range(3))
    still[..., 0, 0] = 0.5
    moving[:, 1, :, 0, 0] = 0.5  # one latent frame, so two of the steps between them
    beside[:, 1, :, 1, 1] = 0.5

    def added(error: torch.Tensor) -> float:
        network = Knowing(batch.latents - batch.portrait, error=error)
        with_lips = DiffusionLoss(dropouts=NONE, lips=1)
        return loss_of(network, batch, with_lips) - loss_of(network, batch)

    assert added(moving) == pytest.approx(0.25 * 2 / (LATENT_FRAMES - 1), rel=1e-3)
    assert added(still) == pytest.approx(0, abs=1e-6)
    assert added(beside) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("later", ["reference", "zeros"])
def test_the_network_sees_motion_first_and_then_what_its_config_says(later: str) -> None:
    batch = a_batch()
    network = Knowing(batch.latents - batch.portrait, later_conditions=later)
    loss_of(network, batch)
    seen = network.hidden[0][:, :, CHANNELS:]
    variant = seen[:, 0].amax(dim=(1, 2, 3), keepdim=True)
    assert torch.equal(seen[:, 0], variant.expand_as(seen[:, 0]))
    assert set(variant.flatten().tolist()) <= {1.0, 2.0, 3.0}
    rest = batch.portrait if later == "reference" else torch.zeros_like(batch.portrait)
    assert torch.equal(seen[:, 1:], rest.expand(-1, LATENT_FRAMES - 1, -1, -1, -1))
    text, audio, face, bank = network.given[0]
    assert torch.equal(text, batch.text)
    assert torch.equal(audio, batch.audio)
    assert torch.equal(face, batch.face)
    assert torch.equal(bank[0], batch.reference)


@pytest.mark.parametrize("name", ["text", "audio", "reference"])
@pytest.mark.parametrize("probability", [0.0, 0.05, 0.5, 1.0])
def test_a_condition_is_left_out_as_often_as_asked_and_alone(name: str, probability: float) -> None:
    count = 4000
    batch, drops = a_batch(count), replace(NONE, **{name: probability})
    given = DiffusionLoss(dropouts=drops).dropped(batch, torch.Generator().manual_seed(8))
    before, after = (each.tensors()[name].flatten(1) for each in (batch, given))
    out = (after == 0).all(dim=1)
    margin = 4 * math.sqrt(probability * (1 - probability) / count)
    assert float(out.float().mean()) == pytest.approx(probability, abs=margin + 1e-9)
    assert torch.equal(after[~out], before[~out])
    others = set(batch.tensors()) - {name, "motion"}
    assert all(torch.equal(given.tensors()[each], batch.tensors()[each]) for each in others)


@pytest.mark.parametrize("probability", [0.0, 0.05, 1.0])
def test_motion_is_left_out_by_its_last_variant_and_else_any_of_the_others(
    probability: float,
) -> None:
    count = 4000
    batch, drops = a_batch(count), replace(NONE, motion=probability)
    given = DiffusionLoss(dropouts=drops).dropped(batch, torch.Generator().manual_seed(8))
    assert given.motion.shape == (count, 1, 1, CHANNELS, 2, 2)
    chosen = given.motion[:, 0, 0, 0, 0, 0]
    for variant in range(VARIANTS):
        last = variant == VARIANTS - 1
        expected = probability if last else (1 - probability) / (VARIANTS - 1)
        share = float((chosen == variant + 1).float().mean())
        margin = 4 * math.sqrt(expected * (1 - expected) / count)
        assert share == pytest.approx(expected, abs=margin + 1e-9)


def test_conditions_are_left_out_independently_of_each_other() -> None:
    drops = replace(NONE, text=0.5, audio=0.5)
    given = DiffusionLoss(dropouts=drops).dropped(a_batch(4000), torch.Generator().manual_seed(8))
    text, audio = (
        (values.flatten(1) == 0).all(dim=1).float() for values in (given.text, given.audio)
    )
    assert float((text * audio).mean()) == pytest.approx(0.25, abs=0.03)


@given(high_noise=st.floats(0.5, 4), seed=st.integers(0, 1000))
def test_timesteps_lean_to_the_noisy_end_as_far_as_asked(high_noise: float, seed: int) -> None:
    loss = DiffusionLoss(high_noise=high_noise)
    drawn = loss.timesteps(4000, torch.Generator().manual_seed(seed))
    assert drawn.dtype == torch.int64
    assert 0 <= int(drawn.min()) <= int(drawn.max()) <= 999
    mean = high_noise / (high_noise + 1)  # of u^(1 / high_noise)
    assert float(drawn.float().mean()) / 1000 == pytest.approx(mean, abs=0.025)


def test_the_same_generator_gives_the_same_loss() -> None:
    batch, loss = a_batch(), DiffusionLoss()
    network = Knowing(batch.latents)
    assert loss_of(network, batch, loss) == loss_of(network, batch, loss) > 0
