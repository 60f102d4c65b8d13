"""The VAE's layers on a CPU: the same numbers to rounding, in a fifth of the time.

Another device or format, autocast, and a machine without oneDNN compute as diffusers does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import (
    CogVideoXSafeConv3d,
    CogVideoXSpatialNorm3D,
)
from diffusers.models.upsampling import CogVideoXUpsample3D
from torch import Tensor, nn
from torch.nn import functional

from model.networks.onednn import is_plain, onednn_convolves

Network = TypeVar("Network", bound=nn.Module)
Kept = dict[str, Tensor]


def with_cpu_layers(network: Network) -> Network:
    """The same network, whose layers are those of this file, where they serve.

    Weights, their names and what is saved stay as they are.
    """
    for layer in network.modules() if onednn_convolves() else ():
        cpu_layer = _CPU_LAYERS.get(type(layer))
        if cpu_layer is not None:
            layer.__class__ = cpu_layer
    return network


if TYPE_CHECKING:
    _Convolution = nn.Conv3d
else:
    _Convolution = object


class _AskingOneDnn(_Convolution):
    """What both kinds of 3D convolution do otherwise."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:  # noqa: A002  # torch's name
        """[B, C, T, h, w] -> [B, C', T', h', w']."""
        padded = self.padding_mode != "zeros" or isinstance(self.padding, str)
        if padded or not is_plain(input):
            usual: Tensor = super()._conv_forward(input, weight, bias)
            return usual
        given = (self.padding, self.stride, self.dilation, self.groups)
        made: Tensor = torch.ops.aten.mkldnn_convolution(input, weight, bias, *given)
        return made


class CpuConv3d(_AskingOneDnn, nn.Conv3d):
    """Asks for oneDNN."""


class CpuSafeConv3d(_AskingOneDnn, CogVideoXSafeConv3d):
    """Asks for oneDNN, in parts where the picture is large."""


class CpuSpatialNorm3D(CogVideoXSpatialNorm3D):
    """Convolves the latents before they are stretched, not after.

    Its kernels see one point at a time, so the order changes nothing; the smallest picture is a
    64th. They need no frames of before either, of which diffusers keeps all.
    """

    def forward(  # type: ignore[override]  # diffusers forgets what is kept
        self, f: Tensor, zq: Tensor, conv_cache: Kept | None = None
    ) -> tuple[Tensor, Kept]:
        """[B, C, T, h, w] and latents [B, c, t, h / n, w / n] -> [B, C, T, h, w]."""
        if torch.is_grad_enabled() or not is_plain(f):
            return cast("tuple[Tensor, Kept]", super().forward(f, zq, conv_cache))
        scale, shift = (_stretched(part.conv(zq), f) for part in (self.conv_y, self.conv_b))
        return torch.addcmul(shift, self.norm_layer(f), scale, out=shift), {}


def _stretched(latents: Tensor, like: Tensor) -> Tensor:
    """To the frames, height and width of another; of odd frames the first has its own latent."""
    frames, *size = like.shape[2:]
    if frames == 1 or frames % 2 == 0:
        return functional.interpolate(latents, size=(frames, *size))
    first = functional.interpolate(latents[:, :, :1], size=(1, *size))
    rest = functional.interpolate(latents[:, :, 1:], size=(frames - 1, *size))
    return torch.cat([first, rest], dim=2)


class CpuUpsample3D(CogVideoXUpsample3D):
    """Convolves before it doubles height and width, with 2 x 2 points for each of four pixels.

    Of the 3 x 3 doubled points that a pixel sees, several are one point: their weights are added
    up, and 4 of 9 products are left (Shi et al., CVPR 2016, in reverse).
    """

    def forward(self, inputs: Tensor) -> Tensor:
        """[B, C, T, h, w] -> [B, C', T or 2 T or 2 T - 1, 2 h, 2 w]."""
        if torch.is_grad_enabled() or not (is_plain(inputs) and self._is_usual()):
            return super().forward(inputs)
        if self.compress_time and inputs.shape[2] > 1:
            inputs = _frames_doubled(inputs)
        batch, _, frames, height, width = inputs.shape
        flat = inputs.transpose(1, 2).flatten(0, 1)
        bias = None if self.conv.bias is None else self.conv.bias.repeat(4)
        four = functional.conv2d(flat, _added_up(self.conv.weight), bias, padding=1)
        seen = four.view(batch, frames, 2, 2, -1, height + 1, width + 1).transpose(1, 4)
        made = inputs.new_empty(batch, seen.shape[1], frames, height, 2, width, 2)
        for row in (0, 1):
            for column in (0, 1):
                part = seen[:, :, row, column, :, row : row + height, column : column + width]
                made[..., row, :, column] = part
        return made.flatten(5, 6).flatten(3, 4)

    def _is_usual(self) -> bool:
        conv = self.conv
        return (conv.kernel_size, conv.stride, conv.padding) == ((3, 3), (1, 1), (1, 1))


def _frames_doubled(inputs: Tensor) -> Tensor:
    """All of them; of an odd number all but the first."""
    if inputs.shape[2] % 2 == 0:
        return inputs.repeat_interleave(2, dim=2)
    return torch.cat([inputs[:, :, :1], inputs[:, :, 1:].repeat_interleave(2, dim=2)], dim=2)


def _added_up(weight: Tensor) -> Tensor:
    """[C', C, 3, 3] -> [4 C', C, 2, 2]: upper left, upper right, lower left, lower right pixel."""
    top, middle, bottom = weight.unbind(2)
    rows = [torch.stack(pair, 2) for pair in ((top, middle + bottom), (top + middle, bottom))]
    parts = []
    for row in rows:
        left, centre, right = row.unbind(3)
        parts += [torch.stack(pair, 3) for pair in ((left, centre + right), (left + centre, right))]
    return torch.cat(parts)


_CPU_LAYERS: dict[type[nn.Module], type[nn.Module]] = {
    nn.Conv3d: CpuConv3d,
    CogVideoXSafeConv3d: CpuSafeConv3d,
    CogVideoXSpatialNorm3D: CpuSpatialNorm3D,
    CogVideoXUpsample3D: CpuUpsample3D,
}
