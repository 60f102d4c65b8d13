"""The sampler and the chain of segments, step by step against the original."""

from __future__ import annotations

import pickle
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor

from model.conditions.features import ChainSpeech, TensorRows
from model.conditions.picture import face_on_canvas, on_canvas
from model.pipeline import Hallo3Pipeline
from model.sampling.denoise import sample, step_noise
from model.sampling.guidance import Guidance
from model.sampling.noise import Draw, Noise, NoiseSource, Purpose
from model.segments import ChainState, PreparedTake, Sampling, TakeInputs
from model.vae import encode
from tests.golden_tensors import deviation, golden
from tests.model.golden_chain import (
    FRAMES,
    STEPS,
    RecordedNoise,
    chain_noise,
    golden_pipeline,
    portrait,
    step_draws,
)


@pytest.fixture(scope="module")
def pipeline() -> Hallo3Pipeline:
    return golden_pipeline()


@pytest.fixture(scope="module")
def hears() -> ChainSpeech:
    features = golden("chain_two_segments")["wav2vec_features"]
    return ChainSpeech(take=TensorRows(features), start=0, stop=len(features), segment_frames=17)


def a_take(
    pipeline: Hallo3Pipeline, noise: NoiseSource, sampling: Sampling | None = None
) -> PreparedTake:
    image, mask = portrait()
    recorded = golden("chain_two_segments")
    inputs = TakeInputs(
        portrait=on_canvas(image.numpy(), 64, 96),
        reference_picture=face_on_canvas(image.numpy(), mask.numpy(), 64, 96),
        prompt_embeds=recorded["text_cond"],
        face_embedding=recorded["face_emb"],
    )
    return pipeline.prepare_take(inputs, noise, sampling or Sampling(num_inference_steps=STEPS))


def recorded_state(segment: int) -> ChainState:
    """The state before a segment, with the original's own motion frames."""
    if segment == 0:
        return ChainState.first(on_canvas(portrait()[0].numpy(), 64, 96))
    video = golden("chain_two_segments")["video"]
    return ChainState(segment=segment, motion=video[0, 13:15] * 2 - 1)


@pytest.mark.parametrize("steps", [4, 6])
def test_a_whole_sampling_run_is_the_originals(pipeline: Hallo3Pipeline, steps: int) -> None:
    recorded = golden(f"sampler_{steps}steps")
    draws = [recorded[name] for name in sorted(recorded) if name.startswith("draw.")]
    guidance, transformer = Guidance(), pipeline.transformer
    text = recorded["in.text"]
    with torch.no_grad():
        bank = pipeline.reference(recorded["in.ref_latent"], torch.zeros_like(text))
        take = transformer.take_conditions(guidance.texts(text), recorded["in.face_emb"], bank)
        segment = transformer.segment_conditions(guidance.audios(recorded["in.audio_emb"]))
    x0s, xs = [], []

    @torch.no_grad()
    def velocity(latents: Tensor, timestep: int) -> Tensor:
        hidden = torch.cat([latents, recorded["in.concat"]], dim=2)
        v = transformer.denoise(hidden, torch.tensor([timestep]), take, segment)
        return guidance.joined(v)

    def watch(step: int, timestep: int, latents: Tensor) -> Tensor:
        x0s.append(pipeline.scheduler._history)
        xs.append(latents)
        assert recorded[f"step.{step:02d}.idx"][0] == timestep
        return latents

    pipeline.scheduler.set_timesteps(steps)
    noise = step_noise(RecordedNoise(step_draws(draws[1:])), 0, draws[0])
    latents = sample(pipeline.scheduler, velocity, draws[0], noise, watch)

    for step in range(steps):
        assert deviation(x0s[step], recorded[f"step.{step:02d}.x0_guided"]) <= 1e-5
        assert deviation(xs[step], recorded[f"step.{step:02d}.x_out"]) <= 1e-5
    assert deviation(latents, recorded["out.latents"]) <= 1e-5


def test_the_reference_latent_is_the_originals(pipeline: Hallo3Pipeline) -> None:
    image, mask = portrait()
    picture = face_on_canvas(image.numpy(), mask.numpy(), 64, 96)
    drawn = chain_noise().draws[Draw(purpose=Purpose.REFERENCE_POSTERIOR)]
    latents = encode(pipeline.vae, picture[None], drawn)
    assert deviation(latents, golden("chain_two_segments")["ref_latent"]) <= 1e-5


@pytest.mark.parametrize("segment", [0, 1])
def test_what_a_segment_sees_hears_and_becomes_is_the_originals(
    pipeline: Hallo3Pipeline, hears: ChainSpeech, segment: int
) -> None:
    recorded, noise = golden("chain_two_segments"), chain_noise()
    take, state = a_take(pipeline, noise), recorded_state(segment)
    assert torch.equal(hears.segment(segment)[None], recorded[f"sample.{segment}.audio_emb"])
    seen = pipeline.condition_latents(take, state, noise)
    assert deviation(seen, recorded[f"sample.{segment}.concat"]) <= 1e-5
    made = pipeline.segment(take, hears.segment(segment), state, noise)
    assert deviation(made.latents, recorded[f"sample.{segment}.latents"]) <= 1e-5


def test_a_chain_of_two_segments_is_the_originals_video(
    pipeline: Hallo3Pipeline, hears: ChainSpeech
) -> None:
    noise = chain_noise()
    take = a_take(pipeline, noise)
    video = torch.cat(list(frames_of(pipeline, take, hears, noise)))[:FRAMES]
    wanted = golden("chain_two_segments")["video"][0]
    assert (video - wanted).abs().max() <= 1e-4


def test_a_chain_that_was_interrupted_goes_on_with_the_same_bits(hears: ChainSpeech) -> None:
    noise, quick = Noise(seed=3, chunk="words"), Sampling(num_inference_steps=2)
    before, after = golden_pipeline(), golden_pipeline()
    take = a_take(before, noise, quick)
    made = before.segment(take, hears.segment(0), before.first_state(take), noise)
    assert len(list(made)) == 2
    saved = pickle.dumps(made.next_state)
    rest = list(before.segment(take, hears.segment(1), made.next_state, noise))

    state = pickle.loads(saved)  # noqa: S301  # our own
    second = list(after.segment(a_take(after, noise, quick), hears.segment(1), state, noise))
    assert len(second) == len(rest)
    assert all(map(torch.equal, second, rest))


def test_a_segment_must_hear_all_its_frames(pipeline: Hallo3Pipeline, hears: ChainSpeech) -> None:
    noise = Noise(seed=3, chunk="words")
    take = a_take(pipeline, noise)
    with pytest.raises(ValueError, match="hears 17 frames, not 16"):
        pipeline.segment(take, hears.segment(0)[1:], pipeline.first_state(take), noise)


def test_a_state_is_small_and_known_only_when_all_frames_have_left(
    pipeline: Hallo3Pipeline, hears: ChainSpeech
) -> None:
    noise = Noise(seed=3, chunk="words")
    take = a_take(pipeline, noise)
    made = pipeline.segment(take, hears.segment(0), pipeline.first_state(take), noise)
    with pytest.raises(ValueError, match="when all its frames have been taken"):
        _ = made.next_state
    frames = list(made)
    assert [len(new) for new in frames] == [7, 8]
    assert torch.equal(made.next_state.motion, frames[-1][-2:] * 2 - 1)
    assert made.next_state.segment == 1


def frames_of(
    pipeline: Hallo3Pipeline, take: PreparedTake, hears: ChainSpeech, noise: NoiseSource
) -> Iterator[Tensor]:
    state = pipeline.first_state(take)
    for segment in range(take.shape.segments_of(FRAMES)):
        made = pipeline.segment(take, hears.segment(segment), state, noise)
        yield from made
        state = made.next_state
