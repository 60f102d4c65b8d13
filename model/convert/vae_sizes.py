"""The configuration of the causal 3D VAE, told by the shapes of its original tensors."""

from __future__ import annotations

from dataclasses import dataclass

from model.convert.errors import ConversionError
from model.convert.plan import Shapes
from model.convert.rules import bind
from model.convert.sizes import Evidence, Geometry, size

SCALING_FACTOR = 0.7
TEMPORAL_STRIDE = 4

LATENT: Evidence = (
    ("decoder.conv_in.conv.weight", 1),
    ("decoder.up.{n}.block.{m}.norm1.conv_y.conv.weight", 1),
)
PICTURE_IN: Evidence = (("encoder.conv_in.conv.weight", 1),)
PICTURE_OUT: Evidence = (("decoder.conv_out.conv.{p}", 0),)


@dataclass(frozen=True, slots=True, kw_only=True)
class VaeSizes:
    """Fields are named as in the config of diffusers' `AutoencoderKLCogVideoX`."""

    in_channels: int
    out_channels: int
    down_block_types: tuple[str, ...]
    up_block_types: tuple[str, ...]
    block_out_channels: tuple[int, ...]
    latent_channels: int
    layers_per_block: int
    sample_height: int
    sample_width: int
    temporal_compression_ratio: int = TEMPORAL_STRIDE
    scaling_factor: float = SCALING_FACTOR


def vae_sizes(originals: Shapes, geometry: Geometry) -> VaeSizes:
    """Read the sizes from the keys of `3d-vae.pt`; a sample's pixels are latents times stride."""
    levels = vae_levels(originals)
    stride = 2 ** (levels - 1)
    return VaeSizes(
        in_channels=size("number of picture channels", PICTURE_IN, originals),
        out_channels=size("number of picture channels", PICTURE_OUT, originals),
        down_block_types=("CogVideoXDownBlock3D",) * levels,
        up_block_types=("CogVideoXUpBlock3D",) * levels,
        block_out_channels=tuple(_channels(level, originals) for level in range(levels)),
        latent_channels=size("number of latent channels", LATENT, originals),
        layers_per_block=_layers(originals),
        sample_height=geometry.latent_height * stride,
        sample_width=geometry.latent_width * stride,
    )


def vae_levels(originals: Shapes) -> int:
    """Resolutions, counted in the half that has more of them."""
    found = {
        way: sum(
            bind(f"{way}.{{n}}.block.0.conv1.conv.weight", key) is not None for key in originals
        )
        for way in ("encoder.down", "decoder.up")
    }
    if not any(found.values()):
        raise ConversionError(
            "there is no VAE in it, no key like encoder.down.0.block.0.conv1.conv.weight; "
            "fetch cogvideox-5b-i2v-sat/vae/3d-vae.pt"
        )
    return max(found.values())


def _channels(level: int, originals: Shapes) -> int:
    down, up = f"encoder.down.{level}.block.{{m}}", f"decoder.up.{level}.block.{{m}}"
    evidence = ((f"{down}.conv2.conv.{{p}}", 0), (f"{up}.conv2.conv.{{p}}", 0))
    return size(f"channels of level {level}", evidence, originals)


def _layers(originals: Shapes) -> int:
    """Residual blocks of a level: the encoder's, which the decoder has one more of."""
    counts = [0] * vae_levels(originals)
    for key in originals:
        fields = bind("encoder.down.{n}.block.{m}.conv1.conv.weight", key)
        if fields is not None and int(fields["n"]) < len(counts):
            counts[int(fields["n"])] += 1
    return max(sorted(counts), key=counts.count)
