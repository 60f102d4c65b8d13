"""A network of super-resolution that a studio brings as an ONNX file: exactly the bytes named."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from manifests.errors import ManifestUnusable
from pipeline.media.brought_networks import (
    ONNX_FAILURES,
    NetworkUnusable,
    named_bytes,
    onnx_network,
)
from pipeline.media.picture.super_resolution import Network, Planes

BROUGHT = "bring ONNX, float32 [1, 3, h, w] (RGB, 0..1) to [1, 3, n h, n w] with n of 1 to 8"
MOST_TIMES = 8

TRIED = ((17, 23), (32, 40))
"""Height and width of the pictures that it is tried with: no multiple of anything, and one of
eight."""


def own_network(path: Path, sha256: str) -> Network:
    """The network on one thread of the processor. Raises `ManifestUnusable` `finisher_unusable`
    for another file than was named, and for one that gives something else than pictures."""
    content = digested(path, sha256)
    try:
        network = onnx_network(content, threads=1)
    except NetworkUnusable as error:
        raise unusable(path, str(error)) from error

    def enlarge(planes: Planes) -> Planes:
        try:
            made = np.asarray(network(planes[None]), np.float32)
        except (*ONNX_FAILURES, RuntimeError, ValueError) as error:
            raise unusable(path, f"fails on {list(planes.shape)}") from error
        times = made.shape[2] // planes.shape[1] if made.ndim == len("nchw") else 0
        shape = (1, 3, planes.shape[1] * times, planes.shape[2] * times)
        if not 1 <= times <= MOST_TIMES or made.shape != shape or not np.isfinite(made).all():
            raise unusable(path, f"gives {list(made.shape)} for {list(planes.shape)}")
        enlarged: Planes = made[0]
        return enlarged

    return enlarge


@lru_cache(maxsize=8)
def tried_network(path: Path, sha256: str) -> None:
    """Enlarge two small pictures, as tiles have any height and width. Raises as `own_network` and
    its network do: better now than when frames have been drawn for a night."""
    network = own_network(path, sha256)
    times = {network(np.zeros((3, *size), np.float32)).shape[1] / size[0] for size in TRIED}
    if len(times) > 1:
        raise unusable(path, "enlarges pictures of different sizes differently")


def digested(path: Path, sha256: str) -> bytes:
    """The file's bytes, if they are those that were named."""
    try:
        return named_bytes(path, sha256)
    except NetworkUnusable as error:
        raise unusable(path, str(error)) from error


def unusable(path: Path, why: str) -> ManifestUnusable:
    return ManifestUnusable("finisher_unusable", f"{path} {why}; {BROUGHT}")
