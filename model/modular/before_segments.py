"""The blocks before the first segment: what is asked, seen, read and heard, and what is made of it
once for a clip."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from model.conditions.text import PromptReader
from model.modular.nouns import AS_PICTURES, NETWORKS, networks
from model.modular.step import Block, Components, Hallo3Step
from model.pipeline_io import refuse_other_output
from model.processing import SpeechInput, refuse_other_shapes, seen_portrait
from model.sampling.guidance import Guidance
from model.sampling.noise import draws_of
from model.segments import Sampling

_USUAL = Sampling()


class Hallo3SettingsStep(Hallo3Step):
    """The canvas, how segments are sampled, and the clip's random numbers."""

    uses = NETWORKS
    options: ClassVar[Mapping[str, object]] = {
        "height": None,
        "width": None,
        "num_inference_steps": _USUAL.num_inference_steps,
        "guidance_scale": _USUAL.guidance.text,
        "audio_guidance_scale": None,
        "guidance_band": _USUAL.guidance_band,
        "motion_mask_rate": _USUAL.motion_mask_rate,
        "motion_noise_sigma": _USUAL.motion_noise_sigma,
        "colour_match": _USUAL.colour_match,
        "generator": None,
        "noise": None,
        **AS_PICTURES,
    }
    gives = ("segment_shape", "sampling", "draws")

    def fill(self, components: Components, block: Block) -> None:
        refuse_other_output(block.output_type)
        block.segment_shape = networks(components).segment_shape(block.height, block.width)
        block.sampling = Sampling(
            num_inference_steps=block.num_inference_steps,
            guidance=Guidance(text=block.guidance_scale, audio=block.audio_guidance_scale),
            guidance_band=block.guidance_band,
            motion_mask_rate=block.motion_mask_rate,
            motion_noise_sigma=block.motion_noise_sigma,
            colour_match=block.colour_match,
        )
        block.draws = draws_of(block.generator, block.noise)


class Hallo3PortraitStep(Hallo3Step):
    """The portrait framed for the canvas, its face and whose it is; with `face_embedding` the image
    is taken as it is."""

    uses = ("transformer", "processor")
    takes = ("image", "segment_shape")
    options: ClassVar[Mapping[str, object]] = {"face_embedding": None, "face_mask": None}
    gives = ("seen_portrait",)

    def fill(self, components: Components, block: Block) -> None:
        refuse_other_shapes(components.transformer.config, block.face_embedding, None, None)
        block.seen_portrait = seen_portrait(
            block.image,
            block.face_embedding,
            block.face_mask,
            components.processor,
            block.segment_shape,
        )


class Hallo3PromptStep(Hallo3Step):
    """The prompt as the transformer reads it; zeros for networks without prompts."""

    uses = ("transformer", "text_encoder", "tokenizer", "processor")
    options: ClassVar[Mapping[str, object]] = {"prompt": None, "prompt_embeds": None}
    gives = ("text_states",)

    def fill(self, components: Components, block: Block) -> None:
        refuse_other_shapes(components.transformer.config, None, None, block.prompt_embeds)
        reader = PromptReader.of_components(components)
        block.text_states = reader.read(block.prompt, block.prompt_embeds)


class Hallo3SpeechStep(Hallo3Step):
    """Speech as rows of features, computed as segments ask for them. Put a block of your own in its
    place that gives `heard`, and the networks hear what yours makes of `audio`."""

    uses = ("transformer", "speech_encoder", "processor")
    takes = ("segment_shape",)
    options: ClassVar[Mapping[str, object]] = {
        "audio": None,
        "speech": None,
        "sampling_rate": None,
        "audio_features": None,
        "num_frames": None,
    }
    gives = ("heard",)

    def fill(self, components: Components, block: Block) -> None:
        refuse_other_shapes(components.transformer.config, None, block.audio_features, None)
        given = SpeechInput(
            block.audio, block.speech, block.audio_features, block.num_frames, block.sampling_rate
        )
        block.heard = given.heard_by(components, block.segment_shape.frames)


class Hallo3TakeStep(Hallo3Step):
    """Identity, reference bank and text, computed once: all that is constant for a clip."""

    uses = NETWORKS
    takes = ("seen_portrait", "segment_shape", "text_states", "draws", "sampling")
    gives = ("take",)

    def fill(self, components: Components, block: Block) -> None:
        inputs = block.seen_portrait.inputs(block.segment_shape, block.text_states)
        block.take = networks(components).prepare_take(inputs, block.draws, block.sampling)
