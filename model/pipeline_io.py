"""What a caller of the whole pipeline gets back: frames."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from diffusers.utils.outputs import BaseOutput
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from model.conditions.picture import centre_square, to_bytes
from model.processing import SeenPortrait

OutputType = Literal["pil", "np", "pt"]


def refuse_other_output(output_type: object) -> None:
    """Raise `ValueError` for what is no `OutputType`."""
    if output_type not in get_args(OutputType):
        kinds = ", ".join(map(repr, get_args(OutputType)))
        raise ValueError(f"`output_type` is {output_type!r}; give one of {kinds}")


@dataclass
class Hallo3PipelineOutput(BaseOutput):
    """`frames`, as diffusers' video pipelines give them, for the one clip there is:
    `[[PIL.Image, ...]]`, numpy [1, F, H, W, 3] in 0..1, or torch [1, F, 3, H, W] in 0..1."""

    frames: list[list[Image.Image]] | NDArray[np.float32] | Tensor


def clip_output(
    made: Iterable[Tensor],
    seen: SeenPortrait,
    frames: int,
    output_type: OutputType,
    *,
    as_object: bool,
) -> Hallo3PipelineOutput | tuple[Any]:
    """The clip of all that is made, cut to `frames`; that of a square picture without margins."""
    parts = [converted(centre_square(n) if seen.is_square else n, output_type) for n in made]
    clip = joined_frames(parts, frames, output_type)
    return Hallo3PipelineOutput(frames=clip) if as_object else (clip,)


def converted(frames: Tensor, output_type: OutputType) -> Any:  # noqa: ANN401  # one of three kinds
    """Some frames [n, 3, H, W] in 0..1 on their way out, off the device."""
    refuse_other_output(output_type)
    if output_type == "pil":
        pixels = to_bytes(frames).permute(0, 2, 3, 1).cpu().numpy()
        return [Image.fromarray(picture) for picture in pixels]
    return frames.cpu()


def joined_frames(parts: Sequence[Any], frames: int, output_type: OutputType) -> Any:  # noqa: ANN401
    """All that was converted as one clip, cut to `frames`."""
    refuse_other_output(output_type)
    if output_type == "pil":
        return [[picture for part in parts for picture in part][:frames]]
    clip = torch.cat(list(parts))[None, :frames]
    return clip.permute(0, 1, 3, 4, 2).numpy() if output_type == "np" else clip
