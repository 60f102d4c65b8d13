"""The original's weights under our names: a second, literal reading of its key table."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel
from tests.golden_tensors import golden

PLACES = {
    "mixins.pos_embed.pos_embedding": "patch_embed.pos_embedding",
    "mixins.patch_embed.proj": "patch_embed.proj",
    "mixins.patch_embed.text_proj": "patch_embed.text_proj",
    "mixins.final_layer.norm_final": "norm_out.norm",
    "mixins.final_layer.linear": "proj_out",
    "mixins.final_layer.adaLN_modulation.1": "norm_out.linear",
    "transformer.final_layernorm": "norm_final",
    "transformer.audio_proj.proj1": "audio_proj.proj_1",
    "transformer.audio_proj.proj2": "audio_proj.proj_2",
    "transformer.audio_proj.proj3": "audio_proj.proj_3",
    "transformer.audio_proj.conv1": "audio_proj.conv",
    "transformer.audio_proj.norm": "audio_proj.norm",
    "transformer.face_proj.proj": "face_proj.proj",
    "transformer.face_proj.norm": "face_proj.norm",
    "time_embed.0": "time_embedding.linear_1",
    "time_embed.2": "time_embedding.linear_2",
    "input_layernorm": "norm1.norm",
    "post_attention_layernorm": "norm2.norm",
    "face_input_layernorm": "norm_face",
    "audio_input_layernorm": "norm_audio",
    "attention.dense": "attn1.to_out.0",
    "face_attn.query": "face_attn.to_q",
    "face_attn.dense": "face_attn.to_out.0",
    "audio_attn.query": "audio_attn.to_q",
    "audio_attn.dense": "audio_attn.to_out.0",
    "mlp.dense_h_to_4h": "ff.net.0.proj",
    "mlp.dense_4h_to_h": "ff.net.2",
    "adaln_layer.query_layernorm_list": "attn1.norm_q",
    "adaln_layer.key_layernorm_list": "attn1.norm_k",
}
LAYER = re.compile(r"transformer\.layers\.(\d+)\.(.+)|mixins\.(adaln_layer\.\w+)\.(\d+)(?:\.1)?()")


def official_weights(prefix: str) -> dict[str, Tensor]:
    """Weights of the golden checkpoint, `prefix` being `model` or `ref_model`."""
    start = f"{prefix}.diffusion_model."
    ours: dict[str, Tensor] = {}
    for key, tensor in golden("state_dict_dit").items():
        if key.startswith(start):
            place, _, kind = key.removeprefix(start).rpartition(".")
            ours |= {f"{name}.{kind}": part for name, part in _placed(place, kind, tensor)}
    ours["patch_embed.pos_embedding"] = ours.pop("patch_embed.pos_embedding.pos_embedding")
    return ours


def _placed(place: str, kind: str, tensor: Tensor) -> list[tuple[str, Tensor]]:
    if kind in {"freqs_sin", "freqs_cos"} or place == "transformer.position_embeddings":
        return []
    if kind == "pos_embedding":
        return [("patch_embed.pos_embedding", tensor)]
    layer = LAYER.fullmatch(place)
    if layer is None:
        return [(PLACES[place], tensor)]
    number, name = (layer[1], layer[2]) if layer[1] else (layer[4], layer[3])
    return [(f"transformer_blocks.{number}.{to}", part) for to, part in _in_layer(name, tensor)]


def _in_layer(name: str, tensor: Tensor) -> list[tuple[str, Tensor]]:
    if name == "attention.query_key_value":
        query, key, value = tensor.chunk(3)
        return [("attn1.to_q", query), ("attn1.to_k", key), ("attn1.to_v", value)]
    if name.endswith("key_value"):
        key, value = tensor.chunk(2)
        owner = name.removesuffix(".key_value")
        return [(f"{owner}.to_k", key), (f"{owner}.to_v", value)]
    if name == "adaln_layer.adaLN_modulations":
        video, video_mlp, text, text_mlp = tensor.chunk(4)
        halves = torch.cat([video, text]), torch.cat([video_mlp, text_mlp])
        return [("norm1.linear", halves[0]), ("norm2.linear", halves[1])]
    return [(PLACES[name], tensor)]


GOLDEN_SIZES = {
    "num_layers": 3,
    "num_attention_heads": 2,
    "attention_head_dim": 64,
    "text_embed_dim": 32,
    "time_embed_dim": 32,
    "max_text_seq_length": 10,
    "sample_frames": 5,
    "sample_height": 8,
    "sample_width": 12,
}
GOLDEN_CONDITIONS = {
    "audio_blocks": 3,
    "audio_channels": 16,
    "audio_hidden_dim": 24,
    "audio_tokens": 4,
    "audio_token_dim": 20,
    "face_embed_dim": 24,
    "face_token_dim": 28,
}


def official_transformer() -> Hallo3Transformer3DModel:
    transformer = Hallo3Transformer3DModel(**GOLDEN_SIZES, **GOLDEN_CONDITIONS)
    transformer.load_state_dict(official_weights("model"))
    return transformer.eval()


def official_reference() -> Hallo3ReferenceModel:
    """All but what no bank depends on (docs/hallo3.md, "The reference network")."""
    reference = Hallo3ReferenceModel(**GOLDEN_SIZES)
    weights = official_weights("ref_model")
    missing, unexpected = reference.load_state_dict(weights, strict=False)
    dead = ("norm_final", "norm_out", "proj_out", "transformer_blocks.2")
    assert not missing
    assert all(key.startswith(dead) for key in unexpected)
    return reference.eval()
