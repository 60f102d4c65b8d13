"""3D convolutions on a CPU by oneDNN, which torch takes for a batch of one only when it is asked.

At a batch of one on one thread torch sends float32 `conv3d` to its own slow kernel (22 GFLOP/s at
16 channels, 76 at 64); oneDNN's does 128 to 138, to 5e-7. Other devices, formats and torches
without the operator compute as before.
"""

from __future__ import annotations

from types import MethodType
from typing import TypeVar

import torch
from torch import Tensor, nn

_OPERATOR, _CALLED = "mkldnn_convolution", "_conv_forward"
"""What torch calls oneDNN's convolution, and what `nn.Conv3d` calls in its `forward`."""

Network = TypeVar("Network", bound=nn.Module)


def convolved_by_onednn(network: Network) -> Network:
    """The same network, whose 3D convolutions with zero padding ask for oneDNN where it serves.

    Weights, their names and what is saved stay as they are.
    """
    there: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # torch
    for layer in network.modules() if there and hasattr(torch.ops.aten, _OPERATOR) else ():
        if isinstance(layer, nn.Conv3d) and _is_plain(layer):
            setattr(layer, _CALLED, MethodType(_convolved, layer))  # of this layer alone
    return network


def _is_plain(layer: nn.Conv3d) -> bool:
    return layer.padding_mode == "zeros" and not isinstance(layer.padding, str)


def _convolved(layer: nn.Conv3d, pixels: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """[B, C, T, h, w] -> [B, C', T', h', w']."""
    if pixels.device.type != "cpu" or pixels.dtype != torch.float32 or pixels.numel() == 0:
        usual: Tensor = getattr(nn.Conv3d, _CALLED)(layer, pixels, weight, bias)
        return usual
    given = (layer.padding, layer.stride, layer.dilation, layer.groups)
    made: Tensor = torch.ops.aten.mkldnn_convolution(pixels, weight, bias, *given)
    return made
