"""3D convolutions by oneDNN: the same numbers, wherever it serves, and nothing else changed."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
import torch
from diffusers import AutoencoderKLCogVideoX
from torch import nn

from model.networks.convolutions import convolved_by_onednn
from model.vae import decode_frames, encode
from tests.golden_tensors import golden
from tests.model.golden_vae import golden_vae

torch.set_num_threads(1)

LAYERS = {
    "causal": {"kernel_size": 3, "padding": (0, 1, 1)},
    "pointwise": {"kernel_size": 1},
    "strided": {"kernel_size": (1, 3, 3), "stride": (1, 2, 2)},
    "dilated": {"kernel_size": 3, "dilation": (1, 2, 2), "padding": 2},
    "groups": {"kernel_size": 3, "groups": 4, "padding": 1},
    "no bias": {"kernel_size": 3, "bias": False},
    "replicate": {"kernel_size": 3, "padding": 1, "padding_mode": "replicate"},
    "same": {"kernel_size": 3, "padding": "same"},
}


def pixels(batch: int = 1) -> torch.Tensor:
    return torch.randn(batch, 8, 5, 12, 10, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("options", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("batch", [1, 2])
def test_a_layer_computes_what_torch_computes(options: dict[str, object], batch: int) -> None:
    plain = nn.Conv3d(8, 16, **options)  # type: ignore[arg-type]  # the options are the test's business
    fast = convolved_by_onednn(copy.deepcopy(plain))
    wanted = plain(pixels(batch))
    found = fast(pixels(batch))
    assert found.shape == wanted.shape
    assert torch.allclose(found, wanted, atol=1e-5)


def test_other_formats_and_empty_batches_go_the_usual_way() -> None:
    layer = convolved_by_onednn(nn.Conv3d(8, 4, 3))
    assert layer(pixels()[:0]).shape == (0, 4, 3, 10, 8)
    assert layer.bfloat16()(pixels().bfloat16()).dtype == torch.bfloat16


def test_gradients_are_those_of_torch() -> None:
    plain = nn.Conv3d(8, 4, 3)
    fast = convolved_by_onednn(copy.deepcopy(plain))
    for layer in (plain, fast):
        layer(pixels()).square().sum().backward()
    assert plain.weight.grad is not None
    assert fast.weight.grad is not None
    assert torch.allclose(fast.weight.grad, plain.weight.grad, rtol=1e-3, atol=1e-2)


@pytest.fixture(scope="module")
def vaes() -> tuple[AutoencoderKLCogVideoX, AutoencoderKLCogVideoX]:
    return golden_vae(), convolved_by_onednn(golden_vae())


def test_the_vae_asks_onednn_and_draws_the_same_frames(
    vaes: tuple[AutoencoderKLCogVideoX, AutoencoderKLCogVideoX],
) -> None:
    """1e-5 of frames in 0..1 is a four hundredth of an 8-bit level."""
    latents = golden("vae")["decode.T05.z"].transpose(1, 2) * 0.7
    with torch.profiler.profile() as profile:
        plain, fast = (torch.cat(list(decode_frames(vae, latents)), dim=1) for vae in vaes)
    names = [event.key for event in profile.key_averages()]
    assert any("mkldnn_convolution" in name for name in names)
    assert (fast - plain).abs().max() <= 1e-5


def test_the_vae_reads_the_same_latents(
    vaes: tuple[AutoencoderKLCogVideoX, AutoencoderKLCogVideoX],
) -> None:
    video = golden("vae")["video_49"].transpose(1, 2)[:, :3].transpose(1, 2)
    plain, fast = (encode(vae, video.transpose(1, 2)) for vae in vaes)
    assert (fast - plain).abs().max() / plain.abs().max() <= 1e-5


def test_what_is_saved_is_the_same(tmp_path: Path) -> None:
    vae = convolved_by_onednn(golden_vae())
    vae.save_pretrained(tmp_path)
    again = AutoencoderKLCogVideoX.from_pretrained(tmp_path, local_files_only=True)
    assert again.state_dict().keys() == vae.state_dict().keys()
    assert copy.deepcopy(vae).state_dict().keys() == vae.state_dict().keys()
