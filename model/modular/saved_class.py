"""What a folder keeps of blocks: the name of their class. So that is all that they may be."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from diffusers.modular_pipelines.modular_pipeline import ModularPipelineBlocks
from torch import Tensor

_OF_DIFFUSERS = {"sub_blocks", "_internal_dict", "_progress_bar_config"}
"""Attributes of a block that diffusers sets, compared otherwise or not at all."""

_ABSENT = object()


def import_of(kind: type) -> str:
    """The line that a folder holds in place of the class."""
    return f"from {kind.__module__} import {kind.__name__}\n"


def refuse_unsaved(blocks: ModularPipelineBlocks) -> None:
    """Raise `ValueError` where a folder would give back other blocks than these, with what differs
    and what to do."""
    kind = type(blocks)
    home = sys.modules.get(kind.__module__)
    if kind.__module__ == "__main__" or getattr(home, kind.__name__, None) is not kind:
        raise ValueError(
            f"a folder keeps the name of the blocks' class, and {kind.__qualname__} of "
            f"{kind.__module__} cannot be imported by it: write the class at the top of a module "
            "that is installed, or on the path, wherever the folder is loaded"
        )
    missing = [
        each.name
        for each in inspect.signature(kind).parameters.values()
        if each.default is each.empty and each.kind not in {each.VAR_POSITIONAL, each.VAR_KEYWORD}
    ]
    if missing:
        raise ValueError(
            f"a folder keeps the name of the blocks' class alone, and {kind.__name__} is asked for "
            f"{', '.join(missing)}: write a class that takes nothing"
        )
    changes = list(_changes(blocks, kind(), ()))
    if changes:
        raise ValueError(
            f"a folder keeps the name of the blocks' class, and {kind.__name__}() would give back "
            f"others than these: {'; '.join(changes)}. Write a class of your own with these "
            "`block_classes` and `block_names`, and save a pipeline of that (docs/modular.md)"
        )


def _changes(there: Any, made: Any, at: tuple[str, ...]) -> Iterator[str]:  # noqa: ANN401  # theirs
    """In words, what is otherwise in blocks than in those that their class has just made."""
    name = f"`{'.'.join(at)}`" if at else f"{type(made).__name__}()"
    if type(there) is not type(made):
        yield f"{name} is a {type(there).__name__}, not a {type(made).__name__}"
        return
    for attribute in sorted((vars(there).keys() | vars(made).keys()) - _OF_DIFFUSERS):
        if not _same(getattr(there, attribute, _ABSENT), getattr(made, attribute, _ABSENT)):
            yield f"{name} has another `{attribute}`"
    here, wanted = list(there.sub_blocks), list(made.sub_blocks)
    if sorted(here) == sorted(wanted) and here != wanted:
        yield f"{name} has another order: {', '.join(here)}"
    yield from (f"`{'.'.join([*at, each])}` is added" for each in here if each not in wanted)
    yield from (f"`{'.'.join([*at, each])}` is missing" for each in wanted if each not in here)
    for each in wanted:
        if each in here:
            yield from _changes(there.sub_blocks[each], made.sub_blocks[each], (*at, each))


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401  # whatever a block holds
    """Whether they are equal, as far as anybody can tell: what has no equality is another one."""
    if type(one) is not type(other):
        return False
    if isinstance(one, Tensor):
        return torch.equal(one, other)
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)
