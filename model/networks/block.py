"""The block that the transformer and the reference network share."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from diffusers.hooks._helpers import TransformerBlockMetadata, TransformerBlockRegistry
from diffusers.models.attention import FeedForward
from torch import Tensor, nn
from torch.nn.functional import layer_norm, silu

from model.networks.attention import CrossAttention, JointAttention
from model.networks.conditioning import CrossTokens, KeyValue


class ModulatedNorm(nn.Module):
    """One layer norm for text and video, each shifted and scaled by the time embedding in its own
    way; the gates are for what comes after."""

    def __init__(self, time_dim: int, dim: int, eps: float) -> None:
        super().__init__()
        self.linear = nn.Linear(time_dim, 6 * dim)
        self.norm = nn.LayerNorm(dim, eps=eps)

    def forward(
        self, video: Tensor, text: Tensor, temb: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """-> video, text, video's gate, text's gate; [B or 1, 1, D] each gate."""
        shift, scale, gate, *of_text = self.linear(silu(temb)).chunk(6, dim=-1)
        text_shift, text_scale, text_gate = of_text
        video = modulated(self.norm, video, shift, scale)
        text = modulated(self.norm, text, text_shift, text_scale)
        return video, text, gate[:, None, None], text_gate[:, None]

    def of_video(self, video: Tensor, temb: Tensor) -> tuple[Tensor, Tensor]:
        """-> video and its gate alone."""
        shift, scale, gate, *_ = self.linear(silu(temb)).chunk(6, dim=-1)
        return modulated(self.norm, video, shift, scale), gate[:, None, None]


def modulated(norm: nn.LayerNorm, tokens: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """norm(tokens) * (1 + scale) + shift; in one pass where all rows share one time."""
    if len(scale) == 1:
        weight, bias = norm.weight * (1 + scale[0]), norm.bias * (1 + scale[0]) + shift[0]
        return layer_norm(tokens, norm.normalized_shape, weight, bias, norm.eps)
    rows = (len(scale), *(1,) * (tokens.ndim - 2), -1)
    return torch.addcmul(shift.view(rows), norm(tokens), 1 + scale.view(rows))


class Hallo3Block(nn.Module):
    """Joint attention, face attention, audio attention, MLP (docs/hallo3.md, "The transformer").

    The reference network's blocks have neither face nor audio. The last block of a network owes
    nothing to the text, which nobody reads any more.
    """

    def __init__(
        self,
        *,
        dim: int,
        heads: int,
        time_dim: int,
        epsilons: tuple[float, float],
        sources: Mapping[str, int],
        last: bool,
    ) -> None:
        super().__init__()
        eps, qk_eps = epsilons
        self.last = last
        self.norm1 = ModulatedNorm(time_dim, dim, eps)
        self.attn1 = JointAttention(dim, heads, qk_eps)
        if "face" in sources:
            self.norm_face = nn.LayerNorm(dim, eps=eps)
            self.face_attn = CrossAttention(dim, sources["face"], heads)
        if "audio" in sources:
            self.norm_audio = nn.LayerNorm(dim, eps=eps)
            self.audio_attn = CrossAttention(dim, sources["audio"], heads)
        self.norm2 = ModulatedNorm(time_dim, dim, eps)
        self.ff = FeedForward(dim, activation_fn="gelu-approximate", inner_dim=4 * dim)

    def forward(  # noqa: PLR0913, PLR0917  the four nouns, and where they are in time and space
        self,
        hidden_states: Tensor,
        encoder_hidden_states: Tensor,
        temb: Tensor,
        rotary: Tensor,
        reference: KeyValue | None = None,
        face: CrossTokens | None = None,
        audio: CrossTokens | None = None,
    ) -> tuple[Tensor, Tensor]:
        """Video [B, T, n, D] and text [B, L, D] -> the same.

        Video and text are called as diffusers' hooks expect it.
        """
        video, text = hidden_states, encoder_hidden_states

        # 1. Text and video look at each other and at the reference
        asking, text_asking, gate, text_gate = self.norm1(video, text, temb)
        asking, text_asking = self.attn1(asking, text_asking, rotary, reference, not self.last)
        video = torch.addcmul(video, gate, asking)

        # 2. Video looks at the face, 3. each latent frame listens to its speech
        norm_q = self.attn1.norm_q
        if face is not None:
            video = video + self.face_attn(self.norm_face(video), face, norm_q, rotary[0])
        if audio is not None:
            video = video + self.audio_attn(self.norm_audio(video), audio, norm_q, rotary[0])
        if self.last:
            thinking, gate = self.norm2.of_video(video, temb)
            return torch.addcmul(video, gate, self.ff(thinking)), text

        # 4. Each token thinks
        text = torch.addcmul(text, text_gate, text_asking)
        thinking, text_thinking, gate, text_gate = self.norm2(video, text, temb)
        video = torch.addcmul(video, gate, self.ff(thinking))
        return video, torch.addcmul(text, text_gate, self.ff(text_thinking))


TransformerBlockRegistry.register(
    Hallo3Block,
    TransformerBlockMetadata(return_hidden_states_index=0, return_encoder_hidden_states_index=1),
)
