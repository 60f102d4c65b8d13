"""What the pipeline asks of a processor: a picture and a file of speech as the networks take them.

The processor itself needs programs and networks that find faces and decode sound, which stand above
`model`: a saved folder names its class, and it is loaded as any other component.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, ImageOps
from torch import Tensor
from transformers import Wav2Vec2Model

from model.conditions.features import ChainSpeech, Rows, SpeechFeatures, TensorRows
from model.conditions.picture import Picture, face_on_canvas, on_canvas
from model.conditions.samples import mono_samples
from model.conditions.speech import Sound, SpeechEncoder, Wav2Vec2Features
from model.sampling.asked_numbers import is_whole
from model.segments import SegmentShape, TakeInputs
from model.shapes import SPEECH_RATE, frames_of

ImageInput = Image.Image | Picture | str | Path
"""A portrait: PIL's, uint8 [H, W, 3] RGB, or the path of a file."""

OPAQUE = 255
"""The alpha of a pixel that nothing is seen through."""

ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:/")
"""What no path begins with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenPortrait:
    """A picture, 255 where its face is and 0 elsewhere [H, W], and whose it is [1, E]."""

    picture: Picture
    face_mask: NDArray[np.uint8]
    face_embedding: Tensor

    @property
    def is_square(self) -> bool:
        height, width = self.picture.shape[:2]
        return bool(height == width)

    def inputs(self, shape: SegmentShape, prompt_embeds: Tensor) -> TakeInputs:
        """The portrait on the canvas of the networks, and the prompt's states beside it."""
        height, width = shape.height, shape.width
        return TakeInputs(
            portrait=on_canvas(self.picture, height, width),
            reference_picture=face_on_canvas(self.picture, self.face_mask, height, width),
            prompt_embeds=prompt_embeds,
            face_embedding=self.face_embedding,
        )


class ClipProcessor(Protocol):
    """Saved and loaded with the pipeline."""

    @property
    def prompted(self) -> bool:
        """Whether the networks were trained with prompts; without, they read zeros."""

    def portrait(self, image: ImageInput, height: int, width: int) -> SeenPortrait:
        """The picture framed for a canvas, and its face. Whatever holds no face, or several, is
        refused in a sentence."""

    def speech(self, audio: str | Path) -> Sound:
        """The samples of a recording at 16 kHz. Whatever holds no sound is refused likewise."""

    def encoder(self, network: Wav2Vec2Model | None) -> SpeechEncoder:
        """What the networks hear speech through; `network` is the pipeline's own, if it has one."""


PROCESSOR_MODULE = "pipeline.processor.processor"
"""Carries out `ClipProcessor`; saved folders name it."""

NO_PROCESSOR = "save one with the pipeline (docs/pipeline.md), or give"
"""Ends with what can be given in place of what a processor makes."""


def seen_portrait(
    image: ImageInput,
    face_embedding: Tensor | None,
    face_mask: NDArray[np.uint8] | None,
    processor: ClipProcessor | None,
    shape: SegmentShape,
) -> SeenPortrait:
    """The portrait as the processor makes it ready, or, with its embedding given, as it is."""
    refuse_other_image(image)
    if face_embedding is None:
        if face_mask is not None:
            raise ValueError("a `face_mask` stands beside the `face_embedding` of its picture")
        if processor is None:
            raise ValueError(f"a picture alone needs a processor; {NO_PROCESSOR} `face_embedding`")
        return processor.portrait(image, shape.height, shape.width)
    picture = picture_of(image)
    mask = np.full(picture.shape[:2], 255, np.uint8)
    if face_mask is not None:
        mask = _mask_of(face_mask, picture)
    return SeenPortrait(picture=picture, face_mask=mask, face_embedding=face_embedding)


def _mask_of(face_mask: object, picture: Picture) -> NDArray[np.uint8]:
    """The mask that a caller gave, uint8 or bool, if it shows a face of the picture."""
    shape = list(picture.shape[:2])
    if not isinstance(face_mask, np.ndarray) or face_mask.dtype.name not in {"uint8", "bool"}:
        kind = getattr(face_mask, "dtype", type(face_mask).__name__)
        raise TypeError(f"`face_mask` is {kind}; give an array {shape} of uint8, 255 on the face")
    if list(face_mask.shape) != shape or not face_mask.any():
        told = f"`face_mask` is {list(face_mask.shape)} with {np.count_nonzero(face_mask)} of them"
        raise ValueError(f"{told} on the face; give {shape}, as `image` is, 255 on the face")
    return np.where(face_mask > 0, np.uint8(255), np.uint8(0))


def refuse_other_image(image: object) -> None:
    """Raise for what is no `ImageInput`, with what to give."""
    if isinstance(image, np.ndarray):
        channels = image.shape[2:] if image.ndim > 1 and image.size else None
        if image.dtype != np.uint8 or channels not in {(), (3,), (4,)}:
            told = f"`image` is an array of {image.dtype} {list(image.shape)}"
            raise ValueError(f"{told}; give uint8 [height, width, 3], RGB")
    elif isinstance(image, str | Path):
        if ADDRESS.match(str(image)):
            raise ValueError(f"{image} is not fetched; give `diffusers.utils.load_image` of it")
    elif not isinstance(image, Image.Image):
        kind = type(image).__name__
        raise TypeError(
            f"`image` is a {kind}; give a PIL image, an array [height, width, 3] of RGB bytes, or "
            "the path of a file"
        )


def picture_of(image: ImageInput) -> Picture:
    """uint8 [H, W, 3] RGB of a picture in memory or in a file, the right way up. What would be
    another picture as that, more than 8 bits or one with transparent parts, is a `ValueError`."""
    if isinstance(image, str | Path):
        with Image.open(image) as opened:
            return _upright(opened)
    return _upright(image if isinstance(image, Image.Image) else Image.fromarray(image))


def _upright(picture: Image.Image) -> Picture:
    if picture.mode.startswith("I") or picture.mode == "F":
        raise ValueError(f"`image` is of mode {picture.mode}; give 8 bits a colour, RGB")
    alpha = np.array(picture.convert("RGBA"))[..., 3] if picture.has_transparency_data else None
    if alpha is not None and alpha.min() < OPAQUE:
        raise ValueError("`image` is transparent in parts; lay it on a background, and give RGB")
    return np.array(ImageOps.exif_transpose(picture).convert("RGB"))


def refuse_other_shapes(
    config: Any,  # noqa: ANN401  # diffusers' FrozenDict of the transformer
    face_embedding: Tensor | None,
    audio_features: Tensor | None,
    prompt_embeds: Tensor | None,
) -> None:
    """Raise for tensors that the transformer does not take, with the shape it does."""
    asked = {
        "face_embedding": (face_embedding, (1, config.face_embed_dim)),
        "audio_features": (audio_features, (None, config.audio_blocks, config.audio_channels)),
        "prompt_embeds": (prompt_embeds, (1, config.max_text_seq_length, config.text_embed_dim)),
    }
    for name, (given, shape) in asked.items():
        if given is None:
            continue
        if not isinstance(given, Tensor):
            raise TypeError(f"`{name}` is a {type(given).__name__}; give a torch tensor")
        fits = given.ndim == len(shape) and all(
            wanted in {None, there} for wanted, there in zip(shape, given.shape, strict=True)
        )
        if not fits:
            told = ", ".join("frames" if size is None else str(size) for size in shape)
            raise ValueError(f"`{name}` is {list(given.shape)}; give [{told}]")
        if not torch.isfinite(given).all():
            raise ValueError(f"`{name}` has NaN or infinity in it")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardSpeech:
    """Rows of features, padding included, and how many frames the clip has."""

    rows: Rows
    frames: int

    def chain(self, segment_frames: int) -> ChainSpeech:
        """What its segments hear. As in the original, they hear the padding behind a clip."""
        rows = self.rows
        return ChainSpeech(take=rows, start=0, stop=rows.count, segment_frames=segment_frames)


@dataclass(frozen=True, slots=True)
class SpeechInput:
    """What a clip is spoken from, one of the three, and the frames that it ends after."""

    audio: str | Path | None = None  # a file
    speech: Sound | None = None  # samples at 16 kHz
    features: Tensor | None = None  # [rows, blocks, channels]
    num_frames: int | None = None
    sampling_rate: int | None = None  # of `speech`, where its caller says it

    def heard_by(self, components: Any, segment_frames: int) -> HeardSpeech:  # noqa: ANN401  # of any kind of pipeline
        """Through its processor's encoder, or its own."""
        processor: ClipProcessor | None = components.processor
        encoder: SpeechEncoder | None = None
        if self.features is None and processor is not None:
            encoder = processor.encoder(components.speech_encoder)
        elif self.features is None and components.speech_encoder is not None:
            encoder = Wav2Vec2Features(components.speech_encoder)
        samples = self._samples(processor)
        return heard_speech(samples, self.features, encoder, self.num_frames, segment_frames)

    def _samples(self, processor: ClipProcessor | None) -> Sound | None:
        if self.sampling_rate is not None and self.speech is None:
            raise ValueError("`sampling_rate` stands beside `speech`: a file tells its own")
        if self.audio is None:
            return None if self.speech is None else mono_samples(self.speech, self.sampling_rate)
        if self.speech is not None or self.features is not None:
            raise ValueError("give one of `audio`, `speech` and `audio_features`")
        if processor is None:
            raise ValueError(f"`audio` needs a processor; {NO_PROCESSOR} `speech`")
        return processor.speech(self.audio)


def heard_speech(
    speech: Sound | None,
    features: Tensor | None,
    encoder: SpeechEncoder | None,
    num_frames: int | None,
    segment_frames: int,
) -> HeardSpeech:
    """What a clip hears, of samples at 16 kHz or of features that are there."""
    if speech is None and features is not None:
        rows: Rows = TensorRows(features.float().cpu())
        frames = len(features)
    elif speech is None or features is not None:
        raise ValueError("give either `speech` (16 kHz samples) or `audio_features`, or `audio`")
    elif encoder is None:
        raise ValueError("`speech` needs the pipeline's `speech_encoder`; give `audio_features`")
    else:
        frames = frames_of(len(speech), SPEECH_RATE)
        rows = SpeechFeatures(
            lambda start, stop: speech[start:stop], frames, encoder, multiple=segment_frames
        )
    wanted = frames if num_frames is None else num_frames
    if not is_whole(wanted):
        raise ValueError(f"`num_frames` is {wanted!r}; give a whole number of frames, 25 a second")
    if not 0 < wanted <= frames:
        raise ValueError(f"{wanted} frames of the {frames} that there is sound or features for")
    return HeardSpeech(rows=rows, frames=int(wanted))
