"""The transformer of Hallo3 (Cui et al., CVPR 2025): CogVideoX-5B with a reference, a face and
speech."""

# ruff: noqa: ARG002, PLR0913, PLR0917  a diffusers config and a diffusers call
from __future__ import annotations

from typing import Any

import torch
from diffusers.configuration_utils import register_to_config
from diffusers.loaders.peft import PeftAdapterMixin
from diffusers.models._modeling_parallel import ContextParallelInput, ContextParallelOutput
from diffusers.models.cache_utils import CacheMixin
from diffusers.models.modeling_outputs import Transformer2DModelOutput
from diffusers.models.modeling_utils import ModelMixin  # noqa: F401 - diffusers looks for it here
from einops import rearrange
from torch import Tensor, nn
from torch.nn.functional import silu

from model.networks.backbone import Backbone
from model.networks.block import modulated
from model.networks.conditioning import SegmentConditions, TakeConditions


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


FINAL_NORM_EPS = 1e-6
FOLDED_NUMBERS = 2**29
"""Speech is folded into the output projections by default up to this many numbers of a segment, a
gibibyte in bfloat16; at full size it would be five times as much."""

LATER_CONDITIONS = ("zeros", "reference")
"""What stands in the latent frames after the first of the condition latents."""


class FinalNorm(nn.Module):
    """The last layer norm, shifted and scaled by the time embedding."""

    def __init__(self, time_dim: int, dim: int, eps: float) -> None:
        super().__init__()
        self.linear = nn.Linear(time_dim, 2 * dim)
        self.norm = nn.LayerNorm(dim, eps=eps)

    def forward(self, video: Tensor, temb: Tensor) -> Tensor:
        shift, scale = self.linear(silu(temb)).chunk(2, dim=-1)
        return modulated(self.norm, video, shift, scale)


class Hallo3Transformer3DModel(Backbone, PeftAdapterMixin, CacheMixin):  # type: ignore[misc]  # diffusers
    """Predicts the velocity of noisy latents from text, speech, face and reference (docs/hallo3.md,
    "The transformer").

    Called whole, or, as the pipeline does, in three parts: `take_conditions` once per take,
    `segment_conditions` once per segment, `denoise` at every step. `sample_height`, `sample_width`
    and `sample_frames` count latents. `fold_audio` trades memory of a segment's conditions
    (`CrossTokens`) for speed, with the same result but for rounding. `later_conditions` and
    `predict_difference` (from the portrait's latents) say what the weights were trained for; the
    pipeline acts on them. `audio_ahead` is how many frames earlier the speech is heard, for a VAE
    that gives changes back late. `distilled_steps` is the number of steps, without guidance, that
    distilled weights are for; 0 where they are not.
    """

    # Frames stay whole and each rank has a part of every frame, so that no rank needs another's
    # speech; the reference is shared out like the video.
    _cp_plan: Any = {  # noqa: RUF012  diffusers only reads it
        "rotary": {0: ContextParallelInput(split_dim=1, expected_dims=4, split_output=True)},
        "transformer_blocks.0": {
            "hidden_states": ContextParallelInput(split_dim=2, expected_dims=4),
            "encoder_hidden_states": ContextParallelInput(split_dim=1, expected_dims=3),
        },
        "transformer_blocks.*": {
            "reference": [ContextParallelInput(split_dim=1, expected_dims=4)] * 2
        },
        "proj_out": ContextParallelOutput(gather_dim=2, expected_dims=4),
    }

    @register_to_config  # type: ignore[untyped-decorator]  # diffusers
    def __init__(
        self,
        num_layers: int = 42,
        num_attention_heads: int = 48,
        attention_head_dim: int = 64,
        in_channels: int = 32,
        out_channels: int = 16,
        patch_size: int = 2,
        text_embed_dim: int = 4096,
        time_embed_dim: int = 512,
        max_text_seq_length: int = 226,
        sample_frames: int = 13,
        sample_height: int = 60,
        sample_width: int = 90,
        audio_blocks: int = 12,
        audio_channels: int = 768,
        audio_hidden_dim: int = 512,
        audio_tokens: int = 32,
        audio_token_dim: int = 768,
        audio_window: int = 5,
        face_embed_dim: int = 512,
        face_token_dim: int = 1024,
        face_tokens: int = 4,
        qk_norm_eps: float = 1e-6,
        norm_eps: float = 1e-5,
        later_conditions: str = "zeros",
        predict_difference: bool = False,
        audio_ahead: int = 0,
        distilled_steps: int = 0,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        if later_conditions not in LATER_CONDITIONS:
            raise ValueError(
                f"later_conditions is {later_conditions!r}: mend the transformer's config, "
                f"one of {', '.join(LATER_CONDITIONS)}"
            )
        self.add_embeddings()
        window_dim = audio_window * audio_blocks * audio_channels
        self.audio_proj = AudioProjection(
            window_dim, audio_hidden_dim, audio_tokens, audio_token_dim
        )
        self.face_proj = FaceProjection(face_embed_dim, face_tokens, face_token_dim)
        sources = {"face": face_token_dim, "audio": audio_token_dim}
        self.transformer_blocks = nn.ModuleList(
            self.new_block(sources=sources, last=layer == num_layers - 1)
            for layer in range(num_layers)
        )
        self.norm_final = nn.LayerNorm(self.dim, eps=norm_eps)
        self.norm_out = FinalNorm(time_embed_dim, self.dim, FINAL_NORM_EPS)
        self.proj_out = nn.Linear(self.dim, patch_size**2 * out_channels)
        folded_rows = 2 * num_layers * sample_frames * num_attention_heads * audio_tokens
        self.fold_audio = folded_rows * self.dim <= FOLDED_NUMBERS

    def forward(
        self,
        hidden_states: Tensor,
        timestep: Tensor,
        encoder_hidden_states: Tensor,
        audio_features: Tensor,
        face_embedding: Tensor,
        reference_bank: list[Tensor],
        return_dict: bool = True,
    ) -> Transformer2DModelOutput | tuple[Tensor]:
        """Noisy and condition latents [B, T, in_channels, h, w] at `timestep` [B] -> the prediction
        [B, T, out_channels, h, w]; the rest as in `take_conditions` and `segment_conditions`."""
        take = self.take_conditions(encoder_hidden_states, face_embedding, reference_bank)
        segment = self.segment_conditions(audio_features)
        sample = self.denoise(hidden_states, timestep, take, segment)
        return Transformer2DModelOutput(sample=sample) if return_dict else (sample,)

    def take_conditions(
        self,
        encoder_hidden_states: Tensor,
        face_embedding: Tensor,
        reference_bank: list[Tensor],
    ) -> TakeConditions:
        """Text [B, L, C], face [B or 1, E], and what each layer of the reference network saw,
        [B or 1, n, D]. A batch of one is the same for all."""
        face = self.face_proj(face_embedding).unsqueeze(1)
        layers = list(zip(self.layers, reference_bank, strict=True))
        return TakeConditions(
            text=self.patch_embed.text(encoder_hidden_states),
            faces=tuple(
                block.face_attn.tokens(face, block.attn1.norm_k, fold=True) for block, _ in layers
            ),
            references=tuple(block.attn1.key_value(seen) for block, seen in layers),
        )

    def segment_conditions(self, audio_features: Tensor) -> SegmentConditions:
        """Windows of speech features [B, pixel frames, window, blocks, channels]."""
        audio = self.audio_proj(audio_features)
        return SegmentConditions(
            audios=tuple(
                block.audio_attn.tokens(audio, block.attn1.norm_k, fold=self.fold_audio)
                for block in self.layers
            )
        )

    def denoise(
        self,
        hidden_states: Tensor,
        timestep: Tensor,
        take: TakeConditions,
        segment: SegmentConditions,
    ) -> Tensor:
        """Latents [B or 1, T, in_channels, h, w] at `timestep` [B or 1], B being that of the
        conditions -> [B, T, out_channels, h, w]. What the guidance pair has in common is computed
        once when it is given once."""
        self._check(hidden_states, segment)
        # 1. Tokens, and where they are in time and space
        temb = self.embedded_time(timestep, hidden_states.dtype)
        video, text = self.patch_embed(hidden_states, take.text.shape[1]), take.text
        rotary = self.rotations(hidden_states)

        # 2. Every layer sees the reference and the face, and hears its speech
        layers = zip(
            self.transformer_blocks, take.references, take.faces, segment.audios, strict=True
        )
        for block, *sources in layers:
            video, text = self.through(block, video, text, temb, rotary, *sources)

        # 3. Patches back to latents
        video = self.proj_out(self.norm_out(self.norm_final(video), temb))
        return self._latents(video, hidden_states.shape[-2])

    def _check(self, latents: Tensor, segment: SegmentConditions) -> None:
        heard = segment.audios[0].keys.shape[1]
        if heard != latents.shape[1]:
            raise ValueError(
                f"speech of {heard} latent frames for latents of {latents.shape[1]}: a segment of "
                "n latent frames hears 4(n - 1) + 1 pixel frames"
            )

    def _latents(self, video: Tensor, height: int) -> Tensor:
        patch = self.config["patch_size"]
        latents: Tensor = rearrange(
            video,
            "b t (y x) (c p q) -> b t c (y p) (x q)",
            y=height // patch,
            p=patch,
            q=patch,
        )
        return latents
