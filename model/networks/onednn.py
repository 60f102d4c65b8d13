"""What oneDNN's kernels want: to be asked for, and weights that begin where they like them.

At a batch of one on one thread torch sends float32 `conv3d` to its own slow kernel (22 GFLOP/s at
16 channels, 76 at 64); oneDNN's does 128 to 138, to 5e-7.
So its convolution is asked for by name.

Where weights begin is what float32 products and convolutions of MKL and oneDNN pick kernels by on
x86, beside the instruction set. With 64 bytes they pick the same ones for the same set: loaded
weights gave the bits of those in memory with SSE4, AVX2 and AMD's AVX-512. On an Intel Xeon's
AVX-512 they did not, and the frames differed by rounding. A chain does not lean on it: it goes on
from the state that was stored.
"""

from __future__ import annotations

import platform

import torch
from torch import Tensor, nn

_OPERATOR = "mkldnn_convolution"
"""What torch calls it: an old name of oneDNN."""

_X86 = ("x86_64", "AMD64")
"""Where it was measured. Of Arm's kernels for 3D nothing is known: torch's own stay."""

EXACT_LAYERS = "VAE layers 2"
"""Stands in the class of a device, because pictures of other layers differ by rounding. Raised
with whatever changes a bit in `convolutions.py` beside this; 1, which had no name, was torch's."""

BOUNDARY_BYTES = 64
"""At a multiple of this torch's own allocator begins every tensor on the host."""


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


def align_weights(network: nn.Module) -> None:
    """Copy what begins elsewhere, one tensor after the other.

    Weights mapped from a file begin wherever its header ends, and oneDNN may then take other
    kernels: frames of the same weights differed by some 4e-6.
    """
    for tensor in [*network.parameters(), *network.buffers()]:
        if tensor.data_ptr() % BOUNDARY_BYTES:
            tensor.data = tensor.data.clone()
