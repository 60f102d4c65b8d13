"""The networks that a checkpoint's shapes tell of, built without memory: what must be filled."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKLCogVideoX

from model.convert.plan import ConversionPlan, Shape, Shapes, plan
from model.convert.rules import Table, prefixed
from model.convert.sizes import Geometry, condition_sizes, transformer_sizes
from model.convert.tables import NEIGHBOURS, PREFIX, TRANSFORMER, Part, reference, vae
from model.convert.vae_sizes import vae_levels, vae_sizes
from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel

ONLY_OF_THE_TRANSFORMER = {"out_channels"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network on torch's meta device, and the plan that fills it."""

    part: Part
    module: Any  # a diffusers ModelMixin, which is untyped
    plan: ConversionPlan

    def save_config(self, folder: Path) -> None:
        """Write config.json, as diffusers reads it."""
        self.module.save_config(folder)


def plan_transformers(originals: Shapes, geometry: Geometry) -> tuple[Network, Network]:
    """The main and the reference network of an engine's state dict.

    Raises `ConversionError` when a size cannot be told; what else is wrong stands in the plans.
    """
    sizes = asdict(transformer_sizes(originals, geometry))
    conditions = asdict(condition_sizes(originals, geometry))
    shared = {name: sizes[name] for name in sizes if name not in ONLY_OF_THE_TRANSFORMER}
    with torch.device("meta"):
        transformer = Hallo3Transformer3DModel(**sizes, **conditions)
        second = Hallo3ReferenceModel(**shared)
    table = reference(sizes["num_layers"])
    return (
        _network("transformer", transformer, TRANSFORMER, originals),
        _network("reference", second, table, originals, _whole(table, transformer)),
    )


def plan_vae(originals: Shapes, geometry: Geometry, *, prefix: str = "") -> Network:
    """The VAE of `3d-vae.pt`, or of an engine's state dict under `prefix`."""
    plain = {key.removeprefix(prefix): shape for key, shape in originals.items()}
    with torch.device("meta"):
        module: Any = AutoencoderKLCogVideoX(**asdict(vae_sizes(plain, geometry)))  # type: ignore[no-untyped-call]
    table = prefixed(prefix, vae(vae_levels(plain)))
    return Network(part="vae", module=module, plan=plan(table, originals, shapes_of(module)))


def plan_engine(originals: Shapes, geometry: Geometry, *, with_vae: bool) -> tuple[Network, ...]:
    """All networks of `mp_rank_00_model_states.pt`; its VAE only where it is wanted."""
    networks: tuple[Network, ...] = plan_transformers(originals, geometry)
    if not with_vae:
        return networks
    prefix = PREFIX["vae"]
    own = _under((prefix,), originals)
    return (*networks, plan_vae(own, geometry, prefix=prefix))


def neighbours(originals: Shapes, networks: Iterable[Network]) -> ConversionPlan:
    """What becomes of the keys of an engine's state dict that belong to none of `networks`."""
    taken = tuple(PREFIX[network.part] for network in networks)
    return plan(NEIGHBOURS, {k: s for k, s in originals.items() if not k.startswith(taken)}, {})


def shapes_of(module: torch.nn.Module) -> dict[str, Shape]:
    """Names and shapes of a network's weights."""
    return {key: tuple(tensor.shape) for key, tensor in module.state_dict().items()}


def _network(
    part: Part,
    module: torch.nn.Module,
    table: Table,
    originals: Shapes,
    dead: Shapes | None = None,
) -> Network:
    prefix = PREFIX[part]
    targets = dict(dead or {}) | shapes_of(module)
    made = plan(prefixed(prefix, table), _under((prefix,), originals), targets)
    return Network(part=part, module=module, plan=made)


def _under(prefixes: tuple[str, ...], originals: Shapes) -> dict[str, Shape]:
    return {key: shape for key, shape in originals.items() if key.startswith(prefixes)}


def _whole(table: Table, transformer: torch.nn.Module) -> dict[str, Shape]:
    """The dead weights of a table, with the shapes that the same weights have in `transformer`."""
    shapes = shapes_of(transformer)
    return {key: shape for key, shape in shapes.items() if table.reason_dead(key) is not None}
