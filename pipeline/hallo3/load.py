"""From a preset to its networks in memory."""

from __future__ import annotations

from pathlib import Path

import diffusers.utils.logging
import torch
import transformers.utils.logging
from safetensors import SafetensorError

from manifests.errors import ManifestUnusable
from model.chain import SegmentPipeline
from model.conditions.dlib_face import DlibFace
from model.conditions.face import ArcFace
from model.conditions.logmel import LogMelFeatures
from model.conditions.speech import Wav2Vec2Features
from model.conditions.text import TextEncoderFiles
from model.memory.offload import apply_profile
from model.memory.profiles import HALLO3_5B, NAMED, MemoryProfile, profile_for
from model.networks.onednn import align_weights
from model.pipeline import Hallo3Pipeline
from model.sampling.branch_parallel import Lanes
from model.sampling.guidance import Guidance
from model.segments import Sampling
from model.shapes import NEW_FRAMES
from pipeline.hallo3.prompt import NoPrompts, T5Prompts
from pipeline.hallo3.renderer import Hallo3
from pipeline.presets import Preset


def load_hallo3(preset: Preset, memory: str = "") -> Hallo3:
    """The preset's networks, ready to render, in the memory profile named or the preset's own.

    `ManifestUnusable` names what its folder lacks.
    """
    memory = memory or preset.memory
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    diffusers.utils.logging.disable_progress_bar()  # its bar would cross a run's own lines
    try:
        loaded = _demo(preset, memory) if preset.demo else _converted(preset, memory)
        check_shape(loaded, preset)
        if preset.lanes:
            loaded.networks.lanes = lanes_of(loaded.networks, loaded.sampling.guidance)
    except (OSError, ValueError, SafetensorError) as error:
        message = f"preset {preset.name} cannot be loaded: {error}"
        raise ManifestUnusable("weights_incomplete", message) from error
    return loaded


def lanes_of(networks: SegmentPipeline, guidance: Guidance) -> Lanes:
    """The transformer, with a copy for each further branch on the accelerators that this worker was
    given beside its first; none where its layers come and go."""
    transformer = networks.transformer
    stays = all(weight.device.type == "cuda" for weight in transformer.parameters())
    count = min(torch.cuda.device_count(), len(guidance.branches)) if stays else 1
    return Lanes.over(transformer, [torch.device("cuda", index) for index in range(1, count)])


def check_shape(loaded: Hallo3, preset: Preset) -> None:
    """The networks must draw the preset's canvas, 47 new frames at a time."""
    shape = loaded.networks.segment_shape()
    drawn = (shape.width, shape.height, shape.new_frames)
    if drawn != (*(preset.canvas or ()), NEW_FRAMES):
        raise ValueError(f"its networks draw {drawn[0]}x{drawn[1]}, {drawn[2]} frames at a time")


def _demo(preset: Preset, memory: str) -> Hallo3:
    networks = Hallo3Pipeline.from_pretrained(
        preset.folder, dtype=torch.float32, processor=None, local_files_only=True
    )
    networks.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]  # diffusers
    prepared(networks)
    if memory:
        apply_profile(networks, NAMED[memory], "cpu")
    config = networks.transformer.config
    return Hallo3(
        networks=networks,
        speech=LogMelFeatures(
            blocks=config.audio_blocks, channels=config.audio_channels, ahead=config.audio_ahead
        ),
        face=DlibFace.load(),
        prompts=NoPrompts(tokens=config.max_text_seq_length, channels=config.text_embed_dim),
        sampling=sampling_of(preset),
    )


def sampling_of(preset: Preset) -> Sampling:
    options = preset.long_takes
    return Sampling(
        num_inference_steps=preset.steps,
        guidance=Guidance(text=preset.guidance),
        cache=preset.cache,
        motion_noise_sigma=options.motion_noise,
        colour_match=options.colour_match,
        colour_bias=options.colour_bias,
        reference=options.reference,
        guidance_band=preset.guidance_band,
    )


def prepared(networks: Hallo3Pipeline) -> None:
    """The networks on a CPU: frozen, and with weights where its fastest kernels take them."""
    for network in (networks.vae, networks.transformer, networks.reference):
        network.requires_grad_(requires_grad=False).eval()
        align_weights(network)


def _profile(memory: str) -> MemoryProfile:
    """The one named, or the fastest that fits the card now."""
    if memory:
        return NAMED[memory]
    free_bytes, _ = torch.cuda.mem_get_info()
    return profile_for(HALLO3_5B, free_bytes)


def _converted(preset: Preset, memory: str) -> Hallo3:
    folder = Path(preset.folder)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    networks = Hallo3Pipeline.from_pretrained(
        folder,
        dtype=torch.bfloat16,
        text_encoder=None,
        tokenizer=None,
        speech_encoder=None,
        processor=None,  # a row's conditions were made by `prepare`
        local_files_only=True,
    )
    if device.type == "cuda":
        apply_profile(networks, _profile(memory), device)
    else:  # on a card, every tensor is a copy and aligned
        prepared(networks)
    files = TextEncoderFiles(
        encoder=folder / "text_encoder", tokenizer=folder / "tokenizer", weights=preset.weights
    )
    tokens = networks.transformer.config.max_text_seq_length
    return Hallo3(
        networks=networks,
        speech=Wav2Vec2Features.load(folder / "speech_encoder", device),
        face=ArcFace.load(folder / "face"),
        prompts=T5Prompts(files=files, tokens=tokens, device=device),
        sampling=sampling_of(preset),
    )
