"""What the tiers are compared on: networks, a portrait and a segment of speech."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from jobs.examples.portraits import NARRATION, astronaut
from manifests.job import Job
from model.bench.segment_parts import SIZES, random_networks
from model.conditions.dlib_face import DlibFace
from model.conditions.face import keypoints_of
from model.conditions.features import ChainSpeech, SpeechFeatures
from model.conditions.logmel import LogMelFeatures
from model.conditions.mask import face_mask
from model.conditions.picture import face_on_canvas, on_canvas
from model.pipeline import Hallo3Pipeline
from model.scheduler import Hallo3DPMScheduler
from model.segments import TakeInputs
from pipeline.limits import Limits
from pipeline.media.sound.wav import read_speech
from pipeline.media.voice.speech import choose_voice, speak_script
from pipeline.presets import TINY
from pipeline.take_portrait import ready_picture
from pipeline.take_sound import ready_narration


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A take, and the windows that its first segment hears [frames, window, blocks, channels]."""

    inputs: TakeInputs
    audio: Tensor


def random_pipeline(device: torch.device) -> Hallo3Pipeline:
    """At the size `small`, the same weights every time."""
    transformer, reference, vae = random_networks(SIZES["small"], device)
    pipeline = Hallo3Pipeline(
        vae.eval(), transformer.eval(), reference.eval(), Hallo3DPMScheduler()
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def trained_pipeline(folder: Path, device: torch.device) -> Hallo3Pipeline:
    """float32 on a CPU, bfloat16 on a GPU, without the encoders that small weights do not have."""
    pipeline = Hallo3Pipeline.from_pretrained(
        folder,
        torch_dtype=torch.bfloat16 if device.type == "cuda" else torch.float32,
        text_encoder=None,
        tokenizer=None,
        speech_encoder=None,
        local_files_only=True,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline.to(device)


def drawn_scene(pipeline: Hallo3Pipeline) -> Scene:
    """Random numbers of the right shapes: random networks know neither faces nor speech."""
    shape, config = pipeline.segment_shape(), pipeline.transformer.config
    generator = torch.Generator().manual_seed(1)
    picture = torch.rand(1, 3, shape.height, shape.width, generator=generator) * 2 - 1
    windows = (config.audio_window, config.audio_blocks, config.audio_channels)
    return Scene(
        inputs=TakeInputs(
            portrait=picture,
            reference_picture=picture,
            prompt_embeds=no_prompt(pipeline),
            face_embedding=torch.randn(1, config.face_embed_dim, generator=generator),
        ),
        audio=torch.randn(shape.frames, *windows, generator=generator),
    )


def spoken_scene(pipeline: Hallo3Pipeline, portrait: Path | None, narration: Path | None) -> Scene:
    """Prepared as a run prepares it: the head on the canvas, its points, the speech at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder)
        frames = ready_speech(narration, desk)
        audio = heard_first(pipeline, desk / "speech.wav", frames)
        return Scene(inputs=shown(pipeline, portrait or astronaut(), desk), audio=audio)


def ready_speech(narration: Path | None, desk: Path) -> int:
    """Writes `speech.wav`; -> its frames."""
    if narration is None:
        voice = choose_voice("en", None)
        speech, mix = desk / "speech.wav", desk / "mix.wav"
        return int(speak_script(NARRATION, voice, speech=speech, mix=mix).frames)
    job = Job(job_id="tiers", portrait_uri="", audio_uri=str(narration))
    return int(ready_narration(narration, job, Limits(), desk).frames)


def heard_first(pipeline: Hallo3Pipeline, speech: Path, frames: int) -> Tensor:
    config, shape = pipeline.transformer.config, pipeline.segment_shape()
    rows = SpeechFeatures(
        read=lambda start, stop: read_speech(speech, start, stop),
        frames=frames,
        encoder=LogMelFeatures(
            blocks=config.audio_blocks, channels=config.audio_channels, ahead=config.audio_ahead
        ),
        multiple=shape.frames,
    )
    heard = ChainSpeech(take=rows, start=0, stop=rows.count, segment_frames=shape.frames)
    return heard.segment(0).clone()


def shown(pipeline: Hallo3Pipeline, portrait: Path, desk: Path) -> TakeInputs:
    shape = pipeline.segment_shape()
    preset = replace(TINY, canvas=(shape.width, shape.height))
    job = Job(job_id="tiers", portrait_uri=str(portrait), script=NARRATION)
    ready_picture(portrait, job, preset, Limits(), desk)
    picture = np.ascontiguousarray(cv2.imread(str(desk / "portrait.png"))[:, :, ::-1])
    landmarks = np.load(desk / "landmarks.npy", allow_pickle=False)
    mask = face_mask(landmarks, *picture.shape[:2])
    return TakeInputs(
        portrait=on_canvas(picture, shape.height, shape.width),
        reference_picture=face_on_canvas(picture, mask, shape.height, shape.width),
        prompt_embeds=no_prompt(pipeline),
        face_embedding=DlibFace.load().embed(picture, keypoints_of(landmarks)).values,
    )


def no_prompt(pipeline: Hallo3Pipeline) -> Tensor:
    config = pipeline.transformer.config
    return torch.zeros(1, config.max_text_seq_length, config.text_embed_dim)
