"""State dicts in memory, from the original's names to ours and back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import torch
from torch import Tensor

from model.convert.errors import ConversionError, some
from model.convert.plan import Recipe, links, original_shapes, plan, target_shapes
from model.convert.rules import Table, bind
from model.convert.tables import Part, conversion_table

State = Mapping[str, Tensor]


def from_original(state: State, part: Part) -> dict[str, Tensor]:
    """The part's weights under our names, as views where that is possible.

    `state` has the original keys of this part alone, with the prefix they have in the engine's
    state dict (`model.diffusion_model.`, `ref_model.diffusion_model.`), the VAE's without one.
    Raises `ConversionError` for a key that no rule knows and for a fused weight whose parts are
    not all there; that the state is whole is for the network's strict `load_state_dict` to say.
    """
    layers = _count("{rest}.transformer.layers.{n}.input_layernorm.weight", state)
    levels = _count("encoder.down.{n}.block.0.conv1.conv.weight", state)
    table = conversion_table(part, layers=layers, levels=levels)
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    made = plan(table, shapes, target_shapes(table, shapes))
    if made.extra:
        raise ConversionError(f"these are no keys of the {part}: {some(made.extra)}")
    return {recipe.key: _join(recipe, state) for recipe in made.recipes}


def to_original(state: State, part: Part) -> dict[str, Tensor]:
    """The part's weights under the original's names: `from_original` undone, bit for bit.

    What was dropped does not come back. The reference network reads only two of the twelve vectors
    of its last layer's modulation and keeps six; the others come back as zeros.
    """
    layers = _count("transformer_blocks.{n}.norm1.norm.weight", state)
    levels = _count("encoder.down_blocks.{n}.resnets.0.conv1.conv.weight", state)
    table = conversion_table(part, layers=layers, levels=levels)
    state = {**state, **_dead_rows(table, state)}
    shapes = {key: tuple(tensor.shape) for key, tensor in state.items()}
    chain = links(table, shapes)
    blank = next(iter(state.values())).new_empty
    originals = {key: blank(shape) for key, shape in original_shapes(chain, shapes).items()}
    for link in chain:
        rows = state[link.target].narrow(0, link.target_start, link.rows)
        originals[link.original].narrow(0, link.original_start, link.rows).copy_(rows)
    return originals


def _count(pattern: str, state: State) -> int:
    return sum(bind(pattern, key) is not None for key in state)


def _join(recipe: Recipe, state: State) -> Tensor:
    rows = [state[p.key].narrow(0, p.start, p.stop - p.start) for p in recipe.pieces]
    return rows[0] if len(rows) == 1 else torch.cat(rows)


def _dead_rows(table: Table, state: State) -> dict[str, Tensor]:
    """Zeros for dead targets that share an original with a living one."""
    dead = {}
    for key, tensor in state.items():
        rule, fields = table.filling(key) or (None, {})
        names = Counter(rule.into if rule else ())
        for name in names:
            target = name.format(**fields)
            if target not in state and table.reason_dead(target):
                dead[target] = torch.zeros_like(tensor)
    return dead
