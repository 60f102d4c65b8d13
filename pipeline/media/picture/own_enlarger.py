"""A network of super-resolution that a studio brings as an ONNX file: exactly the bytes named."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # no types in onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state  # type: ignore[import-untyped]

from manifests.errors import ManifestUnusable
from pipeline.media.picture.super_resolution import Network, Planes

LARGEST_BYTES = 2 << 30
_BROKEN = (
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NotImplemented,
    state.RuntimeException,
    RuntimeError,
    ValueError,
)
BROUGHT = "bring ONNX, float32 [1, 3, h, w] (RGB, 0..1) to [1, 3, n h, n w] with n of 1 to 8"
MOST_TIMES = 8


def own_network(path: Path, sha256: str) -> Network:
    """The network on one thread of the processor. Raises `ManifestUnusable` `finisher_unusable`
    for another file than was named, and for one that gives something else than pictures."""
    content = digested(path, sha256)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(
            content, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except _BROKEN as error:
        raise unusable(path, "is no whole ONNX file") from error
    if len(session.get_inputs()) != 1:
        raise unusable(path, f"takes {len(session.get_inputs())} inputs, not one")
    taken, given = session.get_inputs()[0].name, session.get_outputs()[0].name

    def enlarge(planes: Planes) -> Planes:
        try:
            made = np.asarray(session.run([given], {taken: planes[None]})[0], np.float32)
        except _BROKEN as error:
            raise unusable(path, f"fails on {list(planes.shape)}") from error
        times = made.shape[2] // planes.shape[1] if made.ndim == len("nchw") else 0
        shape = (1, 3, planes.shape[1] * times, planes.shape[2] * times)
        if not 1 <= times <= MOST_TIMES or made.shape != shape or not np.isfinite(made).all():
            raise unusable(path, f"gives {list(made.shape)} for {list(planes.shape)}")
        enlarged: Planes = made[0]
        return enlarged

    return enlarge


def digested(path: Path, sha256: str) -> bytes:
    """The file's bytes, if they are those that were named."""
    try:
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        raise unusable(path, f"cannot be read: {error.strerror}") from error
    if size > LARGEST_BYTES:
        raise unusable(path, f"has more than {LARGEST_BYTES >> 30} GiB")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise unusable(path, f"has the digest {found}, not the one that was named")
    return content


def unusable(path: Path, why: str) -> ManifestUnusable:
    return ManifestUnusable("finisher_unusable", f"{path} {why}; {BROUGHT}")
