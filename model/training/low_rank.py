"""Low-rank additions to weights (Hu et al., LoRA, 2021), of which one set at a time is in force.

peft's adapters freeze each other when another becomes active; here a student and the network that
knows its samples stand on one frozen transformer and learn in the same step.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize


class LowRank(nn.Module):
    """weight + up @ down of the set in force; as it is where none is. `up` begins as zeros."""

    def __init__(self, weight: Tensor, rank: int, sets: Sequence[str], seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        rows, columns = weight.shape
        drawn = torch.randn(rank, columns, generator=generator) / columns**0.5
        self.down = nn.ParameterDict(
            {name: nn.Parameter(drawn.to(weight, copy=True)) for name in sets}
        )
        self.up = nn.ParameterDict(
            {name: nn.Parameter(weight.new_zeros(rows, rank)) for name in sets}
        )
        self.in_force: str | None = None

    def forward(self, weight: Tensor) -> Tensor:
        if self.in_force is None:
            return weight
        addition: Tensor = self.up[self.in_force] @ self.down[self.in_force]
        return weight + addition


class Additions:
    """Low-rank additions to those weights of a network that are matrices of linear layers."""

    def __init__(
        self, network: nn.Module, weights: Sequence[str], rank: int, sets: Sequence[str]
    ) -> None:
        self._added: dict[str, LowRank] = {}
        self._layers: dict[str, nn.Linear] = {}
        for seed, name in enumerate(sorted(weights)):
            place, _, leaf = name.rpartition(".")
            layer = network.get_submodule(place)
            if isinstance(layer, nn.Linear) and leaf == "weight":
                self._added[name] = LowRank(layer.weight, rank, sets, seed)
                self._layers[name] = layer
                parametrize.register_parametrization(layer, leaf, self._added[name])
        if not self._added:
            raise ValueError("low_rank adds to linear layers; `train` names none of their weights")

    @contextmanager
    def using(self, name: str | None) -> Iterator[None]:
        """The network with this set in force; with None as it was."""
        for added in self._added.values():
            added.in_force = name
        try:
            yield
        finally:
            for added in self._added.values():
                added.in_force = None

    def parameters_of(self, name: str) -> dict[str, nn.Parameter]:
        """What of a set learns, by the weight's name."""
        return {
            f"{weight}.{part}": parameters[name]
            for weight, added in self._added.items()
            for part, parameters in (("down", added.down), ("up", added.up))
        }

    @torch.no_grad()
    def merged(self, name: str) -> dict[str, Tensor]:
        """The weights that the set changed, with its additions in them."""
        with self.using(name):
            return {weight: layer.weight.clone() for weight, layer in self._layers.items()}
