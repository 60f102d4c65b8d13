"""Safetensors written as a stream: the header is known from the plan, rows follow one by one.

The library's own writer wants every tensor of a file in memory; this one wants a few megabytes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import torch
from huggingface_hub import split_state_dict_into_shards_factory
from torch import Tensor

from model.convert.errors import ConversionError
from model.convert.plan import Recipe
from model.convert.read import Weights

FLOATS = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
SPAN_BYTES = 32 << 20
ALIGNMENT_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A finished file: its path below the folder, hex SHA-256, and size."""

    path: str
    sha256: str
    bytes: int


class HashedFile:
    """A new file whose digest grows with it; on the disk when it is closed."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("xb")
        self._digest = hashlib.sha256()
        self._bytes = 0

    def write(self, block: bytes | memoryview) -> None:
        self._file.write(block)
        self._digest.update(block)
        self._bytes += len(block)

    def finish(self, path: str) -> Written:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return Written(path=path, sha256=self._digest.hexdigest(), bytes=self._bytes)

    def close(self) -> None:
        self._file.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tensors:
    """What is written: the recipes, where their rows are read, and the dtype they get."""

    recipes: Sequence[Recipe]
    weights: Weights
    dtype: torch.dtype

    def nbytes(self, recipe: Recipe) -> int:
        return torch.Size(recipe.shape).numel() * self.dtype.itemsize

    @property
    def total_bytes(self) -> int:
        return sum(self.nbytes(recipe) for recipe in self.recipes)


def write_tensors(root: Path, stem: str, tensors: Tensors, shard_bytes: int) -> list[Written]:
    """Write `{stem}.safetensors` below `root`, or shards of it with their index."""
    recipes = {recipe.key: recipe for recipe in tensors.recipes}
    split = split_state_dict_into_shards_factory(
        recipes,
        get_storage_size=tensors.nbytes,
        filename_pattern=f"{stem}{{suffix}}.safetensors",
        max_shard_size=shard_bytes,
    )
    written = [
        _write_shard(
            root,
            name,
            Tensors(
                recipes=[recipes[key] for key in keys], weights=tensors.weights, dtype=tensors.dtype
            ),
        )
        for name, keys in split.filename_to_tensors.items()
    ]
    if split.is_sharded:
        places = {key: Path(name).name for key, name in split.tensor_to_filename.items()}
        index = {"metadata": split.metadata, "weight_map": places}
        written.append(write_text(root, f"{stem}.safetensors.index.json", json_text(index)))
    return written


def json_text(content: object) -> str:
    return json.dumps(content, indent=2, sort_keys=True) + "\n"


def write_text(root: Path, name: str, text: str) -> Written:
    """Write a small file below `root`."""
    file = HashedFile(root / name)
    file.write(text.encode())
    return file.finish(name)


def recorded(root: Path, name: str) -> Written:
    """A small file that a library wrote below `root`, seen onto the disk."""
    path = root / name
    with path.open("rb") as file:
        os.fsync(file.fileno())
    content = path.read_bytes()
    return Written(path=name, sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))


def _write_shard(root: Path, name: str, tensors: Tensors) -> Written:
    file = HashedFile(root / name)
    try:
        file.write(_header(tensors))
        for recipe in tensors.recipes:
            for span in _spans(recipe, tensors.weights):
                _refuse_unusable(span, recipe, tensors.weights.name)
                file.write(_bytes(span.to(tensors.dtype)))
        return file.finish(name)
    finally:
        file.close()


def _header(tensors: Tensors) -> bytes:
    entries: dict[str, object] = {"__metadata__": {"format": "pt"}}
    start = 0
    for recipe in tensors.recipes:
        stop = start + tensors.nbytes(recipe)
        entries[recipe.key] = {
            "dtype": FLOATS[tensors.dtype],
            "shape": list(recipe.shape),
            "data_offsets": [start, stop],
        }
        start = stop
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % ALIGNMENT_BYTES)
    return len(text).to_bytes(8, "little") + text


def _spans(recipe: Recipe, weights: Weights) -> Iterator[Tensor]:
    """The tensor's rows in order, a few megabytes at a time."""
    row_bytes = torch.Size(recipe.shape[1:]).numel() * 4
    step = max(1, SPAN_BYTES // max(1, row_bytes))
    for piece in recipe.pieces:
        for start in range(piece.start, piece.stop, step):
            yield weights.rows(piece.key, start, min(piece.stop, start + step))


def _refuse_unusable(span: Tensor, recipe: Recipe, file: str) -> None:
    extremes = torch.stack(torch.aminmax(span))  # NaN if any is; far quicker than isfinite on all
    if not bool(extremes.isfinite().all()):
        sources = ", ".join(sorted({piece.key for piece in recipe.pieces}))
        raise ConversionError(
            f"{file}: the weights of {sources} are not all finite numbers; fetch the file anew"
        )


def _bytes(span: Tensor) -> memoryview:
    """A view; safetensors are little-endian, as every machine is that torch runs on."""
    return span.contiguous().reshape(-1).view(torch.uint8).numpy().data
