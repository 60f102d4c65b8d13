"""Weights where vector instructions like them: the same bits however they were loaded."""

from __future__ import annotations

from torch import nn

BOUNDARY_BYTES = 64
"""At a multiple of this torch's own allocator begins every tensor on the host."""


def align(network: nn.Module) -> None:
    """Copy what begins elsewhere, one tensor after the other.

    Weights mapped from a file begin wherever its header ends, and oneDNN then takes other kernels:
    frames of the same weights differ by some 4e-6.
    """
    for tensor in [*network.parameters(), *network.buffers()]:
        if tensor.data_ptr() % BOUNDARY_BYTES:
            tensor.data = tensor.data.clone()
