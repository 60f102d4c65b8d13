"""Hallo3 as a diffusers pipeline: portrait, speech and prompt in, one clip out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
import torch
from diffusers.loaders.lora_pipeline import CogVideoXLoraLoaderMixin
from numpy.typing import NDArray
from torch import Tensor

import model.reference
import model.transformer  # noqa: F401  # saved folders name both, and diffusers wants them imported
from model.chain import SegmentPipeline
from model.conditions.speech import Sound
from model.conditions.text import PromptReader
from model.pipeline_io import (
    Hallo3PipelineOutput,
    OutputType,
    clip_output,
    refuse_other_output,
)
from model.processing import (
    PROCESSOR_MODULE,
    HeardSpeech,
    ImageInput,
    SpeechInput,
    refuse_other_shapes,
    seen_portrait,
)
from model.sampling.denoise import OnStep
from model.sampling.guidance import Guidance
from model.sampling.guidance_band import EVERY_STEP, GuidanceBand
from model.sampling.noise import NoiseSource, draws_of
from model.segments import PreparedTake, Sampling, TakeInputs
from model.step_callback import StepCallback, StepListener


class Hallo3Pipeline(SegmentPipeline, CogVideoXLoraLoaderMixin):
    """A portrait, its face and speech to frames (Cui et al., CVPR 2025).

    A call makes one clip of any length at 25 frames a second. It takes `image` and `audio`, which
    the pipeline's processor makes ready as a night does: the face is found and framed for the
    canvas. With `face_embedding` [1, E] (not normalised) the image is taken as it is; `face_mask`
    [H, W] is 255 on its face and 0 elsewhere (without it the reference network sees everything). In
    place of `audio` stand `speech` (samples at 16 kHz) or `audio_features` [rows, blocks,
    channels]; the clip is as long as they are, or has `num_frames`. A square picture comes back
    square. All draws are keyed by one number from `generator`, unless `noise` hands them in.

    All options default to what the original Hallo3 does. What its call is made of is public in
    `SegmentPipeline`, for whoever wants segments and not whole clips.
    """

    _callback_tensor_inputs: ClassVar[list[str]] = ["latents"]
    _guidance_scale = Guidance().text
    _num_timesteps = 0
    _interrupt = False

    @classmethod
    def from_pretrained(  # type: ignore[override]  # diffusers' own arguments, handed on
        cls,
        folder: str | os.PathLike[str],
        **others: Any,  # noqa: ANN401
    ) -> Self:
        """As diffusers loads it. It takes components only from modules that are imported, so the
        processor's is, by name: it stands above `model`. Speech is heard in float32, as a night
        hears it, unless `dtype` names the `speech_encoder`."""
        if "processor" not in others:
            import_module(PROCESSOR_MODULE)
        for name in {"dtype", "torch_dtype"} & others.keys():
            dtype = others[name]
            asked = {"default": dtype} if isinstance(dtype, torch.dtype) else dtype
            if isinstance(asked, dict):
                others[name] = {"speech_encoder": torch.float32} | asked
        loaded: Self = super().from_pretrained(folder, **others)
        return loaded

    @torch.no_grad()
    def __call__(  # noqa: PLR0913  a diffusers call
        self,
        image: ImageInput,
        *,
        audio: str | Path | None = None,
        face_embedding: Tensor | None = None,
        face_mask: NDArray[np.uint8] | None = None,
        speech: Sound | None = None,
        sampling_rate: int | None = None,
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
        generator: torch.Generator | list[torch.Generator] | None = None,
        noise: NoiseSource | None = None,
        output_type: OutputType = "pil",
        return_dict: bool = True,
        callback_on_step_end: StepCallback | None = None,
        callback_on_step_end_tensor_inputs: Sequence[str] | None = ("latents",),
    ) -> Hallo3PipelineOutput | tuple[Any]:
        self._interrupt = False
        listener = StepListener.of(
            callback_on_step_end, callback_on_step_end_tensor_inputs, self._callback_tensor_inputs
        )
        refuse_other_output(output_type)
        refuse_other_shapes(self.transformer.config, face_embedding, audio_features, prompt_embeds)
        shape, draws = self.segment_shape(height, width), draws_of(generator, noise)
        sampling = Sampling(
            num_inference_steps=num_inference_steps,
            guidance=Guidance(text=guidance_scale, audio=audio_guidance_scale),
            guidance_band=guidance_band,
            motion_mask_rate=motion_mask_rate,
            motion_noise_sigma=motion_noise_sigma,
            colour_match=colour_match,
        )
        seen = seen_portrait(image, face_embedding, face_mask, self.processor, shape)
        spoken = SpeechInput(audio, speech, audio_features, num_frames, sampling_rate)
        heard = spoken.heard_by(self, shape.frames)
        inputs = seen.inputs(shape, self.encode_prompt(prompt, prompt_embeds))
        made = self._segments(inputs, heard, sampling, draws, listener)
        return clip_output(made, seen, heard.frames, output_type, as_object=return_dict)

    def _segments(
        self,
        inputs: TakeInputs,
        heard: HeardSpeech,
        sampling: Sampling,
        noise: NoiseSource,
        listener: StepListener,
    ) -> Iterator[Tensor]:
        """The new frames, segment after segment."""
        steps = sampling.num_inference_steps
        self._guidance_scale, self._num_timesteps = sampling.guidance.text, steps
        take = self.prepare_take(inputs, noise, sampling)
        hears = heard.chain(take.shape.frames)
        segments = take.shape.segments_of(heard.frames)
        with self.progress_bar(total=segments * steps) as bar:
            on_step = partial(self._stepped, bar.update, listener)
            yield from self._chain(
                take, [hears.segment(i) for i in range(segments)], noise, on_step
            )
        self.maybe_free_model_hooks()  # type: ignore[no-untyped-call]

    def encode_prompt(
        self, prompt: str | None = None, prompt_embeds: Tensor | None = None
    ) -> Tensor:
        """T5's states of the prompt, [1, max_text_seq_length, C]; or those given."""
        return PromptReader.of_components(self).read(prompt, prompt_embeds)

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
        """Whoever sets `pipeline._interrupt` during a call, a callback or another thread, ends the
        clip after the step in hand: its segment is decoded as it is, and no other begins."""
        return self._interrupt

    def _chain(
        self, take: PreparedTake, audios: Sequence[Tensor], noise: NoiseSource, on_step: OnStep
    ) -> Iterator[Tensor]:
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
        listener: StepListener,
        step: int,
        timestep: int,
        latents: Tensor,
    ) -> Tensor | None:
        update()
        moved: Tensor = listener.latents_after(self, step, timestep, latents)
        return None if self.interrupt else moved
