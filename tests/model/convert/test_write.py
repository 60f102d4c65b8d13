"""The streaming writer against the library's own reader."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from torch import Tensor

from model.convert.errors import ConversionError
from model.convert.plan import Recipe, RowRange, Shape
from model.convert.write import Tensors, write_tensors

DTYPES = st.sampled_from([torch.float32, torch.float16, torch.bfloat16])
SHAPES = st.lists(st.integers(1, 5), min_size=1, max_size=4).map(tuple)


class InMemory:
    """Weights that are simply there."""

    name = "memory"

    def __init__(self, tensors: Mapping[str, Tensor]) -> None:
        self.tensors = tensors
        self.shapes: dict[str, Shape] = {key: tuple(t.shape) for key, t in tensors.items()}
        self.dtypes = {key: t.dtype for key, t in tensors.items()}

    def rows(self, key: str, start: int, stop: int) -> Tensor:
        return self.tensors[key][start:stop]


@settings(max_examples=40, deadline=None)
@given(
    shapes=st.lists(SHAPES, min_size=1, max_size=6),
    dtype=DTYPES,
    shard_bytes=st.sampled_from([1, 100, 10_000]),
)
def test_what_is_written_is_read_back(
    shapes: list[Shape], dtype: torch.dtype, shard_bytes: int
) -> None:
    tensors = {
        f"{place}.w": torch.arange(torch.Size(shape).numel()).reshape(shape).to(dtype) - 3
        for place, shape in enumerate(shapes)
    }
    whole = [
        Recipe(key=key, shape=tuple(t.shape), pieces=(RowRange(key=key, start=0, stop=len(t)),))
        for key, t in tensors.items()
    ]
    with tempfile.TemporaryDirectory() as folder:
        made = Tensors(recipes=whole, weights=InMemory(tensors), dtype=dtype)
        files = write_tensors(Path(folder), "w", made, shard_bytes)
        read: dict[str, Tensor] = {}
        for file in files:
            if file.path.endswith(".safetensors"):
                with safe_open(Path(folder) / file.path, framework="pt") as shard:
                    read |= {key: shard.get_tensor(key) for key in shard.keys()}  # noqa: SIM118
    assert read.keys() == tensors.keys()
    assert all(torch.equal(read[key], t) and read[key].dtype == dtype for key, t in tensors.items())


def test_rows_are_put_together_in_the_recipes_order(tmp_path: Path) -> None:
    weights = InMemory({"a": torch.arange(8.0).reshape(4, 2), "b": torch.ones(1, 2)})
    pieces = (
        RowRange(key="a", start=3, stop=4),
        RowRange(key="b", start=0, stop=1),
        RowRange(key="a", start=0, stop=2),
    )
    recipe = Recipe(key="c", shape=(4, 2), pieces=pieces)
    write_tensors(
        tmp_path, "w", Tensors(recipes=[recipe], weights=weights, dtype=torch.float32), 99
    )
    with safe_open(tmp_path / "w.safetensors", framework="pt") as file:
        assert file.get_tensor("c").tolist() == [[6, 7], [1, 1], [0, 1], [2, 3]]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("other", [0.0, float("inf"), 3e38])
def test_a_weight_that_is_no_finite_number_is_refused(
    tmp_path: Path, value: float, other: float
) -> None:
    weights = InMemory({"a": torch.tensor([[1.0, other], [value, 2.0]])})
    recipe = Recipe(key="b", shape=(2, 2), pieces=(RowRange(key="a", start=0, stop=2),))
    with pytest.raises(ConversionError, match="the weights of a are not all finite"):
        write_tensors(tmp_path, "w", a_file(recipe, weights), 99)


def test_large_finite_weights_are_written(tmp_path: Path) -> None:
    weights = InMemory({"a": torch.full((4, 2), 3e38)})
    recipe = Recipe(key="b", shape=(4, 2), pieces=(RowRange(key="a", start=0, stop=4),))
    write_tensors(tmp_path, "w", a_file(recipe, weights), 99)
    with safe_open(tmp_path / "w.safetensors", framework="pt") as file:
        assert torch.equal(file.get_tensor("b"), weights.tensors["a"])


def a_file(recipe: Recipe, weights: InMemory) -> Tensors:
    return Tensors(recipes=[recipe], weights=weights, dtype=torch.float32)
