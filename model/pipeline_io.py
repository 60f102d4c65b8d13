"""What a caller of the whole pipeline hands in and gets back: pictures, speech, frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from diffusers.utils.outputs import BaseOutput
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor
from transformers import Wav2Vec2Model

from model.conditions.features import Rows, SpeechFeatures, TensorRows
from model.conditions.picture import Picture, to_bytes
from model.conditions.speech import Sound, Wav2Vec2Features
from model.shapes import SPEECH_RATE, frames_of

OutputType = Literal["pil", "np", "pt"]


@dataclass
class Hallo3PipelineOutput(BaseOutput):
    """`frames`, as diffusers' video pipelines give them, for the one clip there is:
    `[[PIL.Image, ...]]`, numpy [1, F, H, W, 3] in 0..1, or torch [1, F, 3, H, W] in 0..1."""

    frames: list[list[Image.Image]] | NDArray[np.float32] | Tensor


def picture_of(image: Image.Image | Picture) -> Picture:
    """uint8 [H, W, 3] RGB of a PIL image or an array."""
    return np.array(image.convert("RGB")) if isinstance(image, Image.Image) else image


def speech_conditions(
    speech: Sound | None,
    features: Tensor | None,
    encoder: Wav2Vec2Model | None,
    segment_frames: int,
) -> tuple[Rows, int]:
    """The rows of features of a clip, padding included, and its length in frames."""
    if (speech is None) == (features is None):
        raise ValueError("give either `speech` (16 kHz samples) or `audio_features`")
    if features is not None:
        return TensorRows(features.float().cpu()), len(features)
    if encoder is None:
        raise ValueError("`speech` needs the pipeline's `speech_encoder`; give `audio_features`")
    sound: Sound = np.asarray(speech, np.float32)
    frames = frames_of(len(sound), SPEECH_RATE)
    rows = SpeechFeatures(
        lambda start, stop: sound[start:stop],
        frames,
        Wav2Vec2Features(encoder),
        multiple=segment_frames,
    )
    return rows, frames


def converted(frames: Tensor, output_type: OutputType) -> Any:  # noqa: ANN401  # one of three kinds
    """Some frames [n, 3, H, W] in 0..1 on their way out, off the device."""
    if output_type == "pil":
        pixels = to_bytes(frames).permute(0, 2, 3, 1).cpu().numpy()
        return [Image.fromarray(picture) for picture in pixels]
    return frames.cpu()


def joined_frames(parts: Sequence[Any], frames: int, output_type: OutputType) -> Any:  # noqa: ANN401
    """All that was converted as one clip, cut to `frames`."""
    if output_type == "pil":
        return [[picture for part in parts for picture in part][:frames]]
    clip = torch.cat(list(parts))[None, :frames]
    return clip.permute(0, 1, 3, 4, 2).numpy() if output_type == "np" else clip
