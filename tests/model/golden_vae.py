"""The golden VAE under diffusers' names: a second, literal reading of the renaming."""

from __future__ import annotations

import re

from diffusers import AutoencoderKLCogVideoX

from tests.golden_tensors import golden

LEVELS = 4
RENAMED = (
    (r"\.block\.", ".resnets."),
    (r"\.down\.", ".down_blocks."),
    (r"\.up\.(\d)", lambda match: f".up_blocks.{LEVELS - 1 - int(match[1])}"),
    (r"\.downsample\.", ".downsamplers.0."),
    (r"\.upsample\.", ".upsamplers.0."),
    (r"\.mid\.block_1\.", ".mid_block.resnets.0."),
    (r"\.mid\.block_2\.", ".mid_block.resnets.1."),
    (r"\.nin_shortcut\.", ".conv_shortcut."),
)


def golden_vae() -> AutoencoderKLCogVideoX:
    vae = AutoencoderKLCogVideoX(
        block_out_channels=(32, 64, 32, 32),
        layers_per_block=1,
        scaling_factor=0.7,
        sample_height=64,
        sample_width=96,
    )
    weights = {}
    for original, tensor in golden("state_dict_vae").items():
        name = original
        for pattern, replacement in RENAMED:
            name = re.sub(pattern, replacement, name)
        if not name.startswith("loss."):
            weights[name] = tensor
    vae.load_state_dict(weights)
    return vae.eval()
