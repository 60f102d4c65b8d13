"""Weights where vector instructions like them, so that how they were loaded decides no kernel.

It stands for float32 products and convolutions of MKL and oneDNN on x86, which pick their kernels
by instruction set and by where an array begins. With 64 bytes they pick the same ones for the same
set: loaded weights gave the bits of those in memory with SSE4, AVX2 and AMD's AVX-512. On an Intel
Xeon's AVX-512 they did not, and the frames differed by rounding. A chain does not lean on it: it
goes on from the state that was stored.
"""

from __future__ import annotations

from torch import nn

BOUNDARY_BYTES = 64
"""At a multiple of this torch's own allocator begins every tensor on the host."""


def align_weights(network: nn.Module) -> None:
    """Copy what begins elsewhere, one tensor after the other.

    Weights mapped from a file begin wherever its header ends, and oneDNN may then take other
    kernels: frames of the same weights differed by some 4e-6.
    """
    for tensor in [*network.parameters(), *network.buffers()]:
        if tensor.data_ptr() % BOUNDARY_BYTES:
            tensor.data = tensor.data.clone()
