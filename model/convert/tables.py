"""Every key of the original checkpoints and what it becomes (docs/hallo3.md, "The keys")."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

from model.convert.rules import Drop, Rename, Rule, SplitRule, Table, prefixed

Part = Literal["transformer", "reference", "vae"]

PREFIX: Final[dict[Part, str]] = {
    "transformer": "model.diffusion_model.",
    "reference": "ref_model.diffusion_model.",
    "vae": "first_stage_model.",
}
"""Where each network stands in the engine's state dict; `3d-vae.pt` itself has no prefix."""

ORIGINAL_BLOCK, BLOCK = "transformer.layers.{n}", "transformer_blocks.{n}"
ORIGINAL_MODULATION = "mixins.adaln_layer"


def _qkv(attention: str) -> tuple[str, ...]:
    return tuple(f"{BLOCK}.{attention}.{to}.{{p}}" for to in ("to_q", "to_k", "to_v"))


EMBEDDINGS: tuple[Rule, ...] = (
    Rename("mixins.pos_embed.pos_embedding", "patch_embed.pos_embedding"),
    Rename("mixins.patch_embed.proj.{p}", "patch_embed.proj.{p}"),
    Rename("mixins.patch_embed.text_proj.{p}", "patch_embed.text_proj.{p}"),
    Rename("time_embed.0.{p}", "time_embedding.linear_1.{p}"),
    Rename("time_embed.2.{p}", "time_embedding.linear_2.{p}"),
)

# Original order of the twelve vectors: video-attention, video-MLP, text-attention, text-MLP,
# three each. The first norm gets both attention thirds, the second both MLP thirds.
NORM_1, NORM_2 = f"{BLOCK}.norm1.linear.{{p}}", f"{BLOCK}.norm2.linear.{{p}}"

BLOCKS: tuple[Rule, ...] = (
    SplitRule(
        f"{ORIGINAL_MODULATION}.adaLN_modulations.{{n}}.1.{{p}}", (NORM_1, NORM_2, NORM_1, NORM_2)
    ),
    Rename(
        f"{ORIGINAL_MODULATION}.query_layernorm_list.{{n}}.{{p}}", f"{BLOCK}.attn1.norm_q.{{p}}"
    ),
    Rename(f"{ORIGINAL_MODULATION}.key_layernorm_list.{{n}}.{{p}}", f"{BLOCK}.attn1.norm_k.{{p}}"),
    Rename(f"{ORIGINAL_BLOCK}.input_layernorm.{{p}}", f"{BLOCK}.norm1.norm.{{p}}"),
    Rename(f"{ORIGINAL_BLOCK}.post_attention_layernorm.{{p}}", f"{BLOCK}.norm2.norm.{{p}}"),
    SplitRule(f"{ORIGINAL_BLOCK}.attention.query_key_value.{{p}}", _qkv("attn1")),
    Rename(f"{ORIGINAL_BLOCK}.attention.dense.{{p}}", f"{BLOCK}.attn1.to_out.0.{{p}}"),
    Rename(f"{ORIGINAL_BLOCK}.mlp.dense_h_to_4h.{{p}}", f"{BLOCK}.ff.net.0.proj.{{p}}"),
    Rename(f"{ORIGINAL_BLOCK}.mlp.dense_4h_to_h.{{p}}", f"{BLOCK}.ff.net.2.{{p}}"),
)

HEAD: tuple[Rule, ...] = (
    Rename("transformer.final_layernorm.{p}", "norm_final.{p}"),
    Rename("mixins.final_layer.norm_final.{p}", "norm_out.norm.{p}"),
    Rename("mixins.final_layer.adaLN_modulation.1.{p}", "norm_out.linear.{p}"),
    Rename("mixins.final_layer.linear.{p}", "proj_out.{p}"),
)


def _condition(name: str) -> tuple[Rule, ...]:
    """The cross-attention of every block to the face or to the audio."""
    query, key, value = _qkv(f"{name}_attn")
    return (
        Rename(f"{ORIGINAL_BLOCK}.{name}_input_layernorm.{{p}}", f"{BLOCK}.norm_{name}.{{p}}"),
        Rename(f"{ORIGINAL_BLOCK}.{name}_attn.query.{{p}}", query),
        SplitRule(f"{ORIGINAL_BLOCK}.{name}_attn.key_value.{{p}}", (key, value)),
        Rename(f"{ORIGINAL_BLOCK}.{name}_attn.dense.{{p}}", f"{BLOCK}.{name}_attn.to_out.0.{{p}}"),
    )


CONDITIONS: tuple[Rule, ...] = (
    *(
        Rename(f"transformer.audio_proj.proj{i}.{{p}}", f"audio_proj.proj_{i}.{{p}}")
        for i in (1, 2, 3)
    ),
    Rename("transformer.audio_proj.conv1.{p}", "audio_proj.conv.{p}"),
    Rename("transformer.audio_proj.norm.{p}", "audio_proj.norm.{p}"),
    Rename("transformer.face_proj.proj.{p}", "face_proj.proj.{p}"),
    Rename("transformer.face_proj.norm.{p}", "face_proj.norm.{p}"),
    *_condition("face"),
    *_condition("audio"),
)

LEFTOVERS: tuple[Drop, ...] = (
    Drop("mixins.pos_embed.freqs_sin", "rotation tables are computed in float32"),
    Drop("mixins.pos_embed.freqs_cos", "rotation tables are computed in float32"),
    Drop("transformer.position_embeddings.weight", "a leftover that no computation reads"),
)

TRANSFORMER: Final = Table(
    rules=(*EMBEDDINGS, *BLOCKS, *HEAD, *CONDITIONS),
    drops=LEFTOVERS,
)


@cache
def reference(layers: int) -> Table:
    """The reference network ends with its last layer's first norm: that is all anybody reads."""
    last = tuple(
        name.replace("{n}", str(layers - 1))
        for rule in BLOCKS
        for name in dict.fromkeys(rule.into)
        if ".norm1." not in name
    )
    head = tuple(name for rule in HEAD for name in rule.into)
    return Table(
        rules=(*EMBEDDINGS, *BLOCKS, *HEAD),
        drops=LEFTOVERS,
        dead=(
            *(
                Drop(name, "comes after the last thing the reference network gives")
                for name in last
            ),
            *(Drop(name, "the reference network's own prediction is not used") for name in head),
        ),
    )


NEIGHBOURS: Final = Table(
    rules=(),
    drops=(
        Drop("conditioner.{rest}", "the text encoder has a folder of its own"),
        Drop("first_stage_model.{rest}", "the VAE has a file of its own"),
    ),
)
"""What else the engine's state dict may hold."""


@cache
def vae(levels: int) -> Table:
    """The causal 3D VAE with `levels` resolutions; its decoder counts them from the other end."""
    halves = (("encoder", "down", range(levels)), ("decoder", "up", range(levels - 1, -1, -1)))
    rules = [rule for half, way, order in halves for rule in _half(half, way, order)]
    return Table(rules=tuple(rules), drops=(Drop("loss.{rest}", "the VAE's training loss"),))


def _half(half: str, way: str, order: range) -> list[Rule]:
    ends = [Rename(f"{half}.{end}.conv.{{p}}", f"{half}.{end}.conv.{{p}}") for end in ENDS]
    rules: list[Rule] = [*ends, *_norm(half, f"{half}.norm_out", f"{half}.norm_out")]
    for i in (0, 1):
        rules += _resnet(half, f"{half}.mid.block_{i + 1}", f"{half}.mid_block.resnets.{i}")
    for level, place in enumerate(order):
        original, target = f"{half}.{way}.{level}", f"{half}.{way}_blocks.{place}"
        rules += _resnet(half, f"{original}.block.{{m}}", f"{target}.resnets.{{m}}")
        sample = f"{way}sample"
        rules.append(Rename(f"{original}.{sample}.conv.{{p}}", f"{target}.{sample}rs.0.conv.{{p}}"))
    return rules


ENDS = ("conv_in", "conv_out")
SPATIAL_NORM = ("norm_layer", "conv_y.conv", "conv_b.conv")


def _norm(half: str, original: str, target: str) -> list[Rule]:
    """A group norm; the decoder's also sees the latents."""
    parts = [""] if half == "encoder" else [f".{part}" for part in SPATIAL_NORM]
    return [Rename(f"{original}{part}.{{p}}", f"{target}{part}.{{p}}") for part in parts]


def _resnet(half: str, original: str, target: str) -> list[Rule]:
    norms = [
        rule
        for norm in ("norm1", "norm2")
        for rule in _norm(half, f"{original}.{norm}", f"{target}.{norm}")
    ]
    convolutions = [
        Rename(f"{original}.{name}.conv.{{p}}", f"{target}.{name}.conv.{{p}}")
        for name in ("conv1", "conv2")
    ]
    shortcut = Rename(f"{original}.nin_shortcut.{{p}}", f"{target}.conv_shortcut.{{p}}")
    return [*norms, *convolutions, shortcut]


def conversion_table(part: Part, *, layers: int, levels: int) -> Table:
    """The part's table with originals as they stand in the file that usually holds them."""
    if part == "vae":
        return vae(levels)
    return prefixed(PREFIX[part], TRANSFORMER if part == "transformer" else reference(layers))
