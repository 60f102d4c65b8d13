"""What a segment costs on this machine: the parts timed one by one, with random weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from diffusers.utils import logging
from torch import Tensor

from model.bench.device import device_name, peak_gib
from model.bench.naive import PlainInputs, PlainTransformer
from model.bench.timing import AttentionSize, attention_rates, by_turns, synchronise
from model.chain import SegmentPipeline
from model.networks.compiled import TOLERANCE, CompiledBlocks, compile_mode
from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel
from model.sampling.noise import Noise
from model.sampling.tiers import Cache, NoCache
from model.scheduler import Hallo3DPMScheduler
from model.segments import Sampling, TakeInputs
from model.tiny import VAE_CHANNELS, VAE_GROUPS
from model.vae import decode_frames

TINY_VAE: dict[str, Any] = {
    "block_out_channels": VAE_CHANNELS,
    "norm_num_groups": VAE_GROUPS,
    "layers_per_block": 1,
}
UNCACHED = NoCache()
FULL_VAE: dict[str, Any] = {"block_out_channels": (128, 256, 256, 512), "layers_per_block": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchSize:
    """Sizes of the networks and how many steps a segment takes."""

    shared: dict[str, int]
    own: dict[str, int]
    vae: dict[str, Any]
    steps: int


SIZES = {
    "small": BenchSize(
        shared={
            "num_layers": 4,
            "num_attention_heads": 4,
            "text_embed_dim": 64,
            "time_embed_dim": 64,
            "max_text_seq_length": 16,
            "sample_frames": 5,
            "sample_height": 16,
            "sample_width": 16,
        },
        own={"audio_channels": 32, "audio_hidden_dim": 64, "audio_token_dim": 32},
        vae=TINY_VAE,
        steps=12,
    ),
    "middle": BenchSize(
        shared={
            "num_layers": 8,
            "num_attention_heads": 8,
            "text_embed_dim": 512,
            "time_embed_dim": 128,
            "sample_frames": 5,
            "sample_height": 30,
            "sample_width": 44,
        },
        own={"audio_channels": 96, "audio_hidden_dim": 128, "audio_token_dim": 48},
        vae=TINY_VAE,
        steps=50,
    ),
    "hallo3-5b": BenchSize(shared={}, own={}, vae=FULL_VAE, steps=50),
}


@torch.inference_mode()
def bench(
    size_name: str, device: torch.device, rounds: int, *, compiled: bool = False
) -> dict[str, object]:
    """Seconds of a guided step (ours and plain, by turns), of the reference network and of the
    decode of a segment; of one whole segment, run from noise to frames; attention by backend; and
    with `compiled` the step with compiled blocks."""
    logging.set_verbosity_error()
    size = SIZES[size_name]
    dtype = torch.bfloat16 if device.type == "cuda" else torch.float32
    networks: tuple[Any, ...] = random_networks(size, device)
    transformer, reference, vae = (network.to(device, dtype).eval() for network in networks)
    given = Given.of(transformer, reference, device, dtype)
    take = transformer.take_conditions(given.text, given.face, given.bank)
    segment = transformer.segment_conditions(given.audio)
    step = partial(transformer.denoise, given.latents, given.timestep, take, segment)
    pipeline = SegmentPipeline(vae, transformer, reference, Hallo3DPMScheduler())
    seconds = by_turns(parts(pipeline, given, step), device, rounds)
    figures = {
        "size": size_name,
        "device": device_name(device),
        "dtype": str(dtype),
        "seconds": {name: round(value, 5) for name, value in seconds.items()},
        "plain_over_ours": round(seconds["plain_step"] / seconds["step"], 3),
        "segment": whole_segment(pipeline, given, size.steps),
        "attention": attention_rates(attention_size(transformer.config), device, dtype, rounds),
        "peak_gib": peak_gib(device),
    }
    return figures | ({"compiled": against_compiled(transformer, step, rounds)} if compiled else {})


def parts(
    pipeline: SegmentPipeline, given: Given, step: Callable[[], Tensor]
) -> dict[str, Callable[[], object]]:
    """What a segment is made of, and the step as the plain computation takes it."""
    plain = PlainTransformer(pipeline.transformer.state_dict(), pipeline.transformer.config)
    no_text = torch.zeros_like(given.text[:1])
    return {
        "step": step,
        "plain_step": lambda: plain(given.twice()),
        "reference": lambda: pipeline.reference(given.seen, no_text),
        "decode": lambda: [frames.sum() for frames in decode_frames(pipeline.vae, given.clean)],
    }


def whole_segment(
    pipeline: SegmentPipeline, given: Given, steps: int, cache: Cache = UNCACHED
) -> dict[str, object]:
    """One segment run from noise to its last frame, as a renderer runs it."""
    device, shape = given.latents.device, pipeline.segment_shape()
    portrait = torch.zeros(1, 3, shape.height, shape.width)
    inputs = TakeInputs(
        portrait=portrait,
        reference_picture=portrait,
        prompt_embeds=given.text[:1],
        face_embedding=given.face,
    )
    noise = Noise(seed=0, chunk="bench")
    sampling = Sampling(num_inference_steps=steps, cache=cache)
    take = pipeline.prepare_take(inputs, noise, sampling)
    state = pipeline.first_state(take)
    synchronise(device)
    began = perf_counter()
    made = pipeline.segment(take, given.audio[0], state, noise)
    synchronise(device)
    sampled = perf_counter()
    frames = sum(len(new) for new in made)
    synchronise(device)
    return {
        "how": "run whole: every step and the decode of every frame",
        "steps": steps,
        "evaluations": sampling.evaluations,
        "new_frames": frames,
        "steps_s": round(sampled - began, 3),
        "decode_s": round(perf_counter() - sampled, 3),
        "whole_s": round(perf_counter() - began, 3),
    }


def against_compiled(
    transformer: Hallo3Transformer3DModel, step: Callable[[], Tensor], rounds: int
) -> dict[str, object]:
    """The step with compiled blocks and without, by turns; the deviation is relative."""
    blocks = CompiledBlocks(transformer)

    def compiled_step() -> Tensor:
        with blocks.on():
            return step()

    began = perf_counter()
    got, wanted = compiled_step(), step()
    ready = perf_counter() - began
    calls: dict[str, Callable[[], object]] = {"step": step, "compiled_step": compiled_step}
    seconds = by_turns(calls, transformer.device, rounds)
    return {
        "mode": compile_mode(transformer.device.type),
        "first_call_s": round(ready, 1),
        "seconds": {name: round(value, 5) for name, value in seconds.items()},
        "step_over_compiled": round(seconds["step"] / seconds["compiled_step"], 3),
        "deviation": float((got - wanted).abs().max() / wanted.abs().max()),
        "tolerance": TOLERANCE[transformer.dtype],
    }


def attention_size(config: Any) -> AttentionSize:  # noqa: ANN401  # a diffusers config
    """Of a joint attention: text and video ask, and the reference answers with them."""
    patch = config.patch_size
    patches = (config.sample_height // patch) * (config.sample_width // patch)
    asking = config.max_text_seq_length + config.sample_frames * patches
    return AttentionSize(
        heads=config.num_attention_heads,
        channels=config.attention_head_dim,
        asking=asking,
        answering=asking + patches,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """The inputs of a guided step; what both halves of the guidance share stands once."""

    latents: Tensor
    timestep: Tensor
    text: Tensor
    audio: Tensor
    face: Tensor
    seen: Tensor
    bank: list[Tensor]

    @classmethod
    def of(
        cls,
        transformer: Hallo3Transformer3DModel,
        reference: Hallo3ReferenceModel,
        device: torch.device,
        dtype: torch.dtype,
    ) -> Given:
        config: Any = transformer.config
        generator = torch.Generator(device).manual_seed(1)

        def drawn(*shape: int) -> Tensor:
            return torch.randn(shape, generator=generator, device=device, dtype=dtype)

        height, width = config.sample_height, config.sample_width
        frames = 4 * (config.sample_frames - 1) + 1
        heard = (config.audio_window, config.audio_blocks, config.audio_channels)
        text = drawn(2, config.max_text_seq_length, config.text_embed_dim)
        seen = drawn(1, 1, config.out_channels, height, width)
        return cls(
            latents=drawn(1, config.sample_frames, config.in_channels, height, width),
            timestep=torch.tensor([499], device=device),
            text=text,
            audio=drawn(2, frames, *heard),
            face=drawn(1, config.face_embed_dim),
            seen=seen,
            bank=reference(seen, torch.zeros_like(text[:1])),
        )

    @property
    def clean(self) -> Tensor:
        """As many latents as a segment has."""
        return self.latents[:, :, : self.seen.shape[2]]

    def twice(self) -> PlainInputs:
        """As the plain computation takes it: everything given to both halves."""
        return PlainInputs(
            latents=self.latents.repeat(2, 1, 1, 1, 1),
            timesteps=self.timestep.repeat(2),
            text=self.text,
            audio=self.audio,
            face=self.face.repeat(2, 1),
            bank=[seen.repeat(2, 1, 1) for seen in self.bank],
        )


def random_networks(
    size: BenchSize, device: torch.device, dtype: torch.dtype = torch.float32
) -> tuple[Hallo3Transformer3DModel, Hallo3ReferenceModel, AutoencoderKLCogVideoX]:
    """Made on the device itself: the full size would not fit a host twice."""
    with torch.random.fork_rng(devices=[]), torch.device(device), made_in(dtype):
        torch.manual_seed(0)
        return (
            Hallo3Transformer3DModel(**size.shared, **size.own),
            Hallo3ReferenceModel(**size.shared),
            AutoencoderKLCogVideoX(
                latent_channels=16,
                scaling_factor=0.7,
                down_block_types=("CogVideoXDownBlock3D",) * 4,
                up_block_types=("CogVideoXUpBlock3D",) * 4,
                **size.vae,
            ),
        )


@contextmanager
def made_in(dtype: torch.dtype) -> Iterator[None]:
    """New parameters have this type at once: the full size in float32 first would need 58 GB."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        yield
    finally:
        torch.set_default_dtype(before)
