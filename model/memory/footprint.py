"""How much memory Hallo3's parts need on a card, in bfloat16 with guidance.

Weights are counted; activations are the largest sums of live tensors, measured by running the
networks without data (tests/model/memory/test_offload.py does it again).
"""

from __future__ import annotations

from dataclasses import dataclass

HALF_BYTES, FULL_BYTES, EIGHTH_BYTES = 2, 4, 1
"""Bytes of a number in bfloat16, float32 and float8."""

DENOISE_TENSORS = 14
"""Token tensors of the guidance pair that live at once: four of them in the MLP, twice."""

DECODE_TENSORS = 184
"""Frames of the decoder's first width that live at once: a batch of 8 frames after one of 9."""

TILE_SHARE = 0.27
"""Of the decoder's need when it works in quarters that overlap."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSize:
    """Parameters by part, and the shapes that decide how large activations are.

    `largest_layer` is the transformer's largest single layer; `resident` are its parameters that
    stay on the card when layers are offloaded, `unrounded` those that are not stored in float8.
    """

    transformer: int
    largest_layer: int
    resident: int
    unrounded: int
    reference: int
    vae: int
    text_encoder: int
    speech_encoder: int
    layers: int
    hidden: int
    heads: int
    text_tokens: int
    audio_tokens: int
    latent_frames: int
    latent_height: int
    latent_width: int
    vae_width: int
    folded_audio: bool = False

    @property
    def tokens_a_frame(self) -> int:
        return self.latent_height * self.latent_width // 4

    @property
    def tokens(self) -> int:
        return self.text_tokens + self.latent_frames * self.tokens_a_frame


def transformer_bytes(size: ModelSize, *, offloaded: bool, float8: bool) -> int:
    """Weights of the transformer that stay on the card."""
    if offloaded:
        return size.resident * HALF_BYTES
    rounded = size.transformer - size.unrounded if float8 else 0
    return rounded * EIGHTH_BYTES + (size.transformer - rounded) * HALF_BYTES


def reference_bytes(size: ModelSize, *, offloaded: bool) -> int:
    """Weights of the reference network on the card: when its layers are offloaded, little more than
    its positional embedding."""
    resident = size.tokens * size.hidden
    return (resident if offloaded else size.reference) * HALF_BYTES


def reference_cache_bytes(size: ModelSize) -> int:
    """Keys and values of the reference in every layer; 697 MB at full size."""
    return size.layers * size.tokens_a_frame * 2 * size.hidden * HALF_BYTES


def audio_cache_bytes(size: ModelSize) -> int:
    """Keys and values of a segment's speech in every layer, for both halves of the guidance; when
    folded, each value is as wide as the hidden state for every head."""
    rows = size.heads if size.folded_audio else 1
    tokens = 2 * size.layers * size.latent_frames * size.audio_tokens
    return tokens * (1 + rows) * size.hidden * HALF_BYTES


def denoise_bytes(size: ModelSize) -> int:
    """Activations of one guided step with fused attention (no score matrix)."""
    return DENOISE_TENSORS * 2 * size.tokens * size.hidden * HALF_BYTES


def decode_bytes(size: ModelSize, *, tiled: bool) -> int:
    """Activations of decoding a segment."""
    pixels = 8 * size.latent_height * 8 * size.latent_width
    whole = DECODE_TENSORS * size.vae_width * pixels * HALF_BYTES
    return int(whole * TILE_SHARE) if tiled else whole
