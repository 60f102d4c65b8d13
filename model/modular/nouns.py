"""What the blocks take and give, and what they are computed with: each name has one type and one
meaning, which diffusers shows to whoever composes them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from diffusers.modular_pipelines.modular_pipeline_utils import (
    ComponentSpec,
    InputParam,
    OutputParam,
)
from numpy.typing import NDArray
from torch import Tensor
from transformers import (
    FeatureExtractionMixin,
    PreTrainedTokenizerBase,
    T5EncoderModel,
    Wav2Vec2Model,
)

from model.chain import SegmentPipeline
from model.conditions.speech import Sound
from model.pipeline_io import OutputType
from model.processing import PROCESSOR_MODULE, HeardSpeech, ImageInput, SeenPortrait
from model.reference import Hallo3ReferenceModel
from model.sampling.denoise import OnStep
from model.sampling.guidance_band import GuidanceBand
from model.sampling.noise import NoiseSource
from model.scheduler import Hallo3DPMScheduler
from model.segments import ChainState, PreparedTake, Sampling, SegmentShape
from model.transformer import Hallo3Transformer3DModel

AS_PICTURES: Mapping[str, object] = {"output_type": "pil"}
"""The option of blocks that make frames into what leaves."""

NETWORKS = ("vae", "transformer", "reference", "scheduler")
"""What a segment is computed with."""

_COMPONENTS: dict[str, tuple[type, str]] = {
    "vae": (AutoencoderKLCogVideoX, "pictures to latents, and latents to frames"),
    "transformer": (Hallo3Transformer3DModel, "takes the noise off a segment's latents"),
    "reference": (Hallo3ReferenceModel, "what the transformer sees of the face"),
    "scheduler": (Hallo3DPMScheduler, "the steps of a segment"),
    "text_encoder": (T5EncoderModel, "optional: reads prompts"),
    "tokenizer": (PreTrainedTokenizerBase, "optional: the text encoder's"),
    "speech_encoder": (Wav2Vec2Model, "optional: hears speech"),
    "processor": (FeatureExtractionMixin, "optional: finds the face, decodes the sound"),
}

_NOUNS: dict[str, tuple[Any, str]] = {
    # what a caller gives
    "image": (ImageInput, "a portrait: PIL's, uint8 [H, W, 3] RGB, or a path"),
    "face_embedding": (Tensor, "[1, E], not normalised; the image is then taken as it is"),
    "face_mask": (
        NDArray[np.uint8],
        "beside `face_embedding`: uint8 [H, W], 255 on the face, 0 elsewhere",
    ),
    "audio": (str, "the path of a file of speech"),
    "speech": (Sound, "in place of `audio`: samples at 16 kHz, float32 [samples] in -1..1"),
    "sampling_rate": (int, "of `speech`, in Hz: what is not 16000 is refused"),
    "audio_features": (Tensor, "in place of `audio`: [rows, blocks, channels], 25 rows a second"),
    "num_frames": (int, "ends the clip earlier, at 25 frames a second"),
    "prompt": (str, "for the text encoder"),
    "prompt_embeds": (Tensor, "in place of `prompt`: its states [1, L, C]"),
    "height": (int, "of the canvas in pixels; by default the transformer's own"),
    "width": (int, "of the canvas in pixels; by default the transformer's own"),
    "num_inference_steps": (int, "steps of each segment"),
    "guidance_scale": (float, "of the prompt, and of the speech where that has no own scale"),
    "audio_guidance_scale": (float, "of the speech"),
    "guidance_band": (GuidanceBand, "the steps that are guided"),
    "motion_mask_rate": (float, "share of the motion frames' pixels that are hidden, 0..1"),
    "motion_noise_sigma": (float, "of noise on the motion frames, which are in -1..1"),
    "colour_match": (float, "how firmly motion frames keep the portrait's colours, 0..1"),
    "generator": (torch.Generator, "one number of it keys all draws of a clip"),
    "noise": (NoiseSource, "in place of `generator`: the draws themselves"),
    "output_type": (OutputType, "`pil`, `np` or `pt`"),
    "on_step": (
        OnStep,
        "told (step, timestep, latents) after each; what it returns goes on, None ends the clip",
    ),
    # what is made once for a clip
    "segment_shape": (SegmentShape, "of one segment, in latents and in pixels"),
    "sampling": (Sampling, "how segments are sampled"),
    "draws": (NoiseSource, "all random numbers of the clip, by what they are for"),
    "seen_portrait": (SeenPortrait, "picture [H, W, 3], mask [H, W] and identity [1, E]"),
    "text_states": (Tensor, "what the transformer reads, [1, L, C]"),
    "heard": (HeardSpeech, "rows of features [blocks, channels], 25 a second, and frames asked"),
    "take": (PreparedTake, "all that is constant: identity, reference bank, text, portrait"),
    # what each segment makes
    "chain_state": (ChainState, "the number of the segment, and the two motion frames before it"),
    "audio_windows": (Tensor, "what its frames hear, [frames, 5, blocks, channels]"),
    "condition_latents": (Tensor, "portrait and motion frames, [1, T, C, h, w]"),
    "latents": (Tensor, "without noise, [1, T, C, h, w]"),
    "ended": (bool, "whether `on_step` ended the clip"),
    "segment_frames": (Tensor, "its new frames on the host, [n, 3, H, W] float32 in 0..1"),
    "clip_parts": (list, "the kept frames of each segment, as `output_type` says"),
    # what leaves
    "frames": (
        list | np.ndarray | Tensor,
        "`[[PIL.Image, ...]]`, numpy [1, F, H, W, 3] or torch [1, F, 3, H, W] in 0..1",
    ),
}


OWN: tuple[Any, str] = (None, "of a block of your own")
"""The type and meaning of a name that is none of ours."""


def component(name: str) -> ComponentSpec:
    """diffusers takes components of saved folders from modules that are imported, so that of the
    processor is, by name: it stands above `model`."""
    if name == "processor":
        import_module(PROCESSOR_MODULE)
    if name not in _COMPONENTS:
        known = ", ".join(_COMPONENTS)
        raise ValueError(f"`{name}` is none of {known}: say its type in `expected_components`")
    kind, meaning = _COMPONENTS[name]
    return ComponentSpec(name=name, type_hint=kind, description=meaning)


def asked(name: str) -> InputParam:
    """It has to be there."""
    kind, meaning = _NOUNS.get(name, OWN)
    return InputParam(name=name, type_hint=kind, description=meaning, required=True)


def optional(name: str, default: object) -> InputParam:
    """Without it the block takes `default`."""
    kind, meaning = _NOUNS.get(name, OWN)
    return InputParam(name=name, type_hint=kind, description=meaning, default=default)


def given(name: str) -> OutputParam:
    """Later blocks find it."""
    kind, meaning = _NOUNS.get(name, OWN)
    return OutputParam(name=name, type_hint=kind, description=meaning)


def networks(components: Any) -> SegmentPipeline:  # noqa: ANN401  # diffusers' ModularPipeline
    """Those of a modular pipeline, with the functions that `Hallo3Pipeline` is made of."""
    found: dict[str, Any] = {name: getattr(components, name, None) for name in NETWORKS}
    missing = [name for name, network in found.items() if network is None]
    if missing:
        raise ValueError(
            f"the pipeline has no {', '.join(missing)}: call `load_components()`, or give "
            "what you have to `update_components`"
        )
    return SegmentPipeline(**found)
