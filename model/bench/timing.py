"""Calls timed by turns, and how near attention comes to what the machine can multiply."""

from __future__ import annotations

import statistics
import warnings
from collections.abc import Callable
from functools import partial
from time import perf_counter
from typing import NamedTuple

import torch
from diffusers.models.attention_dispatch import AttentionBackendName, dispatch_attention_fn
from torch import Tensor

BACKENDS = {
    "native": AttentionBackendName.NATIVE,
    "flash": AttentionBackendName._NATIVE_FLASH,  # noqa: SLF001  diffusers' names
    "cudnn": AttentionBackendName._NATIVE_CUDNN,  # noqa: SLF001
    "efficient": AttentionBackendName._NATIVE_EFFICIENT,  # noqa: SLF001
    "math": AttentionBackendName._NATIVE_MATH,  # noqa: SLF001
}
"""Those of torch itself, by their names without `_native_` for `set_attention_backend`."""

MATRIX_SIDE = {"cuda": 8192, "cpu": 512}


def by_turns(
    calls: dict[str, Callable[[], object]], device: torch.device, rounds: int
) -> dict[str, float]:
    """The median seconds of each call; one round to warm up is not counted."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(rounds + 1):
        for name, call in calls.items():
            began = perf_counter()
            call()
            synchronise(device)
            if turn:
                times[name].append(perf_counter() - began)
    return {name: statistics.median(each) for name, each in times.items()}


def synchronise(device: torch.device) -> None:
    """Until all that was asked of the device is done."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)


class AttentionSize(NamedTuple):
    """`heads` of `channels`, and the tokens that ask and that answer."""

    heads: int
    channels: int
    asking: int
    answering: int


def attention_rates(
    size: AttentionSize, device: torch.device, dtype: torch.dtype, rounds: int
) -> dict[str, object]:
    """TFLOP/s of one attention of the guidance pair by backend, by turns with a plain matrix
    product, and the share of that one's rate; or why a backend is not there."""
    query = torch.randn(2, size.asking, size.heads, size.channels, device=device, dtype=dtype)
    key = torch.randn(2, size.answering, size.heads, size.channels, device=device, dtype=dtype)
    flop = 4 * query.numel() * size.answering
    told: dict[str, object] = size._asdict()
    calls: dict[str, Callable[[], object]] = {"matrix": matrix_product(device, dtype)}
    for name, backend in BACKENDS.items():
        attend = partial(dispatch_attention_fn, query, key, key, backend=backend)
        missing = why_not(attend)
        if missing:
            told[name] = {"missing": missing}
        else:
            calls[name] = attend
    seconds = by_turns(calls, device, rounds)
    matrix = 2 * MATRIX_SIDE[device.type] ** 3 / seconds.pop("matrix") / 1e12
    for name, each in seconds.items():
        rate = flop / each / 1e12
        told[name] = {"tflops": round(rate, 3), "of_matrix": round(rate / matrix, 3)}
    return told | {"matrix_tflops": round(matrix, 3)}


def why_not(attend: Callable[[], Tensor]) -> str:
    """What torch says when a backend cannot compute here; empty when it can."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            attend()
        except RuntimeError as error:
            return str(error).splitlines()[0]
    return ""


def matrix_product(device: torch.device, dtype: torch.dtype) -> Callable[[], Tensor]:
    """A square product large enough to keep the device busy."""
    side = MATRIX_SIDE[device.type]
    left = torch.randn(side, side, device=device, dtype=dtype)
    return partial(torch.mm, left, left)
