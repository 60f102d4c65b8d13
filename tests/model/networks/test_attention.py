"""The folded output projection of face and speech attention, in the formats that round."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from model.networks.attention import CrossAttention

DIM, TOKEN_DIM, HEADS = 64, 32, 16


def an_attention(bias: float) -> CrossAttention:
    torch.manual_seed(3)
    layer = CrossAttention(DIM, TOKEN_DIM, HEADS)
    nn.init.constant_(layer.to_out[0].bias, bias)
    return layer


def values_of(layer: CrossAttention, tokens: torch.Tensor) -> torch.Tensor:
    """[b, g, tokens, heads, c]"""
    return layer.to_v(tokens).unflatten(-1, (HEADS, -1))


def projected(layer: CrossAttention, values: torch.Tensor) -> torch.Tensor:
    """Each head's values through its own part of the projection, without bias: [b, g, h, m, D]."""
    weight = layer.to_out[0].weight.float().unflatten(1, (HEADS, -1))
    return torch.einsum("bgmhc,dhc->bghmd", values.float(), weight)


@torch.no_grad()
@pytest.mark.parametrize("bias", [0.0, 3.0])
def test_each_heads_values_pass_through_its_own_part_of_the_projection(bias: float) -> None:
    layer, tokens = an_attention(bias), torch.randn(1, 2, 4, TOKEN_DIM)
    folded = layer.tokens(tokens, nn.Identity(), fold=True).values.unflatten(2, (HEADS, 4))
    wanted = projected(layer, values_of(layer, tokens)) + bias / HEADS
    assert torch.allclose(folded, wanted, atol=1e-5)


@torch.no_grad()
def test_in_bfloat16_small_values_survive_a_large_bias() -> None:
    """Values of 0.01 with a bias of 8, whose neighbours in bfloat16 lie 0.03 away: scaled up, they
    lose only what their sum with the head's share of the bias, 0.5, rounds away."""
    layer = an_attention(8.0).bfloat16()
    values = values_of(layer, torch.randn(1, 2, 4, TOKEN_DIM).bfloat16() * 0.02)
    folded = layer._folded(values).float().unflatten(2, (HEADS, 4))
    error = (folded - 8.0 / HEADS - projected(layer, values)).abs().max()
    assert error < 0.004
