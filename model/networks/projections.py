"""Speech features and face embeddings as tokens that the transformer attends to (docs/hallo3.md,
"Speech and face as tokens")."""

from __future__ import annotations

import torch
from einops import rearrange
from torch import Tensor, nn


class AudioProjection(nn.Module):
    """Windows of speech features, one per pixel frame, to tokens, some per latent frame.

    A shared convolution halves time twice, keeping an odd first frame apart, as the causal VAE
    does: latent frame 0 hears pixel frame 0, latent frame k >= 1 the pixel frames 4k-3 to 4k.
    """

    def __init__(self, window_dim: int, hidden_dim: int, tokens: int, token_dim: int) -> None:
        super().__init__()
        self.tokens = tokens
        self.proj_1 = nn.Linear(window_dim, hidden_dim)
        self.proj_2 = nn.Linear(hidden_dim, hidden_dim)
        self.proj_3 = nn.Linear(hidden_dim, tokens * token_dim)
        self.conv = nn.Conv1d(tokens * token_dim, tokens * token_dim, kernel_size=2, stride=2)
        self.norm = nn.LayerNorm(token_dim)

    def forward(self, audio: Tensor) -> Tensor:
        """[B, frames, window, blocks, channels] -> [B, latent_frames, tokens, token_dim]."""
        audio = rearrange(audio, "b f w l c -> b f (w l c)")
        audio = self.proj_3(torch.relu(self.proj_2(torch.relu(self.proj_1(audio)))))
        audio = self._halve(self._halve(audio))
        normed: Tensor = self.norm(rearrange(audio, "b t (m c) -> b t m c", m=self.tokens))
        return normed

    def _halve(self, audio: Tensor) -> Tensor:
        odd = audio.shape[1] % 2
        if audio.shape[1] == 1:
            return audio
        halved = self.conv(audio[:, odd:].transpose(1, 2)).transpose(1, 2)
        return torch.cat([audio[:, :odd], halved], dim=1)


class FaceProjection(nn.Module):
    """A face embedding, not normalised, to a few tokens."""

    def __init__(self, embed_dim: int, tokens: int, token_dim: int) -> None:
        super().__init__()
        self.tokens = tokens
        self.proj = nn.Linear(embed_dim, tokens * token_dim)
        self.norm = nn.LayerNorm(token_dim)

    def forward(self, face: Tensor) -> Tensor:
        """[B, embed_dim] -> [B, tokens, token_dim]."""
        normed: Tensor = self.norm(rearrange(self.proj(face), "b (m c) -> b m c", m=self.tokens))
        return normed
