"""What the transformer and the reference network have in common around their blocks."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin
from diffusers.models.attention import AttentionMixin
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn

from model.networks.block import Hallo3Block
from model.networks.embeddings import PatchEmbed, RotaryEmbedding


class Backbone(ModelMixin, AttentionMixin, ConfigMixin):  # type: ignore[misc]  # diffusers
    """CogVideoX's embeddings, and how its blocks are called; all sizes come from `self.config`."""

    _supports_gradient_checkpointing = True
    _no_split_modules: Any = ("Hallo3Block", "PatchEmbed")
    _repeated_blocks: Any = ("Hallo3Block",)
    _skip_layerwise_casting_patterns: Any = ("patch_embed", "norm")
    _gradient_checkpointing_func: Any
    transformer_blocks: nn.ModuleList

    def add_embeddings(self) -> None:
        """Patches, text, positions and time; without weights, rotations."""
        config = self.config
        patch = config["patch_size"]
        patches = (config["sample_height"] // patch) * (config["sample_width"] // patch)
        self.patch_embed = PatchEmbed(
            in_channels=config["in_channels"],
            patch_size=patch,
            text_dim=config["text_embed_dim"],
            dim=self.dim,
            rows=config["max_text_seq_length"] + config["sample_frames"] * patches,
        )
        self.rotary = RotaryEmbedding(config["attention_head_dim"])
        self.time_proj = Timesteps(self.dim, flip_sin_to_cos=True, downscale_freq_shift=0)
        self.time_embedding = TimestepEmbedding(self.dim, config["time_embed_dim"])
        self.gradient_checkpointing = False

    @property
    def dim(self) -> int:
        """Width of a token."""
        return int(self.config["num_attention_heads"] * self.config["attention_head_dim"])

    def new_block(
        self, *, sources: dict[str, int] | None = None, last: bool = False
    ) -> Hallo3Block:
        """A block; `sources` are the widths of the tokens it attends to beside text and video."""
        config = self.config
        return Hallo3Block(
            dim=self.dim,
            heads=config["num_attention_heads"],
            time_dim=config["time_embed_dim"],
            epsilons=(config["norm_eps"], config["qk_norm_eps"]),
            sources=sources or {},
            last=last,
        )

    @property
    def layers(self) -> list[Any]:
        """The blocks, whose types torch does not keep."""
        return list(self.transformer_blocks)

    def embedded_time(self, timestep: Tensor, dtype: torch.dtype) -> Tensor:
        """[B or 1] -> [B or 1, time_embed_dim]."""
        embedded: Tensor = self.time_embedding(self.time_proj(timestep).to(dtype))
        return embedded

    def rotations(self, latents: Tensor) -> Tensor:
        """Of the tokens of [B, T, C, h, w]: [T, tokens of a frame, channels of a head / 2, 2]."""
        frames, (height, width) = latents.shape[1], latents.shape[-2:]
        patch = self.config["patch_size"]
        table: Tensor = self.rotary(frames, height // patch, width // patch, latents.device)
        return table

    def through(self, block: nn.Module, *inputs: object) -> tuple[Tensor, Tensor]:
        """Video and text after the block, which is computed again in training to save memory."""
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            video, text = self._gradient_checkpointing_func(block, *inputs)
        else:
            video, text = block(*inputs)
        return video, text
