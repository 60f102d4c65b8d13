"""The VAE's layers on a CPU: the same numbers, wherever they serve, and nothing else changed."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path
from typing import TypeVar

import pytest
import torch
from diffusers import AutoencoderKLCogVideoX
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import CogVideoXSpatialNorm3D
from diffusers.models.upsampling import CogVideoXUpsample3D
from torch import nn

from model.networks.convolutions import (
    CpuSafeConv3d,
    CpuSpatialNorm3D,
    CpuUpsample3D,
    with_cpu_layers,
)
from model.networks.onednn import onednn_convolves
from model.tiny import untrained_tiny
from model.vae import channels_last, decode_frames, encode
from pipeline.presets import BUNDLED
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
FRAMES = (1, 2, 3, 4, 9)
Layer = TypeVar("Layer", bound=nn.Module)
here = pytest.mark.skipif(not onednn_convolves(), reason="oneDNN does not serve on this machine")


def pixels(batch: int = 1, frames: int = 5) -> torch.Tensor:
    drawn = torch.Generator().manual_seed(1)
    return torch.randn(batch, 8, frames, 12, 10, generator=drawn)


def both(layer: Layer) -> tuple[Layer, Layer]:
    """As diffusers computes, and as we do."""
    return layer, with_cpu_layers(copy.deepcopy(layer))


@pytest.mark.parametrize("options", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("batch", [1, 2])
def test_a_convolution_computes_what_torch_computes(options: dict[str, object], batch: int) -> None:
    plain, fast = both(nn.Conv3d(8, 16, **options))  # type: ignore[arg-type]  # the options are the test's business
    wanted, found = plain(pixels(batch)), fast(pixels(batch))
    assert found.shape == wanted.shape
    assert torch.allclose(found, wanted, atol=1e-5)


@pytest.mark.parametrize("frames", FRAMES)
@torch.no_grad()
def test_a_norm_by_latents_computes_what_diffusers_computes(frames: int) -> None:
    plain, fast = both(CogVideoXSpatialNorm3D(8, 4, groups=2))
    latents = pixels(frames=(frames + 1) // 2)[:, :4, :, ::2, ::2]
    (wanted, _), (found, kept) = (
        plain(pixels(frames=frames), latents),
        fast(pixels(frames=frames), latents),
    )
    assert torch.allclose(found, wanted, atol=1e-5)
    assert kept == {} or not onednn_convolves()


@pytest.mark.parametrize("frames", FRAMES)
@pytest.mark.parametrize("compress_time", [True, False])
@torch.no_grad()
def test_an_upsampler_computes_what_diffusers_computes(frames: int, *, compress_time: bool) -> None:
    plain, fast = both(CogVideoXUpsample3D(8, 6, compress_time=compress_time))
    given = pixels(2, frames)
    wanted, found = plain(given), fast(given)
    assert found.shape == wanted.shape
    assert torch.allclose(found, wanted, atol=1e-5)


@torch.no_grad()
def test_an_upsampler_of_another_kernel_goes_the_usual_way() -> None:
    plain, fast = both(CogVideoXUpsample3D(8, 6, kernel_size=1, padding=0))
    assert torch.equal(fast(pixels()), plain(pixels()))


def test_other_formats_and_empty_batches_go_the_usual_way() -> None:
    layer = with_cpu_layers(nn.Conv3d(8, 4, 3))
    assert layer(pixels()[:0]).shape == (0, 4, 3, 10, 8)
    assert layer.bfloat16()(pixels().bfloat16()).dtype == torch.bfloat16


def test_gradients_are_those_of_torch() -> None:
    plain, fast = both(nn.Conv3d(8, 4, 3))
    for layer in (plain, fast):
        layer(pixels()).square().sum().backward()
    assert plain.weight.grad is not None
    assert fast.weight.grad is not None
    assert torch.allclose(fast.weight.grad, plain.weight.grad, rtol=1e-3, atol=1e-2)


Vaes = tuple[AutoencoderKLCogVideoX, AutoencoderKLCogVideoX]


@pytest.fixture(scope="module")
def vaes() -> Vaes:
    return both(golden_vae())


def latents() -> torch.Tensor:
    return golden("vae")["decode.T05.z"].transpose(1, 2) * 0.7


def decoded(vae: AutoencoderKLCogVideoX) -> torch.Tensor:
    return torch.cat(list(decode_frames(vae, latents())), dim=1)


@here
def test_the_vae_asks_onednn_and_draws_the_same_frames(vaes: Vaes) -> None:
    """1e-5 of frames in 0..1 is a four hundredth of an 8-bit level."""
    with torch.profiler.profile() as profile:
        fast = decoded(vaes[1])
    names = [event.key for event in profile.key_averages()]
    assert any("mkldnn_convolution" in name for name in names)
    assert not any("slow_conv3d" in name for name in names)
    assert (fast - decoded(vaes[0])).abs().max() <= 1e-5


def test_channels_last_draws_the_same_frames(vaes: Vaes) -> None:
    other = channels_last(with_cpu_layers(golden_vae()))
    assert (decoded(other) - decoded(vaes[0])).abs().max() <= 1e-5


def test_the_vae_reads_the_same_latents(vaes: Vaes) -> None:
    video = golden("vae")["video_49"].transpose(1, 2)[:, :3]
    plain, fast = (encode(vae, video) for vae in vaes)
    assert (fast - plain).abs().max() / plain.abs().max() <= 1e-5


@torch.no_grad()
def test_under_autocast_layers_compute_what_diffusers_computes_to_the_bit() -> None:
    norm = both(CogVideoXSpatialNorm3D(8, 4, groups=2))
    others = (both(CogVideoXUpsample3D(8, 6)), both(nn.Conv3d(8, 4, 3)))
    with torch.autocast("cpu", torch.bfloat16):
        plain, fast = (layer(pixels(), pixels()[:, :4, :3])[0] for layer in norm)
        assert torch.equal(fast, plain)
        for layers in others:
            plain, fast = (layer(pixels()) for layer in layers)
            assert torch.equal(fast, plain)


def test_a_vae_that_learns_has_the_gradients_of_diffusers(vaes: Vaes) -> None:
    found = []
    for vae in vaes:
        z = latents().transpose(1, 2)[:, :, :1].clone().requires_grad_()
        vae.decoder(z)[0].square().mean().backward()
        assert z.grad is not None
        found.append(z.grad)
    assert torch.allclose(found[0], found[1], rtol=1e-3, atol=1e-7)


@here
def test_every_pipeline_has_them_however_it_is_made(tmp_path: Path) -> None:
    made = untrained_tiny(32, vae_channels=(8, 8, 8, 8), vae_groups=2, num_layers=1)
    made.save_pretrained(tmp_path)
    loaded = type(made).from_pretrained(tmp_path, local_files_only=True)
    carried = type(made).from_pretrained(BUNDLED, local_files_only=True)
    for pipeline in (made, loaded, carried):
        kinds = {type(layer) for layer in pipeline.vae.modules()}
        assert {CpuSafeConv3d, CpuSpatialNorm3D, CpuUpsample3D} <= kinds


@pytest.mark.parametrize(
    ("fault", "value"), [("_OPERATOR", "no_such_convolution"), ("_X86", ("another",))]
)
def test_where_onednn_is_not_there_the_layers_stay_those_of_diffusers(
    monkeypatch: pytest.MonkeyPatch, fault: str, value: object
) -> None:
    monkeypatch.setattr(f"model.networks.onednn.{fault}", value)
    plain, same = both(golden_vae())
    assert [type(layer) for layer in same.modules()] == [type(layer) for layer in plain.modules()]


def test_what_is_saved_is_the_same(tmp_path: Path) -> None:
    vae = with_cpu_layers(golden_vae())
    vae.save_pretrained(tmp_path)
    again = AutoencoderKLCogVideoX.from_pretrained(tmp_path, local_files_only=True)
    copies = (again, copy.deepcopy(vae), pickle.loads(pickle.dumps(vae)))  # noqa: S301  # just made
    for each in copies:
        assert each.state_dict().keys() == vae.state_dict().keys()
