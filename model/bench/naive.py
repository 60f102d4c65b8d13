"""Hallo3's computation as the original does it, with nothing left out and nothing kept: what the
transformer is tested and timed against.

Reference tokens ask and are thrown away, their keys and values are made at every step, and so are
speech and face tokens; both halves of the guidance pair do everything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv1d, conv2d, gelu, layer_norm, linear, relu, silu
from torch.nn.functional import scaled_dot_product_attention as attention

Sizes = Any
"""A diffusers config, which has no type."""

Watch = Callable[[str, Tensor], None]
"""Is told what each part of the computation gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainInputs:
    """What one step of the guidance pair is given: latents [B, T, C, h, w], timesteps [B], text
    [B, L, C], speech windows [B, frames, window, blocks, channels], face [B, E], per layer the
    reference [B, n, D]."""

    latents: Tensor
    timesteps: Tensor
    text: Tensor
    audio: Tensor
    face: Tensor
    bank: list[Tensor]


class PlainTransformer:
    """From the weights and the `config` of a `Hallo3Transformer3DModel`."""

    def __init__(
        self, weights: Mapping[str, Tensor], config: Sizes, watch: Watch | None = None
    ) -> None:
        self.weights = {key: weight.detach() for key, weight in weights.items()}
        self.config = config
        self.watch: Watch = watch or (lambda _name, _tensor: None)
        for layer in range(config.num_layers):
            self._fuse(f"transformer_blocks.{layer}.")
        self.patches = self.weights["patch_embed.proj.weight"]

    def __call__(self, given: PlainInputs) -> Tensor:
        """-> the raw prediction [B, T, 16, h, w]."""
        frames, (height, width) = given.latents.shape[1], given.latents.shape[-2:]
        grid = (frames, height // self.config.patch_size, width // self.config.patch_size)
        temb = silu(self._time(given.timesteps))
        audio = self._audio_tokens(given.audio)
        face = self._face_tokens(given.face).repeat_interleave(frames, dim=0)
        rotary = self._rotary(*grid)
        tokens = self._embed(given.latents, given.text)
        for layer, reference in enumerate(given.bank):
            sources = {"reference": reference, "face": face, "audio": audio}
            tokens = self._block(layer, tokens, temb, rotary, sources)
            self.watch(f"block.{layer:02}.out", tokens)
        return self._last(tokens, temb, grid)

    def _block(
        self,
        layer: int,
        tokens: Tensor,
        temb: Tensor,
        rotary: Tensor,
        sources: Mapping[str, Tensor],
    ) -> Tensor:
        at = f"transformer_blocks.{layer}."
        length = tokens.shape[1] - rotary.shape[1]
        normed, gate = self._modulate(f"{at}norm1", tokens, temb, length)
        together = torch.cat([normed, sources.get("reference", normed[:, :0])], dim=1)
        seen = self._self_attention(f"{at}attn1.", together, rotary, length)
        tokens = tokens + gate * seen[:, : tokens.shape[1]]
        text, video = tokens[:, :length], tokens[:, length:]
        for name in ("face", "audio"):
            if name in sources:
                asking = self._norm(f"{at}norm_{name}", video)
                video = video + self._cross_attention(at, name, asking, sources[name], rotary)
        tokens = torch.cat([text, video], dim=1)
        normed, gate = self._modulate(f"{at}norm2", tokens, temb, length)
        inner = gelu(self._linear(f"{at}ff.net.0.proj", normed), approximate="tanh")
        return tokens + gate * self._linear(f"{at}ff.net.2", inner)

    def _modulate(
        self, name: str, tokens: Tensor, temb: Tensor, length: int
    ) -> tuple[Tensor, Tensor]:
        video_rows = tokens.shape[1] - length
        of_video, of_text = self._linear(f"{name}.linear", temb).unsqueeze(1).chunk(2, dim=-1)
        rows = [
            torch.cat([of_text.expand(-1, length, -1), of_video.expand(-1, video_rows, -1)], dim=1)
            for of_text, of_video in zip(of_text.chunk(3, -1), of_video.chunk(3, -1), strict=True)
        ]
        shift, scale, gate = rows
        return self._norm(f"{name}.norm", tokens) * (1 + scale) + shift, gate

    def _self_attention(self, at: str, tokens: Tensor, rotary: Tensor, length: int) -> Tensor:
        query, key, value = self._linear(f"{at}to_qkv", tokens).chunk(3, dim=-1)
        query, key, value = self._heads(query), self._heads(key), self._heads(value)
        query, key = self._qk_norm(at, "q", query), self._qk_norm(at, "k", key)
        here = slice(length, length + rotary.shape[1])
        query[:, :, here] = _rotate(query[:, :, here], rotary)
        key[:, :, here] = _rotate(key[:, :, here], rotary)
        return self._attend(f"{at}to_out.0", query, key, value)

    def _cross_attention(
        self, at: str, name: str, video: Tensor, source: Tensor, rotary: Tensor
    ) -> Tensor:
        batch, frames = len(video), len(source) // len(video)
        query = self._linear(
            f"{at}{name}_attn.to_q", torch.unflatten(video, 1, (frames, -1)).flatten(0, 1)
        )
        key, value = self._linear(f"{at}{name}_attn.to_kv", source).chunk(2, dim=-1)
        query = self._qk_norm(f"{at}attn1.", "q", self._heads(query))
        key = self._qk_norm(f"{at}attn1.", "k", self._heads(key))
        query = _rotate(query, rotary[:, : query.shape[2]])
        attended = self._attend(f"{at}{name}_attn.to_out.0", query, key, self._heads(value))
        return torch.unflatten(attended, 0, (batch, frames)).flatten(1, 2)

    def _attend(self, out: str, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        attended = attention(query, key.contiguous(), value.contiguous())
        return self._linear(out, attended.transpose(1, 2).flatten(2))

    def _heads(self, tokens: Tensor) -> Tensor:
        return torch.unflatten(tokens, -1, (self.config.num_attention_heads, -1)).transpose(1, 2)

    def _qk_norm(self, at: str, kind: str, heads: Tensor) -> Tensor:
        return self._norm(f"{at}norm_{kind}", heads, self.config.qk_norm_eps)

    def _time(self, timesteps: Tensor) -> Tensor:
        dim = self.config.num_attention_heads * self.config.attention_head_dim
        powers = torch.arange(dim // 2, device=timesteps.device) / (dim // 2)
        angles = timesteps[:, None].float() * 10_000.0**-powers
        waves = torch.cat([angles.cos(), angles.sin()], dim=-1).to(self.patches.dtype)
        return self._linear(
            "time_embedding.linear_2", silu(self._linear("time_embedding.linear_1", waves))
        )

    def _embed(self, latents: Tensor, text: Tensor) -> Tensor:
        bias = self.weights["patch_embed.proj.bias"]
        video = conv2d(latents.flatten(0, 1), self.patches, bias, stride=self.config.patch_size)
        video = torch.unflatten(video, 0, latents.shape[:2])
        video = video.permute(0, 1, 3, 4, 2).flatten(1, 3)
        tokens = torch.cat([self._linear("patch_embed.text_proj", text), video], dim=1)
        return tokens + self.weights["patch_embed.pos_embedding"][:, : tokens.shape[1]]

    def _audio_tokens(self, audio: Tensor) -> Tensor:
        audio = relu(self._linear("audio_proj.proj_1", audio.flatten(2)))
        audio = self._linear("audio_proj.proj_3", relu(self._linear("audio_proj.proj_2", audio)))
        for _ in range(2):
            odd = audio.shape[1] % 2
            if audio.shape[1] > 1:
                weight = self.weights["audio_proj.conv.weight"]
                pairs = audio[:, odd:].transpose(1, 2)
                halved = conv1d(pairs, weight, self.weights["audio_proj.conv.bias"], stride=2)
                audio = torch.cat([audio[:, :odd], halved.transpose(1, 2)], dim=1)
        tokens = torch.unflatten(audio.flatten(0, 1), -1, (self.config.audio_tokens, -1))
        return self._norm("audio_proj.norm", tokens)

    def _face_tokens(self, face: Tensor) -> Tensor:
        tokens = self._linear("face_proj.proj", face)
        tokens = torch.unflatten(tokens, -1, (self.config.face_tokens, -1))
        return self._norm("face_proj.norm", tokens)

    def _rotary(self, frames: int, height: int, width: int) -> Tensor:
        """[2, tokens, channels]: cosines and sines."""
        head_dim = self.config.attention_head_dim
        sizes = ((frames, head_dim // 4), (height, head_dim // 8 * 3), (width, head_dim // 8 * 3))
        axes = []
        for axis, (size, dim) in enumerate(sizes):
            angles = torch.arange(size)[:, None] / 10_000.0 ** (torch.arange(0, dim, 2) / dim)
            shape = [1, 1, 1, dim]
            shape[axis] = size
            axes.append(
                angles.repeat_interleave(2, -1).view(shape).expand(frames, height, width, dim)
            )
        table = torch.cat(axes, dim=-1).flatten(0, 2)
        return torch.stack([table.cos(), table.sin()]).to(self.patches.device)

    def _last(self, tokens: Tensor, temb: Tensor, grid: tuple[int, int, int]) -> Tensor:
        tokens = self._norm("norm_final", tokens)
        self.watch("final_layernorm.out", tokens)
        frames, height, width = grid
        video = tokens[:, -frames * height * width :]
        shift, scale = self._linear("norm_out.linear", temb).unsqueeze(1).chunk(2, dim=-1)
        video = self._norm("norm_out.norm", video, 1e-6) * (1 + scale) + shift
        patch = self.config.patch_size
        video = torch.unflatten(self._linear("proj_out", video), -1, (-1, patch, patch))
        video = torch.unflatten(video, 1, grid).permute(0, 1, 4, 2, 5, 3, 6)
        return video.flatten(5, 6).flatten(3, 4)

    def _norm(self, name: str, tokens: Tensor, eps: float | None = None) -> Tensor:
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]
        return layer_norm(tokens, weight.shape, weight, bias, eps or self.config.norm_eps)

    def _linear(self, name: str, tokens: Tensor) -> Tensor:
        return linear(tokens, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _fuse(self, at: str) -> None:
        for layer, parts in (("attn1", "qkv"), ("face_attn", "kv"), ("audio_attn", "kv")):
            for kind in ("weight", "bias"):
                names = [f"{at}{layer}.to_{part}.{kind}" for part in parts]
                if names[0] in self.weights:
                    one = torch.cat([self.weights.pop(name) for name in names])
                    self.weights[f"{at}{layer}.to_{parts}.{kind}"] = one


class PlainReference(PlainTransformer):
    """From the weights and the `config` of a `Hallo3ReferenceModel`."""

    def bank(self, latents: Tensor, text: Tensor) -> list[Tensor]:
        """[B, 1, C, h, w] and [B, L, C] -> per layer [B, n, D]."""
        height, width = (size // self.config.patch_size for size in latents.shape[-2:])
        temb = silu(self._time(latents.new_zeros(len(latents))))
        rotary = self._rotary(1, height, width)
        tokens = self._embed(torch.cat([latents, latents], dim=2), text)
        bank = []
        for layer in range(self.config.num_layers):
            at = f"transformer_blocks.{layer}.norm1"
            normed, _ = self._modulate(at, tokens, temb, text.shape[1])
            bank.append(normed[:, text.shape[1] :])
            if layer < self.config.num_layers - 1:
                tokens = self._block(layer, tokens, temb, rotary, {})
        return bank


def _rotate(heads: Tensor, rotary: Tensor) -> Tensor:
    pairs = torch.unflatten(heads, -1, (-1, 2))
    crossed = torch.stack([-pairs[..., 1], pairs[..., 0]], dim=-1).flatten(-2)
    return (heads * rotary[0] + crossed * rotary[1]).to(heads.dtype)
