"""Speech as the transformer hears it: every encoder layer of wav2vec 2.0, 25 times a second."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import interpolate
from transformers import Wav2Vec2Model

from model.shapes import SPEECH_RATE, SPEECH_SAMPLES_PER_FRAME, frames_of

Sound = NDArray[np.float32]
"""[samples] at 16 kHz, mono."""


class SpeechEncoder(Protocol):
    """What turns sound into features, [frames, blocks, channels] float32 on the host."""

    @property
    def blocks(self) -> int: ...

    @property
    def channels(self) -> int: ...

    @property
    def reach(self) -> int | None:
        """How many samples before and behind a frame its features hear; None: all there are."""

    def encode(self, sound: Sound, silence: int = 0) -> Tensor:
        """The features of `sound` and of `silence` frames behind it."""


class Wav2Vec2Features:
    """wav2vec 2.0 read the way Hallo3 does: zero mean and unit variance over all that is heard, the
    convolutions' output stretched to the frame rate, the output of each layer."""

    def __init__(self, model: Wav2Vec2Model) -> None:
        if model.config.do_stable_layer_norm:
            raise ValueError("the layers of a stable-layer-norm wav2vec 2.0 end before their norm")
        self._model = model.requires_grad_(requires_grad=False)
        self._model.train(mode=False)

    @classmethod
    def load(cls, folder: Path, device: str | torch.device = "cpu") -> Self:
        """From a local folder in transformers' format; nothing is downloaded."""
        if not (folder / "config.json").is_file():
            raise FileNotFoundError(f"{folder} has no config.json; give a wav2vec 2.0 folder")
        model = Wav2Vec2Model.from_pretrained(folder, local_files_only=True, dtype=torch.float32)
        return cls(model.to(torch.device(device)))  # type: ignore[arg-type]  # its wrapper hides self

    @property
    def blocks(self) -> int:
        return int(self._model.config.num_hidden_layers)

    @property
    def channels(self) -> int:
        return int(self._model.config.hidden_size)

    @property
    def reach(self) -> None:
        """Attention and the normalisation hear everything."""

    @torch.inference_mode()
    def encode(self, sound: Sound, silence: int = 0) -> Tensor:
        """[frames + silence, blocks, channels]; silence is added behind the normalised sound."""
        frames = frames_of(len(sound), SPEECH_RATE) + silence
        quiet = np.zeros(silence * SPEECH_SAMPLES_PER_FRAME, np.float32)
        heard = torch.from_numpy(np.concatenate([normalised(sound), quiet]))[None]
        waves = self._model.feature_extractor(heard.to(self._model.device, self._model.dtype))
        stretched = interpolate(waves, size=frames, mode="linear", align_corners=True)
        states, _ = self._model.feature_projection(stretched.transpose(1, 2))
        return torch.stack(self._layers(states), dim=1).float().cpu()

    def _layers(self, states: Tensor) -> list[Tensor]:
        """Each layer's output [frames, channels]; transformers 5 returns no hidden states here, so
        hooks on the layers collect them."""
        outputs: list[Tensor] = []
        hooks = [
            layer.register_forward_hook(partial(_collect, outputs))
            for layer in self._model.encoder.layers
        ]
        try:
            self._model.encoder(states)
        finally:
            for hook in hooks:
                hook.remove()
        return outputs


def _collect(outputs: list[Tensor], _layer: torch.nn.Module, _args: Any, output: Any) -> None:  # noqa: ANN401  # torch's hook
    outputs.append((output[0] if isinstance(output, tuple) else output)[0])


def normalised(sound: Sound) -> Sound:
    """Zero mean and unit variance over all of it, as the wav2vec 2.0 feature extractor does."""
    if not len(sound):
        raise ValueError("there is no sound to hear")
    return np.asarray((sound - sound.mean()) / np.sqrt(sound.var() + 1e-7), np.float32)
