"""A chain of segments: what is made once for it, what it carries on, what leaves it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self, get_args

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from torch import Tensor

from model.networks.conditioning import TakeConditions
from model.sampling.asked_numbers import (
    is_whole,
    refuse_no_count,
    refuse_no_scale,
    refuse_no_share,
    refuse_no_sigma,
)
from model.sampling.guidance import Guidance
from model.sampling.guidance_band import EVERY_STEP, GuidanceBand
from model.sampling.long_takes import ReferenceFrame
from model.sampling.tiers import Cache, NoCache
from model.shapes import MOTION_FRAMES
from model.vae import decode_frames


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentShape:
    """One segment, in latents and in pixels."""

    latent_frames: int
    latent_height: int
    latent_width: int
    channels: int = 16
    spatial: int = 8
    temporal: int = 4

    def __post_init__(self) -> None:
        if self.latent_frames < 3 or self.latent_frames % 2 == 0:  # noqa: PLR2004  # motion, VAE
            raise ValueError(
                f"a segment of {self.latent_frames} latent frames: the VAE decodes 3, 5, 7, ..."
            )

    @classmethod
    def on_canvas(
        cls,
        transformer: Any,  # noqa: ANN401  # diffusers' FrozenDict
        vae: Any,  # noqa: ANN401
        height: int | None,
        width: int | None,
    ) -> Self:
        """On a canvas of pixels, by the configs of the networks; by default the transformer's."""
        spatial = 2 ** (len(vae.block_out_channels) - 1)
        grid = spatial * transformer.patch_size
        for given in (height, width):
            if given is not None and not (is_whole(given) and given > 0 and given % grid == 0):
                raise ValueError(
                    f"a canvas of {height} x {width}: both must be multiples of {grid} in pixels"
                )
        return cls(
            latent_frames=transformer.sample_frames,
            latent_height=height // spatial if height else transformer.sample_height,
            latent_width=width // spatial if width else transformer.sample_width,
            channels=transformer.out_channels,
            spatial=spatial,
            temporal=vae.temporal_compression_ratio,
        )

    @property
    def latents(self) -> tuple[int, int, int, int, int]:
        return (1, self.latent_frames, self.channels, self.latent_height, self.latent_width)

    @property
    def height(self) -> int:
        return self.latent_height * self.spatial

    @property
    def width(self) -> int:
        return self.latent_width * self.spatial

    @property
    def frames(self) -> int:
        """Pixel frames, motion frames included."""
        return self.temporal * (self.latent_frames - 1) + 1

    @property
    def new_frames(self) -> int:
        return self.frames - MOTION_FRAMES

    def segments_of(self, frames: int) -> int:
        """Segments that `frames` new frames need."""
        return -(-frames // self.new_frames)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How segments are sampled. The defaults are what the original Hallo3 does."""

    num_inference_steps: int = 50
    guidance: Guidance = Guidance()
    cache: Cache = NoCache()
    motion_mask_rate: float = 0.1  # share of the motion frames' pixels that are hidden
    motion_noise_sigma: float = 0.0  # on the motion frames in -1..1; trained with, not inferred
    colour_match: float = (
        0.0  # strength with which motion frames are kept at the portrait's colours
    )
    colour_bias: bool = field(default=False, repr=False)  # the VAE's, taken off the motion frames
    reference: ReferenceFrame = field(default="portrait", repr=False)
    guidance_band: GuidanceBand = field(default=EVERY_STEP, repr=False)

    def __post_init__(self) -> None:
        refuse_no_count("num_inference_steps", self.num_inference_steps)
        refuse_no_scale("guidance_scale", self.guidance.text)
        if self.guidance.audio is not None:
            refuse_no_scale("audio_guidance_scale", self.guidance.audio)
        refuse_no_share("motion_mask_rate", self.motion_mask_rate)
        refuse_no_sigma("motion_noise_sigma", self.motion_noise_sigma)
        refuse_no_share("colour_match", self.colour_match)
        if not isinstance(self.guidance_band, GuidanceBand):
            kind = type(self.guidance_band).__name__
            raise TypeError(f"`guidance_band` is a {kind}; give GuidanceBand(start=0.2, stop=0.8)")
        if not isinstance(self.cache, get_args(Cache)):
            kinds = ", ".join(kind.__name__ for kind in get_args(Cache))
            raise TypeError(f"`cache` is a {type(self.cache).__name__}; give one of {kinds}")
        if self.reference not in get_args(ReferenceFrame):
            kinds = ", ".join(map(repr, get_args(ReferenceFrame)))
            raise ValueError(f"`reference` is {self.reference!r}; give one of {kinds}")

    @property
    def evaluations(self) -> int:
        """How often one row of conditions goes through the transformer in a segment."""
        branches = len(self.guidance.branches)
        return self.guidance_band.evaluations(self.num_inference_steps, branches)

    def check_distilled(self, steps: int) -> None:
        """Weights distilled for `steps` draw something in other steps too, and wrongly."""
        if steps and (self.num_inference_steps, len(self.guidance.branches)) != (steps, 1):
            raise ValueError(
                f"these weights were distilled for {steps} steps without guidance: give "
                f"num_inference_steps={steps}, guidance_scale=1"
            )

    @property
    def name(self) -> str:
        """For fingerprints. Options that came later stand in it only where they are asked for:
        segments that were stored before have the name without them. Bands were once compared as
        floats, so what was drawn in one then has another name."""
        band = self.guidance_band
        asked = [
            *(["colour_bias=True"] if self.colour_bias else []),
            *([f"reference={self.reference}"] if self.reference != "portrait" else []),
            *([f"guided exactly={band.start}..{band.stop}"] if band != EVERY_STEP else []),
        ]
        return " ".join([repr(self), *asked])


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeInputs:
    """A take as the networks are given it. Pictures are on the canvas, in -1..1."""

    portrait: Tensor  # [1, 3, H, W]
    reference_picture: Tensor  # [1, 3, H, W]; the portrait, all but the face black
    prompt_embeds: Tensor  # [1, L, C]
    face_embedding: Tensor  # [1, E]


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedTake:
    """All that is constant for a take, on the device that computes."""

    portrait: Tensor  # [1, 3, H, W] float32 in -1..1
    portrait_latents: Tensor | None  # [1, 1, C, h, w] scaled, where the transformer's config asks
    conditions: TakeConditions
    shape: SegmentShape
    sampling: Sampling
    colour_bias: Tensor | None = None  # [1, 3, 1, 1] in -1..1, where the sampling asks for it


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainState:
    """What a segment leaves to the next: its last two frames, as they were decoded.

    A chain goes on from a saved state with the very same frames.
    """

    segment: int  # the next to be made
    motion: Tensor  # [2, 3, H, W] float32 in -1..1, on the host

    @classmethod
    def first(cls, portrait: Tensor) -> Self:
        """The portrait [1, 3, H, W], twice."""
        return cls(
            segment=0, motion=portrait.expand(MOTION_FRAMES, -1, -1, -1).float().cpu().clone()
        )

    def after(self, motion: Tensor) -> ChainState:
        """`motion` is in 0..1."""
        return ChainState(segment=self.segment + 1, motion=(motion.float() * 2 - 1).cpu())


class SegmentFrames(Iterator[Tensor]):
    """The new frames of a segment, [n, 3, H, W] float32 in 0..1, as the VAE decodes them.

    `next_state` is known when the last one has left.
    """

    def __init__(self, vae: AutoencoderKLCogVideoX, latents: Tensor, state: ChainState) -> None:
        self.latents = latents
        self._decoded = decode_frames(vae, latents)
        self._state = state
        self._last: Tensor | None = None
        self._to_drop = MOTION_FRAMES
        self._next_state: ChainState | None = None

    def __next__(self) -> Tensor:
        for decoded in self._decoded:
            frames = decoded[0]
            seen = frames if self._last is None else torch.cat([self._last, frames])
            self._last = seen[-MOTION_FRAMES:]
            new = frames[self._to_drop :]
            self._to_drop = max(self._to_drop - len(frames), 0)
            if len(new):
                return new
        if self._next_state is None and self._last is not None:
            self._next_state = self._state.after(self._last)
        raise StopIteration

    @property
    def next_state(self) -> ChainState:
        if self._next_state is None:
            raise ValueError("the segment's state is known when all its frames have been taken")
        return self._next_state
