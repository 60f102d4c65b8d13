"""Hallo3 as a diffusers pipeline: portrait, speech and prompt in, one clip out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar

import numpy as np
import torch
from diffusers.loaders.lora_pipeline import CogVideoXLoraLoaderMixin
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

import model.reference
import model.transformer  # noqa: F401  # saved folders name both, and diffusers wants them imported
from model.chain import SegmentPipeline
from model.conditions.features import ChainSpeech
from model.conditions.picture import Picture, centre_square, face_on_canvas, on_canvas
from model.conditions.speech import Sound
from model.conditions.text import states
from model.pipeline_io import (
    Hallo3PipelineOutput,
    OutputType,
    converted,
    joined_frames,
    picture_of,
    speech_conditions,
)
from model.sampling.denoise import OnStep
from model.sampling.guidance import Guidance
from model.sampling.guidance_band import EVERY_STEP, GuidanceBand
from model.sampling.noise import Noise, NoiseSource
from model.segments import PreparedTake, Sampling, TakeInputs

StepCallback = Callable[..., dict[str, Tensor]]
"""`callback(pipeline, step, timestep, {"latents": ...})` -> the latents to go on with."""


class Hallo3Pipeline(SegmentPipeline, CogVideoXLoraLoaderMixin):
    """A portrait, its face and speech to frames (Cui et al., CVPR 2025).

    All options default to what the original Hallo3 does. What its call is made of is public in
    `SegmentPipeline`, for whoever wants segments and not whole clips.
    """

    _callback_tensor_inputs: ClassVar[list[str]] = ["latents"]
    _guidance_scale = Guidance().text
    _num_timesteps = 0
    _interrupt = False

    @torch.no_grad()
    def __call__(  # noqa: PLR0913  a diffusers call
        self,
        image: Image.Image | Picture,
        *,
        face_embedding: Tensor,
        face_mask: NDArray[np.uint8] | None = None,
        speech: Sound | None = None,
        audio_features: Tensor | None = None,
        prompt: str | None = None,
        prompt_embeds: Tensor | None = None,
        num_frames: int | None = None,
        height: int | None = None,
        width: int | None = None,
        num_inference_steps: int = 50,
        guidance_scale: float = 3.5,
        audio_guidance_scale: float | None = None,
        guidance_band: GuidanceBand = EVERY_STEP,
        motion_mask_rate: float = 0.1,
        motion_noise_sigma: float = 0.0,
        colour_match: float = 0.0,
        generator: torch.Generator | None = None,
        noise: NoiseSource | None = None,
        output_type: OutputType = "pil",
        return_dict: bool = True,
        callback_on_step_end: StepCallback | None = None,
        callback_on_step_end_tensor_inputs: Sequence[str] = ("latents",),
    ) -> Hallo3PipelineOutput | tuple[Any]:
        """One clip of any length, chained over its segments, at 25 frames a second.

        `face_embedding` [1, E] is not normalised; `face_mask` [H, W] is 255 on the face of `image`
        and 0 elsewhere (without it the reference network sees everything). The clip is as long as
        `speech` (samples at 16 kHz), or as `audio_features` [rows, blocks, channels], or has
        `num_frames` of those. A square picture comes back square. All draws are keyed by one number
        from `generator`, unless `noise` hands them in.
        """
        # 1. What is asked for
        self._check_tensor_inputs(callback_on_step_end_tensor_inputs)
        self._guidance_scale, self._num_timesteps = guidance_scale, num_inference_steps
        shape, picture = self.segment_shape(height, width), picture_of(image)
        rows, length = speech_conditions(speech, audio_features, self.speech_encoder, shape.frames)
        frames = length if num_frames is None else num_frames
        if not 0 < frames <= rows.count:
            raise ValueError(f"{frames} frames of the {rows.count} that there are features for")
        sampling = Sampling(
            num_inference_steps=num_inference_steps,
            guidance=Guidance(text=guidance_scale, audio=audio_guidance_scale),
            guidance_band=guidance_band,
            motion_mask_rate=motion_mask_rate,
            motion_noise_sigma=motion_noise_sigma,
            colour_match=colour_match,
        )

        # 2. What is constant
        mask = np.full(picture.shape[:2], 255, np.uint8) if face_mask is None else face_mask
        inputs = TakeInputs(
            portrait=on_canvas(picture, shape.height, shape.width),
            reference_picture=face_on_canvas(picture, mask, shape.height, shape.width),
            prompt_embeds=self.encode_prompt(prompt, prompt_embeds),
            face_embedding=face_embedding,
        )
        noise = noise or _keyed(generator)
        take = self.prepare_take(inputs, noise, sampling)

        # 3. Segment after segment. The original hears the padding behind a clip too.
        hears = ChainSpeech(take=rows, start=0, stop=rows.count, segment_frames=shape.frames)
        segments = shape.segments_of(frames)
        with self.progress_bar(total=segments * num_inference_steps) as bar:
            on_step = partial(self._stepped, bar.update, callback_on_step_end)
            made = self._chain(take, [hears.segment(i) for i in range(segments)], noise, on_step)
            square = picture.shape[0] == picture.shape[1]
            parts = [converted(centre_square(n) if square else n, output_type) for n in made]
        self.maybe_free_model_hooks()  # type: ignore[no-untyped-call]
        clip = joined_frames(parts, frames, output_type)
        return Hallo3PipelineOutput(frames=clip) if return_dict else (clip,)

    def encode_prompt(
        self, prompt: str | None = None, prompt_embeds: Tensor | None = None
    ) -> Tensor:
        """T5's states of the prompt, [1, max_text_seq_length, C]; or those given."""
        if (prompt is None) == (prompt_embeds is None):
            raise ValueError("give either `prompt` or `prompt_embeds`")
        if prompt_embeds is not None:
            return prompt_embeds
        if self.text_encoder is None or self.tokenizer is None:
            raise ValueError("`prompt` needs the pipeline's text encoder; give `prompt_embeds`")
        length = self.transformer.config.max_text_seq_length
        return states(self.text_encoder, self.tokenizer, str(prompt), length)

    @property
    def guidance_scale(self) -> float:
        """Of the clip being made."""
        return self._guidance_scale

    @property
    def num_timesteps(self) -> int:
        """Steps of each segment of the clip being made."""
        return self._num_timesteps

    @property
    def interrupt(self) -> bool:
        """A callback sets `pipeline._interrupt` to end the clip: the segment in hand is decoded as
        it is, and no other begins."""
        return self._interrupt

    def _chain(
        self, take: PreparedTake, audios: Sequence[Tensor], noise: NoiseSource, on_step: OnStep
    ) -> Iterator[Tensor]:
        self._interrupt = False
        state = self.first_state(take)
        for audio in audios:
            made = self.segment(take, audio, state, noise, on_step)
            yield from made
            if self.interrupt:
                return
            state = made.next_state

    def _stepped(
        self,
        update: Callable[[], object],
        callback: StepCallback | None,
        step: int,
        timestep: int,
        latents: Tensor,
    ) -> Tensor | None:
        update()
        if callback is None:
            return latents
        latents = callback(self, step, timestep, {"latents": latents}).pop("latents", latents)
        return None if self.interrupt else latents

    def _check_tensor_inputs(self, names: Sequence[str]) -> None:
        unknown = sorted(set(names) - set(self._callback_tensor_inputs))
        if unknown:
            raise ValueError(f"callbacks are given {self._callback_tensor_inputs}, not {unknown}")


def _keyed(generator: torch.Generator | None) -> Noise:
    """One number of the generator stands for all draws of a clip."""
    device = "cpu" if generator is None else generator.device
    seed = torch.randint(2**63 - 1, (), generator=generator, device=device)
    return Noise(seed=int(seed), chunk="")
