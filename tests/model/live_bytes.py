"""Counts the bytes of tensors that live at once while a network runs; works without data."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves


class LiveBytes(TorchDispatchMode):
    """`peak` is the largest sum of what was made inside and was alive; `known` is not counted."""

    def __init__(self, known: Iterable[Tensor]) -> None:
        super().__init__()
        self.now = self.peak = 0
        self._seen = {_key(tensor) for tensor in known}

    def __torch_dispatch__(
        self,
        func: Callable[..., object],
        _types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        made = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(made):
            if isinstance(tensor, Tensor) and _key(tensor) not in self._seen:
                self._born(tensor)
        self.peak = max(self.peak, self.now)
        return made

    def _born(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        self._seen.add(_key(tensor))
        self.now += storage.nbytes()
        weakref.finalize(storage, self._gone, _key(tensor), storage.nbytes())

    def _gone(self, key: int, size_bytes: int) -> None:
        self._seen.discard(key)
        self.now -= size_bytes


def _key(tensor: Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)
