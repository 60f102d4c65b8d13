"""The memory profiles: what a take needs on a card in each, which fits, and which keep the bits.

A profile's need is that of the hungriest moment of a take: text, reference, denoising or decoding.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from model.memory.footprint import (
    FULL_BYTES,
    HALF_BYTES,
    ModelSize,
    audio_cache_bytes,
    decode_bytes,
    denoise_bytes,
    reference_bytes,
    reference_cache_bytes,
    transformer_bytes,
)

RESERVE_BYTES = 2 * 1024**3
"""The driver's context, the libraries' workspaces and what fragmentation wastes."""

HALLO3_5B = ModelSize(
    transformer=8_921_057_344,
    largest_layer=1_207_984_128,
    resident=56_062_976,
    unrounded=866_269_248,
    reference=5_498_990_848,
    vae=215_583_907,
    text_encoder=4_762_310_656,
    speech_encoder=94_371_712,
    layers=42,
    hidden=3072,
    heads=48,
    text_tokens=226,
    audio_tokens=32,
    latent_frames=13,
    latent_height=60,
    latent_width=90,
    vae_width=128,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryProfile:
    """What is done so that a take fits (`apply_profile` does it): each option trades speed, and
    two of them bits."""

    name: str
    conditioning_freed: bool = False
    layers_offloaded: bool = False
    float8_weights: bool = False
    tiled_decode: bool = False

    @property
    def same_bits(self) -> bool:
        """Whether frames equal those of a card with room for everything. Moving weights does not
        change them; rounding them to float8 and decoding in tiles does."""
        return not (self.float8_weights or self.tiled_decode)

    @property
    def layers_pass(self) -> bool:
        """Whether a layer's weights exist in bfloat16 on the card only while it computes."""
        return self.layers_offloaded or self.float8_weights


ROOMY = MemoryProfile(name="roomy")
FREED = MemoryProfile(name="freed", conditioning_freed=True)
OFFLOADED = MemoryProfile(name="offloaded", conditioning_freed=True, layers_offloaded=True)
FLOAT8 = MemoryProfile(
    name="float8", conditioning_freed=True, float8_weights=True, tiled_decode=True
)
PROFILES = (ROOMY, FREED, FLOAT8, OFFLOADED)
"""Fastest first. At full size they are for cards of 80, 48, 24 and 24 GB."""

NAMED = {profile.name: profile for profile in PROFILES}


def thrifty(name: str) -> str:
    """The profile that needs least among those with the bits of the one named; "" names none, which
    stands for the fastest that fits and keeps the bits."""
    return name if name and not NAMED[name].same_bits else OFFLOADED.name


class Need(NamedTuple):
    """Bytes on the card at each moment of a take."""

    text: int
    reference: int
    denoise: int
    decode: int

    @property
    def peak(self) -> int:
        return max(self)


def need(size: ModelSize, profile: MemoryProfile) -> Need:
    """What a take needs on the card, in bfloat16 with guidance."""
    text = size.text_encoder * HALF_BYTES
    reference = reference_bytes(size, offloaded=profile.layers_offloaded)
    kept = RESERVE_BYTES + _transformer_bytes(size, profile)
    kept += size.vae * HALF_BYTES + size.speech_encoder * FULL_BYTES
    if not profile.conditioning_freed:
        kept += text + reference
        text = reference = 0
    bank = reference_cache_bytes(size) // 2
    conditions = reference_cache_bytes(size) + audio_cache_bytes(size)
    passing = size.largest_layer * HALF_BYTES if profile.layers_pass else 0
    return Need(
        text=kept + text,
        reference=kept + reference + bank + reference_cache_bytes(size),
        denoise=kept + conditions + passing + denoise_bytes(size),
        decode=kept + conditions + decode_bytes(size, tiled=profile.tiled_decode),
    )


def _transformer_bytes(size: ModelSize, profile: MemoryProfile) -> int:
    return transformer_bytes(
        size, offloaded=profile.layers_offloaded, float8=profile.float8_weights
    )


def profile_for(size: ModelSize, card_bytes: int, *, same_bits: bool = True) -> MemoryProfile:
    """The fastest profile that fits, among those with the same bits unless told otherwise."""
    allowed = [profile for profile in PROFILES if profile.same_bits or not same_bits]
    for profile in allowed:
        if need(size, profile).peak <= card_bytes:
            return profile
    least = min(need(size, profile).peak for profile in allowed)
    raise ValueError(
        f"the card has {card_bytes / 1024**3:.1f} GiB; the thriftiest allowed memory profile"
        f" needs {least / 1024**3:.1f} GiB"
    )
