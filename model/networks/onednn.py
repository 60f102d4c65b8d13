"""oneDNN's convolution, which torch takes for one 3D picture on one thread only when it is asked.

At a batch of one on one thread torch sends float32 `conv3d` to its own slow kernel (22 GFLOP/s at
16 channels, 76 at 64); oneDNN's does 128 to 138, to 5e-7.
"""

from __future__ import annotations

import platform

import torch
from torch import Tensor

_OPERATOR = "mkldnn_convolution"
"""What torch calls it: an old name of oneDNN."""

_X86 = ("x86_64", "AMD64")
"""Where it was measured. Of Arm's kernels for 3D nothing is known: torch's own stay."""

EXACT_LAYERS = "VAE layers 2"
"""Stands in the class of a device, because pictures of other layers differ by rounding. Raised
with whatever changes a bit in `convolutions.py` beside this; 1, which had no name, was torch's."""


def onednn_convolves() -> bool:
    """Whether this machine and this torch have the kernels."""
    there: bool = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]  # torch
    return there and platform.machine() in _X86 and hasattr(torch.ops.aten, _OPERATOR)


def is_plain(pixels: Tensor) -> bool:
    """Whether they are some numbers of a CPU that nobody wants in another format."""
    return (
        pixels.device.type == "cpu"
        and pixels.dtype == torch.float32
        and pixels.numel() > 0
        and not torch.is_autocast_enabled("cpu")
    )
