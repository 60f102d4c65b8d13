"""The sizes of the networks, told by the shapes of the original tensors.

A size that stands in many tensors is what most of them say, so that one wrong tensor is found out
instead of making all others look wrong.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from model.convert.errors import ConversionError, some
from model.convert.plan import Shapes
from model.convert.rules import bind
from model.convert.tables import PREFIX

Evidence = tuple[tuple[str, int], ...]
"""Patterns of keys, each with the axis that has the size."""

AUDIO_WINDOW = 5

LAYER = "transformer.layers.{n}"
PROJ = "transformer.audio_proj"
HIDDEN: Evidence = (
    (f"{LAYER}.input_layernorm.{{p}}", 0),
    (f"{LAYER}.attention.dense.{{p}}", 0),
    ("transformer.final_layernorm.{p}", 0),
)
HEAD: Evidence = (
    ("mixins.adaln_layer.query_layernorm_list.{n}.{p}", 0),
    ("mixins.adaln_layer.key_layernorm_list.{n}.{p}", 0),
)
TIME: Evidence = (
    ("time_embed.0.{p}", 0),
    ("time_embed.2.{p}", 0),
    ("mixins.adaln_layer.adaLN_modulations.{n}.1.weight", 1),
)
PATCH: Evidence = (("mixins.patch_embed.proj.weight", 2), ("mixins.patch_embed.proj.weight", 3))
IN_CHANNELS: Evidence = (("mixins.patch_embed.proj.weight", 1),)
OUT_ROWS: Evidence = (("mixins.final_layer.linear.{p}", 0),)
TEXT: Evidence = (("mixins.patch_embed.text_proj.weight", 1),)
POSITIONS: Evidence = (("mixins.pos_embed.pos_embedding", 1),)
ROTATIONS: Evidence = (
    ("mixins.pos_embed.freqs_sin", 0),
    ("mixins.pos_embed.freqs_cos", 0),
)
AUDIO_IN: Evidence = ((f"{PROJ}.proj1.weight", 1),)
AUDIO_HIDDEN: Evidence = (
    (f"{PROJ}.proj1.{{p}}", 0),
    (f"{PROJ}.proj2.{{p}}", 0),
    (f"{PROJ}.proj3.weight", 1),
)
AUDIO_OUT: Evidence = ((f"{PROJ}.proj3.{{p}}", 0), (f"{PROJ}.conv1.{{p}}", 0))
AUDIO_TOKEN: Evidence = (
    (f"{PROJ}.norm.{{p}}", 0),
    (f"{LAYER}.audio_attn.key_value.weight", 1),
)
FACE_IN: Evidence = (("transformer.face_proj.proj.weight", 1),)
FACE_OUT: Evidence = (("transformer.face_proj.proj.{p}", 0),)
FACE_TOKEN: Evidence = (
    ("transformer.face_proj.norm.{p}", 0),
    (f"{LAYER}.face_attn.key_value.weight", 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Geometry:
    """What the shapes of a checkpoint cannot tell: the latent grid it was trained on, and how its
    audio input splits into encoder blocks and channels (None: what the blocks leave)."""

    latent_frames: int = 13
    latent_height: int = 60
    latent_width: int = 90
    audio_blocks: int = 12
    audio_channels: int | None = None

    def __post_init__(self) -> None:
        given = (
            self.latent_frames,
            self.latent_height,
            self.latent_width,
            self.audio_blocks,
            1 if self.audio_channels is None else self.audio_channels,
        )
        if min(given) < 1:
            raise ConversionError(
                f"the sizes of the latents and of the audio must be positive, not {given}"
            )

    def video_tokens(self, patch: int) -> int:
        return self.latent_frames * (self.latent_height // patch) * (self.latent_width // patch)


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerSizes:
    """The configuration shared by both networks; field names are the config's."""

    num_layers: int
    num_attention_heads: int
    attention_head_dim: int
    in_channels: int
    out_channels: int
    patch_size: int
    text_embed_dim: int
    time_embed_dim: int
    max_text_seq_length: int
    sample_frames: int
    sample_height: int
    sample_width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionSizes:
    """The configuration of audio and face, which only the main network has."""

    audio_blocks: int
    audio_channels: int
    audio_hidden_dim: int
    audio_tokens: int
    audio_token_dim: int
    face_embed_dim: int
    face_token_dim: int
    face_tokens: int
    audio_window: int = AUDIO_WINDOW


def size(name: str, evidence: Evidence, originals: Shapes) -> int:
    """What most of the tensors say.

    Raises `ConversionError` when none does, or when as many say one thing as another.
    """
    votes: dict[int, list[str]] = defaultdict(list)
    for key, value in _votes(evidence, originals):
        votes[value].append(key)
    if not votes:
        raise ConversionError(f"nothing tells the {name}: no key like {evidence[0][0]}")
    ranked = sorted(votes.items(), key=lambda vote: -len(vote[1]))
    if len(ranked) > 1 and len(ranked[0][1]) == len(ranked[1][1]):
        said = "; ".join(f"{value} by {some(keys)}" for value, keys in ranked[:2])
        raise ConversionError(f"the keys do not agree on the {name}: {said}")
    return ranked[0][0]


def _votes(evidence: Evidence, originals: Shapes) -> Iterator[tuple[str, int]]:
    for key, shape in originals.items():
        local = _without_prefix(key)
        for pattern, axis in evidence:
            if axis < len(shape) and bind(pattern, local) is not None:
                yield key, shape[axis]


def _without_prefix(key: str) -> str:
    return key.removeprefix(PREFIX["reference"]).removeprefix(PREFIX["transformer"])


def layers(originals: Shapes) -> int:
    """How many layers most of the patterns have, in the network that has more of them."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for key in originals:
        for prefix in (PREFIX["transformer"], PREFIX["reference"]):
            fields = bind(prefix + LAYER + ".{rest}", key)
            if fields is not None:
                found[prefix, fields["rest"]] += 1
    counts: dict[str, list[int]] = defaultdict(list)
    for (prefix, _), count in found.items():
        counts[prefix].append(count)
    if not counts:
        raise ConversionError("there are no transformer layers in it")
    return max(max(sorted(of), key=of.count) for of in counts.values())


def transformer_sizes(originals: Shapes, geometry: Geometry) -> TransformerSizes:
    """Read the sizes from the engine's `originals` (keys with the networks' prefixes)."""
    hidden, head = size("width", HIDDEN, originals), size("width of a head", HEAD, originals)
    patch = size("patch size", PATCH, originals)
    return TransformerSizes(
        num_layers=layers(originals),
        num_attention_heads=whole("width", hidden, head, "the width of a head"),
        attention_head_dim=head,
        in_channels=size("number of input channels", IN_CHANNELS, originals),
        out_channels=whole(
            "output rows", size("number of output rows", OUT_ROWS, originals), patch**2, "a patch"
        ),
        patch_size=patch,
        text_embed_dim=size("width of the text", TEXT, originals),
        time_embed_dim=size("width of the time embedding", TIME, originals),
        max_text_seq_length=_text_length(originals, patch, geometry),
        sample_frames=geometry.latent_frames,
        sample_height=geometry.latent_height,
        sample_width=geometry.latent_width,
    )


def condition_sizes(originals: Shapes, geometry: Geometry) -> ConditionSizes:
    """Read the sizes of audio and face from the engine's `originals`."""
    audio_in = size("audio input", AUDIO_IN, originals)
    audio_token = size("width of an audio token", AUDIO_TOKEN, originals)
    face_token = size("width of a face token", FACE_TOKEN, originals)
    audio_out, face_out = (
        size("audio projection", AUDIO_OUT, originals),
        size("face projection", FACE_OUT, originals),
    )
    return ConditionSizes(
        audio_blocks=geometry.audio_blocks,
        audio_channels=_audio_channels(audio_in, geometry),
        audio_hidden_dim=size("width inside the audio projection", AUDIO_HIDDEN, originals),
        audio_tokens=whole("audio projection", audio_out, audio_token, "the width of a token"),
        audio_token_dim=audio_token,
        face_embed_dim=size("face embedding", FACE_IN, originals),
        face_token_dim=face_token,
        face_tokens=whole("face projection", face_out, face_token, "the width of a token"),
    )


def whole(name: str, total: int, part: int, of: str) -> int:
    """`total` divided by `part`, which must leave nothing."""
    if part < 1 or total % part:
        raise ConversionError(f"the {name} of {total} is no multiple of {of}, {part}")
    return total // part


def _text_length(originals: Shapes, patch: int, geometry: Geometry) -> int:
    """Positions that the video leaves to the text; both share one table."""
    positions = size("number of positions", POSITIONS, originals)
    video = geometry.video_tokens(patch)
    told = (
        size("number of video tokens", ROTATIONS, originals) if _has_rotations(originals) else video
    )
    if positions <= video or told != video:
        made_for = f"{told} video tokens" if told != video else f"{positions} positions in all"
        raise ConversionError(
            f"the checkpoint was made for {made_for}; {geometry.latent_frames} latent frames of "
            f"{geometry.latent_height}x{geometry.latent_width} have {video}: "
            "say what it was made for with latent_frames, latent_height and latent_width"
        )
    return positions - video


def _has_rotations(originals: Shapes) -> bool:
    return next(_votes(ROTATIONS, originals), None) is not None


def _audio_channels(audio_in: int, geometry: Geometry) -> int:
    rest = AUDIO_WINDOW * geometry.audio_blocks
    channels = audio_in // rest if geometry.audio_channels is None else geometry.audio_channels
    if channels * rest != audio_in:
        raise ConversionError(
            f"{AUDIO_IN[0][0]} takes {audio_in} inputs, which are not {AUDIO_WINDOW} frames x "
            f"{geometry.audio_blocks} blocks x {channels} channels; say how they split: "
            "audio_blocks, audio_channels"
        )
    return channels
