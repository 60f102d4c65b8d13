"""Which parameters a stage trains: patterns over their names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from torch import nn

Networks = Mapping[str, nn.Module]
"""By the name of their component: `vae`, `transformer`, `reference`."""


def train_only(networks: Networks, patterns: Sequence[str]) -> dict[str, nn.Parameter]:
    """Only parameters `component.name` that a pattern fits will learn; they are returned.

    A pattern that begins with `!` takes out what earlier ones took in. `ValueError` names a
    pattern that fits nothing.
    """
    parameters = {
        f"{component}.{name}": parameter
        for component, network in networks.items()
        for name, parameter in network.named_parameters()
    }
    chosen = matching(list(parameters), patterns)
    for name, parameter in parameters.items():
        parameter.requires_grad_(name in chosen)
    return {name: parameter for name, parameter in parameters.items() if name in chosen}


def matching(names: Sequence[str], patterns: Sequence[str]) -> set[str]:
    """The names that the patterns choose, the last that fits deciding."""
    chosen: set[str] = set()
    for pattern in patterns:
        found = {name for name in names if fnmatchcase(name, pattern.removeprefix("!"))}
        if not found:
            raise ValueError(f"no parameter is called {pattern.removeprefix('!')!r}")
        chosen = chosen - found if pattern.startswith("!") else chosen | found
    return chosen
