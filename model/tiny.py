"""The sizes of `tiny`: the same classes, small enough for a laptop and for training on a CPU."""

from __future__ import annotations

import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX

from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel
from model.pipeline import Hallo3Pipeline
from model.scheduler import Hallo3DPMScheduler

AUDIO_BLOCKS, AUDIO_CHANNELS = 4, 40
"""Log-mel: four steps of 10 ms in each frame, 40 bands."""

FACE_CHANNELS = 128
"""dlib's face ResNet."""

_SHARED = {
    "num_layers": 6,
    "num_attention_heads": 3,
    "attention_head_dim": 64,
    "text_embed_dim": 32,
    "time_embed_dim": 128,
    "max_text_seq_length": 1,
    "sample_frames": 13,
}
_HEARD_AND_SEEN = {
    "audio_blocks": AUDIO_BLOCKS,
    "audio_channels": AUDIO_CHANNELS,
    "audio_hidden_dim": 128,
    "audio_tokens": 4,
    "audio_token_dim": 128,
    "face_embed_dim": FACE_CHANNELS,
    "face_token_dim": 128,
    "face_tokens": 4,
    "later_conditions": "reference",
    "predict_difference": True,
}
VAE_CHANNELS, VAE_GROUPS = (16, 32, 64, 96), 4


def untrained_tiny(
    side: int = 128,
    vae_channels: tuple[int, ...] = VAE_CHANNELS,
    vae_groups: int = VAE_GROUPS,
    **sizes: int,
) -> Hallo3Pipeline:
    """`tiny` with random weights, the same ones every time, on a canvas of `side` pixels.

    `sizes` replace sizes of both networks: tests make it smaller still.
    """
    shared = _SHARED | {"sample_height": side // 8, "sample_width": side // 8} | sizes
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        pipeline = Hallo3Pipeline(
            vae=AutoencoderKLCogVideoX(
                block_out_channels=vae_channels,
                layers_per_block=1,
                norm_num_groups=vae_groups,
                latent_channels=16,
                scaling_factor=0.7,
                down_block_types=("CogVideoXDownBlock3D",) * 4,
                up_block_types=("CogVideoXUpBlock3D",) * 4,
            ),
            transformer=Hallo3Transformer3DModel(**shared, **_HEARD_AND_SEEN),
            reference=Hallo3ReferenceModel(**shared),
            scheduler=Hallo3DPMScheduler(),
        )
    for network in (pipeline.vae, pipeline.transformer, pipeline.reference):
        network.requires_grad_(requires_grad=False).eval()
    pipeline.set_progress_bar_config(disable=True)  # type: ignore[no-untyped-call]  # diffusers
    return pipeline
