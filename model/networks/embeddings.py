"""Patches, text and time as tokens, and where the video's tokens are in space and time."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn

ROPE_THETA = 10_000.0


class PatchEmbed(nn.Module):
    """Latents and text features to tokens at their learned positions, text first."""

    def __init__(
        self, *, in_channels: int, patch_size: int, text_dim: int, dim: int, rows: int
    ) -> None:
        super().__init__()
        self.proj = nn.Conv2d(in_channels, dim, kernel_size=patch_size, stride=patch_size)
        self.text_proj = nn.Linear(text_dim, dim)
        self.pos_embedding = nn.Parameter(torch.randn(1, rows, dim) * 0.02)

    def text(self, features: Tensor) -> Tensor:
        """[B, L, C] -> [B, L, D]."""
        tokens: Tensor = self.text_proj(features)
        return tokens + self._positions(0, features.shape[1])

    def forward(self, latents: Tensor, text_length: int) -> Tensor:
        """[B, T, C, h, w] -> [B, T, tokens of a frame, D]."""
        frames, size = latents.shape[1], self.proj.stride[0]
        if latents.shape[-2] % size or latents.shape[-1] % size:
            raise ValueError(f"latents of {tuple(latents.shape[-2:])}: no multiples of {size}")
        patches: Tensor = self.proj(latents.flatten(0, 1))
        video = rearrange(patches, "(b t) d y x -> b t (y x) d", t=frames)
        positions = self._positions(text_length, frames * video.shape[2])
        # The convolution leaves channels first, which every later sum would inherit.
        return video.contiguous() + torch.unflatten(positions, 1, (frames, -1))

    def _positions(self, first: int, count: int) -> Tensor:
        rows = self.pos_embedding.shape[1]
        if first + count > rows:
            raise ValueError(f"{first + count} tokens, but the weights know {rows} positions")
        return self.pos_embedding[:, first : first + count]


class RotaryEmbedding(nn.Module):
    """Rotations of query and key channels by frame, row and column: a quarter of the channels for
    time and the rest for the two axes of space, computed in float32 and never stored."""

    def __init__(self, head_dim: int) -> None:
        super().__init__()
        self.axes = (head_dim // 4, head_dim // 8 * 3, head_dim // 8 * 3)

    def forward(self, frames: int, height: int, width: int, device: torch.device) -> Tensor:
        """[frames, height * width, head_dim / 2, 2] of cosines and sines."""
        sizes = (frames, height, width)
        positions = torch.meshgrid(
            *(torch.arange(size, device=device) for size in sizes), indexing="ij"
        )
        angles = [
            position.flatten()[:, None] * _frequencies(dim, device)
            for position, dim in zip(positions, self.axes, strict=True)
        ]
        table = torch.unflatten(torch.cat(angles, dim=-1), 0, (frames, -1))
        return torch.stack([table.cos(), table.sin()], dim=-1)


def _frequencies(dim: int, device: torch.device) -> Tensor:
    powers = torch.arange(0, dim, 2, device=device, dtype=torch.float32) / dim
    return 1.0 / ROPE_THETA**powers


def rotate(heads: Tensor, table: Tensor) -> Tensor:
    """Turn each adjacent pair of channels of [..., tokens, heads, channels] by its angle."""
    pairs = torch.unflatten(heads.float(), -1, (-1, 2))
    table = table.unsqueeze(-3)  # the same for every head
    if torch.compiler.is_compiling():
        turned = torch.stack(
            [
                pairs[..., 0] * table[..., 0] - pairs[..., 1] * table[..., 1],
                pairs[..., 1] * table[..., 0] + pairs[..., 0] * table[..., 1],
            ],
            dim=-1,
        )
    else:  # one pass over memory
        turned = torch.view_as_real(torch.view_as_complex(pairs) * torch.view_as_complex(table))
    return turned.flatten(-2).to(heads.dtype)
