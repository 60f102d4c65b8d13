"""Attention of text and video over text, video and reference; and of video over face or audio."""

from __future__ import annotations

from typing import Any

import torch
from diffusers.models.attention import AttentionModuleMixin
from diffusers.models.attention_dispatch import AttentionBackendName, dispatch_attention_fn
from torch import Tensor, nn

from model.networks.conditioning import CrossTokens, KeyValue
from model.networks.embeddings import rotate

FOLD_SCALE = 256.0
"""Values are this many times as large while the bias is among them (`CrossAttention._folded`). A
power of two changes no digit."""


class CrossAttnProcessor:
    """The softmax itself, on the backend that `set_attention_backend` chose."""

    _attention_backend: AttentionBackendName | None = None

    def __call__(self, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """[B, tokens, heads, channels] of each -> [B, query tokens, heads * channels]."""
        attended: Tensor = dispatch_attention_fn(
            query,
            key,
            value,
            backend=self._attention_backend,
            parallel_config=getattr(self, "_parallel_config", None),
        )
        return attended.flatten(2)


class JointAttnProcessor(CrossAttnProcessor):
    """The same, where ranks may share out the sequence; what a face or speech says, each has whole.

    diffusers knows by `_parallel_config` which processors take part.
    """

    _parallel_config: Any = None


class JointAttention(nn.Module, AttentionModuleMixin):
    """Text and video ask; text, video and reference answer. The reference never asks: what it
    would get is thrown away."""

    processor: Any
    is_cross_attention = False
    use_bias = True

    def __init__(self, dim: int, heads: int, qk_norm_eps: float) -> None:
        super().__init__()
        self.heads, self.head_dim = heads, dim // heads
        self.to_q = nn.Linear(dim, dim)
        self.to_k = nn.Linear(dim, dim)
        self.to_v = nn.Linear(dim, dim)
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])
        self.norm_q = nn.LayerNorm(dim // heads, eps=qk_norm_eps)
        self.norm_k = nn.LayerNorm(dim // heads, eps=qk_norm_eps)
        self.processor = JointAttnProcessor()

    def key_value(self, reference: Tensor) -> KeyValue:
        """The reference [B, n, D] as keys, normalised and not rotated, and values."""
        return self.norm_k(self._heads(self.to_k(reference))), self._heads(self.to_v(reference))

    def forward(
        self,
        video: Tensor,
        text: Tensor,
        rotary: Tensor,
        reference: KeyValue | None = None,
        text_asks: bool = True,
    ) -> tuple[Tensor, Tensor]:
        """[B, T, n, D] and [B, L, D] -> the same, after the output projection.

        A batch of one beside a larger one is the same for all. Unless `text_asks`, the text
        comes back as it was.
        """
        frames = video.shape[1]
        queries, keys, values = self._project(video.flatten(1, 2), rotary.flatten(0, 1))
        text_queries, text_keys, text_values = self._project(text, None)
        sources = () if reference is None else (reference,)
        joint_keys = joined_streams(text_keys, keys, *(key for key, _ in sources))
        joint_values = joined_streams(text_values, values, *(value for _, value in sources))
        asking = (text_queries, queries) if text_asks else (queries,)
        attended = self.processor(
            joined_streams(*asking, batch=len(joint_keys)), joint_keys, joint_values
        )
        attended = self.to_out[0](attended)
        length = attended.shape[1] - queries.shape[1]
        video = torch.unflatten(attended[:, length:], 1, (frames, -1))
        return video, attended[:, :length] if text_asks else text

    def _project(self, tokens: Tensor, rotary: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        if self.fused_projections:
            query, key, value = self._heads(self.to_qkv(tokens)).chunk(3, dim=-2)
        else:
            query, key = self._heads(self.to_q(tokens)), self._heads(self.to_k(tokens))
            value = self._heads(self.to_v(tokens))
        query, key = self.norm_q(query), self.norm_k(key)
        if rotary is None:
            return query, key, value
        return rotate(query, rotary), rotate(key, rotary), value

    def _heads(self, tokens: Tensor) -> Tensor:
        return torch.unflatten(tokens, -1, (-1, self.head_dim))


class CrossAttention(nn.Module, AttentionModuleMixin):
    """Video asks; a few tokens, of the face or of each latent frame's speech, answer.

    There are far fewer tokens than channels in a head, so the output projection may be applied to
    the values beforehand: what is left of the layer is a softmax and one narrow matrix product.
    """

    processor: Any
    is_cross_attention = True
    use_bias = True

    def __init__(self, dim: int, token_dim: int, heads: int) -> None:
        super().__init__()
        self.heads, self.head_dim = heads, dim // heads
        self.to_q = nn.Linear(dim, dim)
        self.to_k = nn.Linear(token_dim, dim)
        self.to_v = nn.Linear(token_dim, dim)
        self.to_out = nn.ModuleList([nn.Linear(dim, dim)])
        self.processor = CrossAttnProcessor()

    def tokens(self, tokens: Tensor, norm_k: nn.Module, *, fold: bool) -> CrossTokens:
        """Keys and values of [B, groups, tokens, token_dim]; the keys are not rotated."""
        if self.fused_projections:
            keys, values = self._heads(self.to_kv(tokens)).chunk(2, dim=-2)
        else:
            keys, values = self._heads(self.to_k(tokens)), self._heads(self.to_v(tokens))
        if fold:
            values = self._folded(values)
        return CrossTokens(keys=norm_k(keys), values=values, folded=fold)

    def forward(
        self, video: Tensor, tokens: CrossTokens, norm_q: nn.Module, rotary: Tensor
    ) -> Tensor:
        """[B, T, n, D] -> the same; `rotary` is that of the first frame, for every frame."""
        query = rotate(norm_q(self._heads(self.to_q(video))), rotary)
        if tokens.folded:
            return self._through_folded(query, tokens)
        batch, frames = max(len(query), len(tokens.keys)), query.shape[1]
        keys, values = (
            rows.expand(batch, frames, -1, -1, -1).flatten(0, 1)
            for rows in (tokens.keys, tokens.values)
        )
        query = query.expand(batch, -1, -1, -1, -1).flatten(0, 1)
        attended = self.processor(query, keys, values)
        return torch.unflatten(self.to_out[0](attended), 0, (batch, frames))

    def _folded(self, values: Tensor) -> Tensor:
        """Apply the output projection to the values of each head: [..., tokens, heads, channels]
        -> [..., heads * tokens, hidden].

        The projection is called as a module, because adapters, offloading and quantisation hook
        into its call. Each head's values stand alone in a row of zeros, so the row comes out as
        that head's share. The call adds the bias to every row; the bias is subtracted, and each
        head gets an equal part of it, since the softmax weights of a head sum to one. The rows are
        multiplied by `FOLD_SCALE` before the call, because the subtraction of a bias that is larger
        than they are would round them.
        """
        apart = torch.eye(self.heads, dtype=values.dtype, device=values.device) * FOLD_SCALE
        spread = torch.einsum("...mhc,hg->...hmgc", values, apart).flatten(-2)
        out = self.to_out[0]
        bias = out(torch.zeros_like(spread[..., :1, :1, :]))
        folded: Tensor = (out(spread) - bias) / FOLD_SCALE + bias / self.heads
        return folded.flatten(-3, -2)

    def _through_folded(self, query: Tensor, tokens: CrossTokens) -> Tensor:
        keys = tokens.keys.permute(0, 1, 3, 4, 2) * query.shape[-1] ** -0.5
        scores = query.transpose(-2, -3) @ keys  # [B, T, heads, n, tokens]
        weights: Tensor = scores.softmax(-1).transpose(-2, -3).flatten(-2)
        return weights @ tokens.values

    def _heads(self, tokens: Tensor) -> Tensor:
        return torch.unflatten(tokens, -1, (-1, self.head_dim))


def joined_streams(*streams: Tensor, batch: int = 1) -> Tensor:
    """One sequence of several, a batch of one repeated to the largest batch."""
    batch = max(batch, *(len(stream) for stream in streams))
    by_head = [stream.expand(batch, -1, -1, -1).transpose(1, 2) for stream in streams]
    return torch.cat(by_head, dim=2).transpose(1, 2)
