"""PyTorch files read as plain weights: mapped, never loaded whole, never allowed to run code."""

from __future__ import annotations

import codecs
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from model.convert.errors import ConversionError, some
from model.convert.plan import Shape

REMAP_BYTES = 256 << 20
"""Pages of a mapping that were read count as ours until it is let go."""

LARGEST_PICKLE_BYTES = 16 << 20

UNREADABLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    ImportError,
    LookupError,
    MemoryError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What calls inside a pickle raise when its maker chose what they are given; never the disk's."""

# Training keeps the state of numpy's random generator beside the weights: plain arrays of numbers,
# pickled under numpy 1's name or numpy 2's.
NUMPY_ARRAY = np._core.multiarray._reconstruct  # type: ignore[attr-defined]  # noqa: SLF001 - has no public name
NUMPY_DATA: list[Callable[..., Any] | tuple[Callable[..., Any], str]] = [
    (NUMPY_ARRAY, "numpy.core.multiarray._reconstruct"),
    (NUMPY_ARRAY, "numpy._core.multiarray._reconstruct"),
    (codecs.encode, "_codecs.encode"),
    np.ndarray,
    np.dtype,
    np.dtypes.UInt32DType,
]


class Weights(Protocol):
    """Named tensors whose rows are read one span at a time."""

    @property
    def name(self) -> str:
        """What messages call the file."""

    @property
    def shapes(self) -> Mapping[str, Shape]: ...

    @property
    def dtypes(self) -> Mapping[str, torch.dtype]: ...

    def rows(self, key: str, start: int, stop: int) -> Tensor:
        """Rows start..stop of a tensor along its first axis."""


class MappedWeights:
    """The tensors of one entry of a `.pt` file."""

    def __init__(self, path: Path, entry: str | None) -> None:
        self._path, self._entry = path, entry
        self._tensors = _tensors(path, entry)
        self._read_bytes = 0
        self.shapes = {key: tuple(tensor.shape) for key, tensor in self._tensors.items()}
        self.dtypes = {key: tensor.dtype for key, tensor in self._tensors.items()}

    @property
    def name(self) -> str:
        return str(self._path)

    def rows(self, key: str, start: int, stop: int) -> Tensor:
        if self._read_bytes >= REMAP_BYTES:
            self._tensors = _tensors(self._path, self._entry)
            self._read_bytes = 0
        span = self._tensors[key][start:stop]
        self._read_bytes += span.nbytes
        return span


def _tensors(path: Path, entry: str | None) -> dict[str, Tensor]:
    loaded = _load(path)
    if entry is not None:
        if not isinstance(loaded, Mapping) or entry not in loaded:
            there = some([str(key) for key in loaded]) if isinstance(loaded, Mapping) else "none"
            raise ConversionError(f"{path} has no entry {entry!r}; its entries: {there}")
        loaded = loaded[entry]
    return _only_tensors(path, loaded)


def _only_tensors(path: Path, loaded: object) -> dict[str, Tensor]:
    if not isinstance(loaded, Mapping):
        raise ConversionError(f"{path} holds no named tensors but a {type(loaded).__name__}")
    other = [str(key) for key, value in loaded.items() if not isinstance(value, Tensor)]
    if other:
        raise ConversionError(f"{path} holds things that are no tensors: {some(other)}")
    odd = [str(key) for key, tensor in loaded.items() if not _is_plain(tensor)]
    if odd:
        raise ConversionError(
            f"{path} holds tensors that are no plain rows of numbers: {some(odd)}; save it as "
            "dense tensors on the CPU"
        )
    return {str(key): tensor for key, tensor in loaded.items()}


def _is_plain(tensor: Tensor) -> bool:
    """Numbers that are there: neither sparse nor quantized, nor one number claimed to be many."""
    dense = tensor.layout is torch.strided and tensor.device.type == "cpu"
    if not dense or tensor.is_quantized:
        return False
    return tensor.nbytes <= tensor.untyped_storage().nbytes()


def _load(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """The file's content; one of before the zip format cannot be mapped and is read whole."""
    mappable = zipfile.is_zipfile(path)
    _refuse_cut_short(path, mappable)
    try:
        if mappable:
            _refuse_bomb(path)
        with torch.serialization.safe_globals(NUMPY_DATA):
            return torch.load(path, map_location="cpu", mmap=mappable, weights_only=True)
    except pickle.UnpicklingError as error:
        if not mappable:
            raise ConversionError(
                f"{path} is no PyTorch file or is damaged; fetch it anew"
            ) from error
        raise ConversionError(
            f"{path} holds more than weights and could run code of its own, so it is refused; "
            "fetch it again from its publisher, or save it as plain tensors where you trust it"
        ) from error
    except ConversionError:
        raise
    except UNREADABLE as error:
        raise ConversionError(f"{path} cannot be read as a PyTorch file; fetch it anew") from error


def _refuse_bomb(path: Path) -> None:
    """PyTorch packs nothing, and the names and shapes of the largest network take a megabyte: what
    unpacks, or takes far more, would fill the memory before anything could be said of it."""
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            if entry.compress_type != zipfile.ZIP_STORED:
                raise ConversionError(
                    f"{path} holds packed entries, as PyTorch writes none; fetch it anew"
                )
            if entry.filename.endswith(".pkl") and entry.file_size > LARGEST_PICKLE_BYTES:
                raise ConversionError(
                    f"{path} lists {entry.file_size / 1e6:.0f} MB of names and shapes, at most "
                    f"{LARGEST_PICKLE_BYTES / 1e6:.0f} MB are read; fetch it anew"
                )


def _refuse_cut_short(path: Path, mappable: bool) -> None:
    if not path.is_file():
        raise ConversionError(f"{path} is not there")
    with path.open("rb") as file:
        begins_as_zip = file.read(2) == b"PK"
    if begins_as_zip and not mappable:
        raise ConversionError(f"{path} is cut short; fetch it anew")
