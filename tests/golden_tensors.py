"""The tensors that the original Hallo3 produced (tests/golden/README.md)."""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors.torch import load_file

GOLDEN = Path(__file__).parent / "golden" / "hallo3-A"


def golden(name: str) -> dict[str, torch.Tensor]:
    """All tensors of one file, in float32 (whole numbers stay whole)."""
    tensors = load_file(GOLDEN / f"{name}.safetensors")
    return {key: t.float() if t.is_floating_point() else t for key, t in tensors.items()}


def deviation(got: torch.Tensor, wanted: torch.Tensor) -> float:
    """The largest difference, relative to the largest value wanted."""
    assert got.shape == wanted.shape
    return float((got.float() - wanted).abs().max() / wanted.abs().max())
