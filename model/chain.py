"""Hallo3 segment after segment: what a renderer calls, and the whole pipeline is made of."""

# No `from __future__ import annotations`: diffusers reads the types of __init__ when it loads.

from functools import partial

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from diffusers.utils.accelerate_utils import apply_forward_hook
from torch import Tensor
from transformers import (
    FeatureExtractionMixin,
    PreTrainedTokenizerBase,
    T5EncoderModel,
    Wav2Vec2Model,
)

from model.memory.whole_networks import WholeNetworksPipeline
from model.networks.conditioning import SegmentConditions, TakeConditions
from model.networks.convolutions import with_cpu_layers
from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel
from model.sampling.branch_parallel import Denoise, Lanes, segment_row, take_row
from model.sampling.denoise import OnStep, Velocity, in_band, sample, step_noise, unchanged
from model.sampling.guidance import Guidance
from model.sampling.guidance_band import EVERY_STEP
from model.sampling.motion import colour_bias, condition_frames, still_frames
from model.sampling.noise import Draw, NoiseSource, Purpose
from model.sampling.step_graph import StepGraph
from model.sampling.tiers import NoCache, cached
from model.scheduler import Hallo3DPMScheduler, refuse_other_scheduler
from model.segments import (
    ChainState,
    PreparedTake,
    Sampling,
    SegmentFrames,
    SegmentShape,
    TakeInputs,
)
from model.vae import encode


class SegmentPipeline(WholeNetworksPipeline):
    """The networks, and one segment at a time (docs/hallo3.md, "A segment").

    `prepare_take` once per take, then `first_state` and `segment` after `segment`, each of which
    leaves a small state to the next. With `lanes` the branches of guidance are computed one by one,
    on several devices if there are several lanes; no cache may be on then, nor with a `step_graph`,
    which replays whole steps.
    """

    model_cpu_offload_seq = "text_encoder->speech_encoder->reference->transformer->vae"  # type: ignore[assignment]
    _optional_components = ["text_encoder", "tokenizer", "speech_encoder", "processor"]  # noqa: RUF012  # theirs

    def __init__(  # noqa: PLR0913, PLR0917  the components
        self,
        vae: AutoencoderKLCogVideoX,
        transformer: Hallo3Transformer3DModel,
        reference: Hallo3ReferenceModel,
        scheduler: Hallo3DPMScheduler,
        text_encoder: T5EncoderModel | None = None,
        tokenizer: PreTrainedTokenizerBase | None = None,
        speech_encoder: Wav2Vec2Model | None = None,
        processor: FeatureExtractionMixin | None = None,
    ) -> None:
        super().__init__()
        self.register_modules(  # type: ignore[no-untyped-call]
            vae=with_cpu_layers(vae),
            transformer=transformer,
            reference=reference,
            scheduler=scheduler,
            text_encoder=text_encoder,
            tokenizer=tokenizer,
            speech_encoder=speech_encoder,
            processor=processor,
        )
        self._current_timestep: int | None = None
        self.lanes: Lanes | None = None
        self.step_graph: StepGraph | None = None

    def segment_shape(self, height: int | None = None, width: int | None = None) -> SegmentShape:
        """A segment on a canvas of pixels; by default the one that the transformer was made for."""
        configs = self.transformer.config, self.vae.config
        return SegmentShape.on_canvas(*configs, height, width)

    @torch.no_grad()
    def prepare_take(
        self, inputs: TakeInputs, noise: NoiseSource, sampling: Sampling | None = None
    ) -> PreparedTake:
        """All that is constant for a take; `noise` should be keyed by the take, not by a chunk."""
        sampling = sampling or Sampling()
        sampling.check_distilled(self.transformer.config.get("distilled_steps", 0))
        refuse_other_scheduler(self.scheduler)
        self.scheduler.set_timesteps(sampling.num_inference_steps)  # which knows how many there are
        shape = self.segment_shape(*inputs.portrait.shape[-2:])
        text = self._placed(inputs.prompt_embeds)
        looked_at = self._reference_picture(inputs, sampling)
        seen = self._encoded(looked_at, shape, noise, Purpose.REFERENCE_POSTERIOR)
        precision = self.reference.dtype
        bank = self.reference(seen.to(precision), torch.zeros_like(text, dtype=precision))
        conditions = _take_conditions(
            self.transformer,
            sampling.guidance.texts(text),
            self._placed(inputs.face_embedding),
            [layer.to(self.transformer.dtype) for layer in bank],
        )
        portrait = inputs.portrait.float().to(self._execution_device)
        wanted = self._later_conditions == "reference" or self._predicts_difference
        return PreparedTake(
            portrait=portrait,
            portrait_latents=encode(self.vae, portrait[None]) if wanted else None,
            conditions=conditions,
            shape=shape,
            sampling=sampling,
            colour_bias=colour_bias(self.vae, portrait) if sampling.colour_bias else None,
        )

    def _reference_picture(self, inputs: TakeInputs, sampling: Sampling) -> Tensor:
        if sampling.reference == "portrait":
            return inputs.reference_picture
        picture = inputs.reference_picture.float().to(self._execution_device)
        return still_frames(self.vae, picture)[-1:]

    def first_state(self, take: PreparedTake) -> ChainState:
        """Before the first segment: the portrait stands in for the motion frames."""
        return ChainState.first(take.portrait)

    @torch.no_grad()
    def segment(
        self,
        take: PreparedTake,
        audio_features: Tensor,
        state: ChainState,
        noise: NoiseSource,
        on_step: OnStep = unchanged,
    ) -> SegmentFrames:
        """One segment from windows of features [frames, window, blocks, channels], sampled when
        this returns and decoded as its frames are taken."""
        seen = self.condition_latents(take, state, noise)
        latents = self.segment_latents(
            take, audio_features, seen, noise, segment=state.segment, on_step=on_step
        )
        return SegmentFrames(self.vae, latents, state)

    @torch.no_grad()
    def segment_latents(
        self,
        take: PreparedTake,
        audio_features: Tensor,
        seen: Tensor,
        noise: NoiseSource,
        *,
        segment: int,
        on_step: OnStep = unchanged,
    ) -> Tensor:
        """[1, T, C, h, w] of what is heard and of `condition_latents`, by all steps."""
        wanted = take.shape.frames
        if len(audio_features) != wanted:
            raise ValueError(f"a segment hears {wanted} frames, not {len(audio_features)}")
        audios = take.sampling.guidance.audios(self._placed(audio_features)[None])
        velocity = self._guided_velocity(take, _segment_conditions(self.transformer, audios), seen)
        self.scheduler.set_timesteps(take.sampling.num_inference_steps)
        draw = Draw(purpose=Purpose.INITIAL, segment=segment)
        initial = noise.normal(draw, take.shape.latents).to(self._execution_device)
        steps = step_noise(noise, segment, initial)
        with cached(self.transformer, take.sampling.cache, lambda: self.current_timestep):
            latents = sample(self.scheduler, velocity, initial, steps, on_step)
        if self._predicts_difference and take.portrait_latents is not None:
            latents = latents + take.portrait_latents
        return latents

    @torch.no_grad()
    def condition_latents(
        self, take: PreparedTake, state: ChainState, noise: NoiseSource
    ) -> Tensor:
        """[1, T, C, h, w]: portrait and motion frames in the first latent frame, then zeros."""
        frames = condition_frames(take, state, noise)
        first = self._encoded(
            frames[0], take.shape, noise, Purpose.CONDITION_POSTERIOR, state.segment
        )
        if self._later_conditions == "reference" and take.portrait_latents is not None:
            rest = take.portrait_latents
        else:
            rest = torch.zeros_like(first)
        return torch.cat([first, rest.expand(-1, take.shape.latent_frames - 1, -1, -1, -1)], dim=1)

    def _denoiser(self, take: PreparedTake, segment: SegmentConditions) -> Denoise:
        """All branches in one batch, or, where there are `lanes`, one by one."""
        if self.lanes is not None:
            return self.lanes.denoiser(take.conditions, segment)
        if self.step_graph is not None:
            if not isinstance(take.sampling.cache, NoCache):
                raise ValueError(
                    "a cache decides at each step, a graph never: leave one of them out"
                )
            return self.step_graph.denoiser(take.conditions, segment)
        return partial(_denoise, self.transformer, take=take.conditions, segment=segment)

    def _guided_velocity(
        self, take: PreparedTake, heard: SegmentConditions, seen: Tensor
    ) -> Velocity:
        """What each step asks the transformer for: all branches of guidance, or, outside of its
        band, the last one alone, which is told everything."""
        guidance, band = take.sampling.guidance, take.sampling.guidance_band
        asked = partial(self._velocity, guidance=guidance, seen=seen)
        guided = partial(asked, denoise=self._denoiser(take, heard))
        if band == EVERY_STEP or len(guidance.branches) == 1:
            return guided
        row, device = len(guidance.branches) - 1, self._execution_device
        told = take_row(take.conditions, row, device), segment_row(heard, row, device)
        denoise = partial(_denoise, self.transformer, take=told[0], segment=told[1])
        return in_band(
            guided,
            partial(asked, denoise=denoise, guidance=Guidance(text=1.0)),
            lambda timestep: band.guides(
                self.scheduler.index_for_timestep(timestep), take.sampling.num_inference_steps
            ),
            self.transformer._reset_stateful_cache,  # noqa: SLF001  as `cached` does
        )

    def _velocity(
        self, latents: Tensor, timestep: int, *, guidance: Guidance, denoise: Denoise, seen: Tensor
    ) -> Tensor:
        """What the transformer predicts, guided. Latents and time are the same in all branches,
        so they are given once."""
        self._current_timestep = timestep
        hidden = self._placed(torch.cat([latents, seen], dim=2))
        time = torch.full((1,), timestep, device=hidden.device)  # made there: nothing is awaited
        with self.transformer.cache_context("cond_uncond"):
            predicted = denoise(hidden, time)
        return guidance.joined(predicted.float())

    def _encoded(
        self,
        frames: Tensor,
        shape: SegmentShape,
        noise: NoiseSource,
        purpose: Purpose,
        segment: int = 0,
    ) -> Tensor:
        """Few frames [n, 3, H, W] as one latent frame [1, 1, C, h, w]."""
        size = (1, shape.channels, 1, shape.latent_height, shape.latent_width)
        drawn = noise.normal(Draw(purpose=purpose, segment=segment), size)
        return encode(self.vae, frames[None].to(self._execution_device), drawn)

    def _placed(self, condition: Tensor) -> Tensor:
        return condition.to(self._execution_device, self.transformer.dtype)

    @property
    def _later_conditions(self) -> str:
        return str(self.transformer.config["later_conditions"])

    @property
    def _predicts_difference(self) -> bool:
        return bool(self.transformer.config["predict_difference"])

    @property
    def current_timestep(self) -> int | None:
        """The timestep of the step being taken, for diffusers' caches."""
        return self._current_timestep


# The transformer's parts are called past its `forward`: the hook brings it to the device if it is
# offloaded.


@apply_forward_hook  # type: ignore[untyped-decorator]  # diffusers
def _take_conditions(
    transformer: Hallo3Transformer3DModel, text: Tensor, face: Tensor, bank: list[Tensor]
) -> TakeConditions:
    return transformer.take_conditions(text, face, bank)


@apply_forward_hook  # type: ignore[untyped-decorator]  # diffusers
def _segment_conditions(transformer: Hallo3Transformer3DModel, audios: Tensor) -> SegmentConditions:
    return transformer.segment_conditions(audios)


@apply_forward_hook  # type: ignore[untyped-decorator]  # diffusers
def _denoise(
    transformer: Hallo3Transformer3DModel,
    hidden_states: Tensor,
    timestep: Tensor,
    take: TakeConditions,
    segment: SegmentConditions,
) -> Tensor:
    return transformer.denoise(hidden_states, timestep, take, segment)
