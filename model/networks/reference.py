"""The reference network: what the portrait looks like to each layer of the transformer
(docs/hallo3.md, "The reference network")."""

# ruff: noqa: ARG002, PLR0913, PLR0917  a diffusers config
from __future__ import annotations

import torch
from diffusers.configuration_utils import register_to_config
from diffusers.models.modeling_utils import ModelMixin  # noqa: F401 - diffusers looks for it here
from torch import Tensor, nn

from model.networks.backbone import Backbone
from model.networks.block import ModulatedNorm


class LastLayer(nn.Module):
    """All that is alive of the last block: nobody reads what comes after its first norm."""

    def __init__(self, time_dim: int, dim: int, eps: float) -> None:
        super().__init__()
        self.norm1 = ModulatedNorm(time_dim, dim, eps)


class Hallo3ReferenceModel(Backbone):
    """A second CogVideoX, which sees one clean frame at time zero and says what its layers see.

    Its last block and its output layers, which no bank depends on, are left out. The transformer's
    config fits, but for `out_channels` and what face and speech need.
    """

    @register_to_config  # type: ignore[untyped-decorator]  # diffusers
    def __init__(
        self,
        num_layers: int = 42,
        num_attention_heads: int = 48,
        attention_head_dim: int = 64,
        in_channels: int = 32,
        patch_size: int = 2,
        text_embed_dim: int = 4096,
        time_embed_dim: int = 512,
        max_text_seq_length: int = 226,
        sample_frames: int = 13,
        sample_height: int = 60,
        sample_width: int = 90,
        qk_norm_eps: float = 1e-6,
        norm_eps: float = 1e-5,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.add_embeddings()
        blocks = (self.new_block() for _ in range(num_layers - 1))
        last = LastLayer(time_embed_dim, self.dim, norm_eps)
        self.transformer_blocks = nn.ModuleList([*blocks, last])

    def forward(self, latents: Tensor, encoder_hidden_states: Tensor) -> list[Tensor]:
        """The portrait's latents [B, 1, C, h, w] and text features [B, L, E], zeros in inference.

        -> per layer the video's tokens [B, n, D] as that layer's attention gets them, before
        queries, keys and values.
        """
        temb = self.embedded_time(torch.zeros(1, device=latents.device), latents.dtype)
        text = self.patch_embed.text(encoder_hidden_states)
        video = self.patch_embed(torch.cat([latents, latents], dim=2), text.shape[1])
        rotary = self.rotations(latents)
        bank = []
        for block in self.layers:
            seen, _ = block.norm1.of_video(video, temb)
            bank.append(seen.flatten(1, 2))
            if not isinstance(block, LastLayer):
                video, text = self.through(block, video, text, temb, rotary)
        return bank
