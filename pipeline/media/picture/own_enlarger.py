"""A network of super-resolution that a studio brings as an ONNX file: exactly the bytes named."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from manifests.errors import ManifestUnusable, Transient
from pipeline.media.brought_networks import (
    ONNX_FAILURES,
    NetworkUnusable,
    OnnxNetwork,
    named_bytes,
    onnx_network,
)
from pipeline.media.picture.enlarger_trial import trial_fault, trial_pictures
from pipeline.media.picture.optical_flow import Picture
from pipeline.media.picture.super_resolution import Planes, levels_of, planes_of

BROUGHT = "bring ONNX, float32 [1, 3, h, w] (RGB, 0..1) to [1, 3, n h, n w] with n of 1 to 8"
MOST_TIMES = 8
RAISED: tuple[type[Exception], ...] = (*ONNX_FAILURES, RuntimeError, ValueError)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OwnNetwork:
    """An open file that was tried, and draws pictures `times` as large (0: before its trial)."""

    path: Path
    network: OnnxNetwork
    times: int = 0

    def __call__(self, planes: Planes) -> Planes:
        """Raises `ManifestUnusable` for what is no picture of the promised size, `Transient` where
        the network fails, which it did not in its trial, and `OutOfMemory`."""
        try:
            return self.enlarged(planes)
        except RAISED as error:
            raise Transient(
                "finish_failed",
                f"the network {self.path} was tried with small pictures, and fails on "
                f"{list(planes.shape)} ({_said(error)}); it is tried again: if it fails each time,"
                " bring another",
            ) from error

    def enlarged(self, planes: Planes) -> Planes:
        """The same; what onnxruntime raises is raised."""
        made: object = self.network(planes[None])
        if not isinstance(made, np.ndarray) or not np.issubdtype(made.dtype, np.floating):
            kind = made.dtype if isinstance(made, np.ndarray) else type(made).__name__
            raise unusable(self.path, f"gives {kind} for {list(planes.shape)}, no floats")
        _, height, width = planes.shape
        times = self.times or (made.shape[2] // height if made.ndim == len("nchw") else 0)
        if not 1 <= times <= MOST_TIMES or made.shape != (1, 3, height * times, width * times):
            promised = f", not {self.times} times the sides" if self.times else ""
            raise unusable(
                self.path, f"gives {list(made.shape)} for {list(planes.shape)}{promised}"
            )
        if not np.isfinite(made).all():
            raise unusable(self.path, f"gives numbers that are not finite for {list(planes.shape)}")
        larger: Planes = made[0].astype(np.float32, copy=False)
        return larger


def own_network(path: Path, sha256: str) -> OwnNetwork:
    """The network on one thread of the processor, tried with two small pictures, as tiles have any
    height and width. Raises `ManifestUnusable` `finisher_unusable` for another file than was named,
    and for one that gives something else than those pictures, as many times larger; `OutOfMemory`.
    """
    try:
        network = onnx_network(digested(path, sha256), path, threads=1)
    except NetworkUnusable as error:
        raise unusable(path, str(error)) from error
    tried = OwnNetwork(path=path, network=network)
    for picture in trial_pictures():
        tried = replace(tried, times=_tried(tried, picture))
    return tried


def _tried(own: OwnNetwork, picture: Picture) -> int:
    """How many times larger it draws the picture."""
    planes = planes_of(picture)
    try:
        made = own.enlarged(planes)
    except RAISED as error:
        raise unusable(own.path, f"fails on {list(planes.shape)} ({_said(error)})") from error
    if fault := trial_fault(picture, levels_of(made)):
        raise unusable(own.path, fault)
    return int(made.shape[1] // planes.shape[1])


@lru_cache(maxsize=8)
def tried_network(path: Path, sha256: str) -> None:
    """Once in a process: better now than when frames have been drawn for a night. Raises as
    `own_network` does."""
    own_network(path, sha256)


def digested(path: Path, sha256: str) -> bytes:
    """The file's bytes, if they are those that were named."""
    try:
        return named_bytes(path, sha256)
    except NetworkUnusable as error:
        raise unusable(path, str(error)) from error


def unusable(path: Path, why: str) -> ManifestUnusable:
    return ManifestUnusable("finisher_unusable", f"{path} {why}; {BROUGHT}")


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:300]
