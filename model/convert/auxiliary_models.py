"""The encoders and face models that come with Hallo3: checked, then copied as they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open

from model.convert.errors import ConversionError, naming, some
from model.convert.layout import CheckpointLayout, Companion
from model.convert.plan import Recipe, RowRange
from model.convert.read import MappedWeights, Weights
from model.convert.write import (
    FLOATS,
    HashedFile,
    Tensors,
    Written,
    json_text,
    write_tensors,
    write_text,
)

COPY_BYTES = 1 << 20
LARGEST_JSON_BYTES = 64 << 20
"""Vocabularies of tokenizers have a few megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuxiliaryModel:
    """A companion in the source: files to copy, and PyTorch weights to write as safetensors."""

    name: str
    copied: tuple[Path, ...]
    pickled: tuple[Path, ...] = ()

    @property
    def bytes(self) -> int:
        return sum(path.stat().st_size for path in (*self.copied, *self.pickled))


def find_companion(companion: Companion, layout: CheckpointLayout) -> AuxiliaryModel | None:
    """The companion's files, each checked to be what its name says; None where there are none.

    Raises `ConversionError` naming a file that is damaged, or weights that are not all there.
    """
    folder = layout.folder_of(companion)
    if folder is None:
        return None
    files = {path for name in companion.files for path in folder.glob(name) if path.is_file()}
    pickled: tuple[Path, ...] = ()
    if companion.weights is not None:
        safe, pickled = _weights(folder, companion.weights)
        files |= set(safe)
    for path in files:
        _check(path)
    return AuxiliaryModel(name=companion.name, copied=tuple(sorted(files)), pickled=pickled)


def copy_companion(found: AuxiliaryModel, root: Path, shard_bytes: int) -> list[Written]:
    """Bring the companion below `root`; its files are on the disk when this returns."""
    (root / found.name).mkdir()
    written = [_copy(path, root, f"{found.name}/{path.name}") for path in found.copied]
    places: dict[str, str] = {}
    for number, path in enumerate(found.pickled, 1):
        several = len(found.pickled) > 1
        suffix = f"-{number:05d}-of-{len(found.pickled):05d}" if several else ""
        weights = MappedWeights(path, None)
        with naming(weights.name):
            tensors = _as_they_are(weights)
        written += write_tensors(root, f"{found.name}/model{suffix}", tensors, shard_bytes)
        places |= {recipe.key: f"model{suffix}.safetensors" for recipe in tensors.recipes}
    if len(found.pickled) > 1:
        name = f"{found.name}/model.safetensors.index.json"
        written.append(write_text(root, name, json_text({"metadata": {}, "weight_map": places})))
    return written


def common_dtype(weights: Weights, keys: list[str]) -> torch.dtype:
    """The one dtype of the named tensors.

    Raises `ConversionError` when they have several, or one that is no floating point.
    """
    by_dtype: dict[torch.dtype, list[str]] = {}
    for key in keys:
        by_dtype.setdefault(weights.dtypes[key], []).append(key)
    if len(by_dtype) > 1:
        told = "; ".join(f"{_name(d)}: {some(k)}" for d, k in by_dtype.items())
        raise ConversionError(f"dtypes are mixed ({told}); say which one all shall have: dtype")
    for dtype, named in by_dtype.items():
        if dtype not in FLOATS:
            raise ConversionError(f"{some(named)} are {_name(dtype)}, which is no floating point")
        return dtype
    raise ConversionError("it holds no tensors; fetch it anew")


def _name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _as_they_are(weights: Weights) -> Tensors:
    scalars = [key for key, shape in weights.shapes.items() if not shape]
    if scalars:
        raise ConversionError(f"{some(scalars)} are single numbers, as no weights are")
    recipes = [
        Recipe(key=key, shape=shape, pieces=(RowRange(key=key, start=0, stop=shape[0]),))
        for key, shape in weights.shapes.items()
    ]
    return Tensors(recipes=recipes, weights=weights, dtype=common_dtype(weights, [*weights.shapes]))


def _weights(folder: Path, stems: tuple[str, str]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Files of weights: safetensors to copy, else PyTorch's to convert."""
    safe, pickled = stems
    for stem, suffix in ((safe, "safetensors"), (pickled, "bin")):
        index, single = folder / f"{stem}.{suffix}.index.json", folder / f"{stem}.{suffix}"
        if index.is_file():
            shards = tuple(_shards(index))
            return ((index, *shards), ()) if stem == safe else ((), shards)
        if single.is_file():
            return ((single,), ()) if stem == safe else ((), (single,))
    raise ConversionError(f"{folder} has a config.json but no {safe}.safetensors; fetch it anew")


def _shards(index: Path) -> Iterator[Path]:
    names = sorted(set(_weight_map(index).values()))
    absent = [name for name in names if not (index.parent / name).is_file()]
    if absent:
        raise ConversionError(f"{index.parent} lacks {some(absent)} that {index.name} names")
    return (index.parent / name for name in names)


def _weight_map(index: Path) -> dict[str, str]:
    content = _json(index)
    places = content.get("weight_map") if isinstance(content, dict) else None
    if not isinstance(places, dict) or any(Path(str(p)).name != p for p in places.values()):
        raise ConversionError(f"{index} is no index of shards beside it; fetch it anew")
    return places


def _check(path: Path) -> None:
    if path.suffix == ".json":
        _json(path)
    elif path.suffix == ".safetensors":
        _refuse_broken_safetensors(path)
    elif path.stat().st_size == 0:
        raise ConversionError(f"{path} is empty; fetch it anew")


def _json(path: Path) -> object:
    if path.stat().st_size > LARGEST_JSON_BYTES:
        raise ConversionError(
            f"{path} is larger than {LARGEST_JSON_BYTES >> 20} MiB, so it is no such file of a "
            "model; fetch it anew"
        )
    try:
        content: object = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise ConversionError(f"{path} is no JSON; fetch it anew") from error
    return content


def _refuse_broken_safetensors(path: Path) -> None:
    try:
        with safe_open(path, framework="pt"):  # checks the header against the file's length
            pass
    except SafetensorError as error:
        raise ConversionError(
            f"{path} is cut short or no safetensors file (perhaps a pointer of Git LFS); "
            "fetch it anew"
        ) from error


def _copy(source: Path, root: Path, name: str) -> Written:
    target = HashedFile(root / name)
    try:
        with source.open("rb") as file:
            while block := file.read(COPY_BYTES):
                target.write(block)
        return target.finish(name)
    finally:
        target.close()
