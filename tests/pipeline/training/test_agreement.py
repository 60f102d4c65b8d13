"""What the networks are trained on is what a chain shows them: the same portrait, motion frames,
speech and face, with the same holes and without noise."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from model import chain
from model.conditions.features import ChainSpeech, TensorRows
from model.conditions.mask import face_mask
from model.conditions.picture import face_on_canvas, on_canvas
from model.pipeline import Hallo3Pipeline
from model.sampling.noise import Draw
from model.segments import ChainState, PreparedTake, Sampling, TakeInputs
from model.shapes import MOTION_FRAMES, NEW_FRAMES
from model.tiny import AUDIO_BLOCKS, AUDIO_CHANNELS, FACE_CHANNELS, untrained_tiny
from model.training.diffusion_loss import DiffusionLoss, Dropouts
from model.training.draws import generator_of, integers
from model.training.example import MotionNoise, TrainingExample
from model.vae import decode_frames, moments
from pipeline.dataset.shot import TrainingShot
from pipeline.dataset.windows import unit, window_of
from pipeline.training import examples
from pipeline.training.examples import Encoding, examples_of

SIDE, SEED, FRAMES = 32, 4, 2 * NEW_FRAMES
STARTS = (0, NEW_FRAMES)
"""A chain's first segment, and its second."""

WITHOUT_NOISE = MotionNoise(variants=1, log_mean=-math.inf, log_deviation=0)
EVERYTHING = DiffusionLoss(dropouts=Dropouts(text=0, audio=0, motion=0, reference=0))


@dataclass(frozen=True)
class Draws:
    """No noise, and the holes that the training drew."""

    holes: Tensor

    def normal(self, draw: Draw, shape: Sequence[int]) -> Tensor:
        del draw
        return torch.zeros(tuple(shape))

    def uniform(self, draw: Draw, shape: Sequence[int]) -> Tensor:
        del draw
        assert tuple(shape) == tuple(self.holes.shape)
        return self.holes


@pytest.fixture(scope="module")
def networks() -> Hallo3Pipeline:
    return untrained_tiny(
        SIDE, vae_channels=(8, 8, 8, 8), vae_groups=2, num_layers=2, num_attention_heads=1
    )


@pytest.fixture(scope="module")
def shot() -> TrainingShot:
    rng = np.random.default_rng(9)
    frames = rng.integers(0, 256, (FRAMES, SIDE, SIDE, 3), np.uint8)
    return TrainingShot(
        frames=frames,
        portrait=rng.integers(0, 256, (SIDE, SIDE, 3), np.uint8),
        landmarks=rng.uniform(8, SIDE - 8, (468, 3)).astype(np.float32),
        speech=rng.normal(size=(FRAMES, AUDIO_BLOCKS, AUDIO_CHANNELS)).astype(np.float32),
        face=rng.normal(size=FACE_CHANNELS).astype(np.float32),
        prompt=np.zeros((1, 32), np.float32),
    )


def unflipped(start: int) -> int:
    """A shot's number whose window at `start` is not mirrored."""
    numbers = range(100)
    return next(n for n in numbers if not integers(draws_of(n, start), 2)[0])


def draws_of(index: int, start: int) -> torch.Generator:
    return generator_of(SEED, f"window {index}", start)


def holes_of(start: int) -> Tensor:
    """The draw of the window's first variant: its mirror, noise and noise's width come before."""
    generator = draws_of(unflipped(start), start)
    integers(generator, 2)
    torch.randn((), generator=generator)
    torch.randn((MOTION_FRAMES, 3, SIDE, SIDE), generator=generator)
    return torch.rand((SIDE, SIDE), generator=generator)


def example_of(
    networks: Hallo3Pipeline, shot: TrainingShot, start: int, monkeypatch: pytest.MonkeyPatch
) -> TrainingExample:
    monkeypatch.setattr(examples, "window_starts", lambda *_: [start])
    encoding = Encoding(
        vae=networks.vae,
        folder=Path(),
        windows=1,
        seed=SEED,
        mouth_weight=2,
        spoil=WITHOUT_NOISE,
    )
    (made,) = examples_of(encoding, shot, unflipped(start))
    return TrainingExample.batch([made], torch.device("cpu"))


@pytest.fixture
def _exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """All in float32: what is compared is what the networks are given, not how it is rounded."""
    monkeypatch.setattr(torch, "autocast", lambda *_: nullcontext())


@dataclass(frozen=True)
class Given:
    """What the networks were given, as they got it."""

    reference: Tensor
    conditions: Tensor  # behind the noisy latents
    audio: Tensor
    face: Tensor


@contextmanager
def listening(networks: Hallo3Pipeline) -> Iterator[dict[str, Tensor]]:
    """The first tensor that each part is called with."""
    told: dict[str, Tensor] = {}
    transformer = networks.transformer
    parts: dict[str, nn.Module] = {
        "reference": networks.reference,
        "audio": transformer.audio_proj,
        "face": transformer.face_proj,
        "hidden": transformer.patch_embed,
    }

    def noting(name: str) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        def hook(_module: nn.Module, args: tuple[Tensor, ...]) -> None:
            told.setdefault(name, args[0])

        return hook

    handles = [part.register_forward_pre_hook(noting(name)) for name, part in parts.items()]
    yield told
    for handle in handles:
        handle.remove()


def given_of(told: dict[str, Tensor]) -> Given:
    return Given(
        reference=told["reference"],
        conditions=told["hidden"][:, :, told["hidden"].shape[2] // 2 :],
        audio=told["audio"][-1:],
        face=told["face"],
    )


def given_in_training(networks: Hallo3Pipeline, example: TrainingExample) -> Given:
    with listening(networks) as told, torch.no_grad():
        EVERYTHING(networks.transformer, networks.reference, example, torch.Generator())
    return given_of(told)


def given_in_a_chain(networks: Hallo3Pipeline, shot: TrainingShot, start: int) -> Given:
    draws = Draws(holes_of(start))
    hears = ChainSpeech(take=TensorRows(torch.from_numpy(shot.speech)), start=0, stop=FRAMES)
    with listening(networks) as told:
        take = prepared(networks, shot, draws)
        state = state_at(networks, shot, take, start)
        networks.segment(take, hears.segment(start // NEW_FRAMES), state, draws)
    return given_of(told)


def prepared(networks: Hallo3Pipeline, shot: TrainingShot, draws: Draws) -> PreparedTake:
    mask = face_mask(shot.landmarks, SIDE, SIDE)
    inputs = TakeInputs(
        portrait=on_canvas(shot.portrait, SIDE, SIDE),
        reference_picture=face_on_canvas(shot.portrait, mask, SIDE, SIDE),
        prompt_embeds=torch.from_numpy(shot.prompt)[None],
        face_embedding=torch.from_numpy(shot.face)[None],
    )
    return networks.prepare_take(inputs, draws, Sampling(num_inference_steps=1))


def state_at(
    networks: Hallo3Pipeline, shot: TrainingShot, take: PreparedTake, start: int
) -> ChainState:
    """As if the chain had drawn the shot's own frames."""
    if start == 0:
        return networks.first_state(take)
    motion = unit(shot.frames[start - MOTION_FRAMES : start])
    return ChainState(segment=start // NEW_FRAMES, motion=motion)


def assert_near(value: Tensor, other: Tensor, atol: float = 1e-4) -> None:
    assert value.shape == other.shape
    assert float(value.std()) > 100 * atol or float(value.abs().max()) == 0
    torch.testing.assert_close(value, other, rtol=0, atol=atol)


@pytest.mark.usefixtures("_exact")
@pytest.mark.parametrize("start", STARTS)
def test_training_and_inference_give_the_networks_the_same(
    networks: Hallo3Pipeline, shot: TrainingShot, start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained = given_in_training(networks, example_of(networks, shot, start, monkeypatch))
    inferred = given_in_a_chain(networks, shot, start)
    assert_near(trained.reference, inferred.reference)
    assert_near(trained.conditions, inferred.conditions)
    assert torch.equal(trained.audio, inferred.audio)
    assert torch.equal(trained.face, inferred.face)
    assert bool((trained.audio[:, :MOTION_FRAMES] == 0).all()) == (start == 0)


@pytest.mark.usefixtures("_exact")
@pytest.mark.parametrize("start", STARTS)
def test_what_is_learned_added_to_the_portrait_is_the_clip(
    networks: Hallo3Pipeline, shot: TrainingShot, start: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = example_of(networks, shot, start, monkeypatch)
    clean = example.latents - DiffusionLoss()._base(networks.transformer, example)
    monkeypatch.setattr(chain, "sample", lambda *_: clean)
    draws = Draws(holes_of(start))
    take = prepared(networks, shot, draws)
    assert take.portrait_latents is not None
    assert_near(example.portrait, take.portrait_latents)
    heard = torch.zeros(take.shape.frames, 5, AUDIO_BLOCKS, AUDIO_CHANNELS)
    made = networks.segment(take, heard, state_at(networks, shot, take, start), draws)
    assert_near(made.latents, example.latents)

    clip = window_of(shot, start).clip
    mean, _ = moments(networks.vae, clip[None]).chunk(2, dim=1)
    assert_near(made.latents / networks.vae.config["scaling_factor"], mean.transpose(1, 2))
    assert torch.equal(clip[MOTION_FRAMES:], unit(shot.frames[start : start + NEW_FRAMES]))
    frames = torch.cat(list(decode_frames(networks.vae, made.latents)), dim=1)
    assert frames.shape[1] == len(clip)
    assert sum(len(part) for part in made) == NEW_FRAMES


def test_rounding_of_the_stored_latents_is_small(
    networks: Hallo3Pipeline, shot: TrainingShot, monkeypatch: pytest.MonkeyPatch
) -> None:
    rounded = example_of(networks, shot, 0, monkeypatch)
    monkeypatch.setattr(torch, "autocast", lambda *_: nullcontext())
    exact = example_of(networks, shot, 0, monkeypatch)
    for name in ("latents", "portrait", "reference", "motion"):
        error = rounded.tensors()[name] - exact.tensors()[name]
        assert 0 < float(error.std()) < 0.05 * float(exact.tensors()[name].std())


def test_a_window_mirrors_all_pictures_and_its_mouth(shot: TrainingShot) -> None:
    plain, mirrored = window_of(shot, NEW_FRAMES), window_of(shot, NEW_FRAMES, flipped=True)
    for name in ("clip", "motion", "portrait", "reference"):
        assert torch.equal(getattr(mirrored, name), getattr(plain, name).flip(-1))
    assert np.array_equal(mirrored.mouth, plain.mouth[:, ::-1])
    assert torch.equal(mirrored.audio, plain.audio)


def test_latents_of_another_vae_are_not_taken_for_this_ones(
    networks: Hallo3Pipeline, shot: TrainingShot, tmp_path: Path
) -> None:
    encoding = Encoding(vae=networks.vae, folder=tmp_path, windows=1, seed=SEED, mouth_weight=2)
    assert list(examples.encode_shots(encoding, [shot])) == [0]
    assert list(examples.encode_shots(encoding, [shot])) == []
    other = untrained_tiny(SIDE, vae_channels=(8, 8, 8, 8), vae_groups=2, num_layers=1).vae
    with torch.no_grad():
        next(other.parameters()).add_(1)
    with pytest.raises(ValueError, match=f"{tmp_path} was encoded by another VAE: remove"):
        list(examples.encode_shots(replace(encoding, vae=other), [shot]))
