"""How networks that come from outside are opened and called: exactly the bytes that were named."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from manifests.errors import ManifestUnusable, memory_failure
from pipeline.media.brought_networks import (
    ONNX_FAILURES,
    NetworkUnusable,
    named_bytes,
    onnx_network,
)
from pipeline.quality.brought.backbones import BackboneFile

Batch = NDArray[np.float32]
Features = NDArray[np.float64]
"""[n, width]"""

RAISED: tuple[type[Exception], ...] = (
    *ONNX_FAILURES,
    RuntimeError,
    ValueError,
    TypeError,
    AttributeError,
)
"""What a network of either kind raises for what it is given."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenedBackbone:
    """A network that was opened; `kind` is TorchScript or ONNX."""

    file: BackboneFile
    kind: str
    call: Callable[[Batch], NDArray[np.floating]]

    def features(self, items: Batch) -> Features:
        """[n, width] of [n, *shape], in calls of the row's size. Raises `ManifestUnusable`
        `backbone_wrong`."""
        row = self.file.row
        parts = [
            self._of_call(items[at : at + row.batch]) for at in range(0, len(items), row.batch)
        ]
        return np.concatenate(parts) if parts else np.zeros((0, row.widths[0]))

    def _of_call(self, items: Batch) -> Features:
        try:
            made = np.asarray(self.call(np.ascontiguousarray(items, np.float32)), np.float64)
        except RAISED as error:
            if (full := memory_failure(error, str(self.file.path))) is not None:
                raise full from error  # no fault of the file
            told = str(error).strip().splitlines() or ["nothing is told"]
            raise self._wrong(
                f"fails on [{', '.join(map(str, items.shape))}]: {told[-1]}"
            ) from error
        flat = made.reshape(len(made), -1) if made.ndim > 1 else made[None]
        if flat.shape[0] != len(items) or flat.shape[1] not in self.file.row.widths:
            raise self._wrong(f"gives {list(made.shape)} for {len(items)} items")
        if not np.isfinite(flat).all():
            raise self._wrong("gives numbers that are not finite")
        return flat

    def _wrong(self, why: str) -> ManifestUnusable:
        return ManifestUnusable(
            "backbone_wrong", f"{self.file.path} {why}; bring {self.file.row.brought}"
        )


def open_backbone(file: BackboneFile) -> OpenedBackbone:
    """Exactly the bytes whose digest was named are opened. Raises `ManifestUnusable`
    (`backbone_unusable`)."""
    try:
        content = named_bytes(file.path, file.sha256)
    except NetworkUnusable as error:
        raise _unusable(file, str(error)) from error
    if content[:2] == b"PK":  # a zip, as TorchScript is
        return OpenedBackbone(file=file, kind="TorchScript", call=_torch_script(file, content))
    try:
        return OpenedBackbone(file=file, kind="ONNX", call=onnx_network(content, file.path))
    except NetworkUnusable as error:
        raise _unusable(file, f"is no TorchScript, and {error}") from error


def opened_networks(files: Iterable[BackboneFile]) -> dict[str, OpenedBackbone]:
    """By name, each called once with zeros: one that takes or gives something else is refused now
    and not with the first take. Raises `ManifestUnusable`."""
    return {file.row.name: _tried(file, file.path.stat().st_mtime_ns) for file in _there(files)}


def _there(files: Iterable[BackboneFile]) -> Iterator[BackboneFile]:
    for file in files:
        if not file.path.is_file():
            raise _unusable(file, "is no file")
        yield file


@lru_cache(maxsize=8)
def _tried(file: BackboneFile, _changed_ns: int) -> OpenedBackbone:
    opened = open_backbone(file)
    opened.features(np.zeros((1, *file.row.shape), np.float32))
    return opened


def _torch_script(file: BackboneFile, content: bytes) -> Callable[[Batch], NDArray[np.floating]]:
    """TorchScript is a program of its own; that is why the digest is asked for (docs/evaluate.md).
    It is loaded on the CPU, and no Python of it is run."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # files of it will be met for years
            network: Any = torch.jit.load(io.BytesIO(content), map_location="cpu")  # type: ignore[no-untyped-call]  # torch
            network.eval()
    except (RuntimeError, ValueError) as error:
        raise _unusable(file, "is no TorchScript (torch.jit.save writes it)") from error

    def call(items: Batch) -> NDArray[np.floating]:
        with torch.inference_mode():
            return np.asarray(network(torch.from_numpy(items)).float().numpy())

    return call


def _unusable(file: BackboneFile, why: str) -> ManifestUnusable:
    return ManifestUnusable("backbone_unusable", f"{file.path} {why}; bring {file.row.brought}")
