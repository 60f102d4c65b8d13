"""The same weights draw the same frames, from memory or from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from model.networks.onednn import BOUNDARY_BYTES, align_weights
from model.pipeline import Hallo3Pipeline
from model.sampling.noise import Noise
from model.tiny import AUDIO_BLOCKS, AUDIO_CHANNELS, FACE_CHANNELS, untrained_tiny

SIDE = 32
NEAR = 2e-5
"""Of frames in 0..1: five times what other kernels make of the same weights (4e-6). A thousandth
more in one tensor's values makes 9e-5."""
NETWORKS = ("vae", "transformer", "reference")


@pytest.fixture
def mapped(tmp_path: Path) -> Hallo3Pipeline:
    """A saved pipeline, loaded from files whose weights begin 4 bytes behind a boundary."""
    made = untrained_tiny(SIDE, num_layers=2)
    made.save_pretrained(tmp_path)  # type: ignore[no-untyped-call]  # diffusers
    for file in tmp_path.rglob("*.safetensors"):
        shift(file, 4)
    loaded: Hallo3Pipeline = Hallo3Pipeline.from_pretrained(tmp_path, local_files_only=True)
    loaded.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]  # diffusers
    return loaded


def shift(file: Path, beyond: int) -> None:
    """Lengthen the header with spaces, as the format allows, until the weights begin there."""
    content = file.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    spaces = (beyond - start) % BOUNDARY_BYTES
    head = (start - 8 + spaces).to_bytes(8, "little") + content[8:start] + b" " * spaces
    file.write_bytes(head + content[start:])


def unaligned(network: nn.Module) -> list[Tensor]:
    return [t for t in network.parameters() if t.data_ptr() % BOUNDARY_BYTES]


def frames(pipeline: Hallo3Pipeline) -> Tensor:
    torch.set_num_threads(1)
    rng = torch.Generator().manual_seed(3)
    picture = np.random.default_rng(3).integers(0, 255, (SIDE, SIDE, 3), np.uint8)
    made = pipeline(
        picture,
        face_embedding=torch.randn(1, FACE_CHANNELS, generator=rng),
        audio_features=torch.randn(49, AUDIO_BLOCKS, AUDIO_CHANNELS, generator=rng),
        prompt_embeds=torch.randn(1, 1, 32, generator=rng),
        num_inference_steps=2,
        num_frames=47,
        noise=Noise(seed=1, chunk=""),
        output_type="pt",
    )
    return made.frames  # type: ignore[union-attr,return-value]  # asked for as tensors


def test_loaded_weights_draw_the_frames_of_those_in_memory(mapped: Hallo3Pipeline) -> None:
    assert all(unaligned(getattr(mapped, name)) for name in NETWORKS)
    for name in NETWORKS:
        align_weights(getattr(mapped, name))
        assert not unaligned(getattr(mapped, name))
    made = frames(mapped)
    assert torch.equal(made, frames(mapped))
    # Not to the bit: an Intel Xeon's AVX-512 kernels differ between the two.
    assert (made - frames(untrained_tiny(SIDE, num_layers=2))).abs().max() <= NEAR


def test_what_is_aligned_is_not_copied() -> None:
    network = nn.Linear(64, 64)
    before = [tensor.data_ptr() for tensor in network.parameters()]
    align_weights(network)
    assert [tensor.data_ptr() for tensor in network.parameters()] == before
