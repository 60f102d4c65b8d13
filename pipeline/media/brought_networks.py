"""Files of networks that users bring: exactly the bytes that were named, opened if they are ONNX.

Whoever asks for one says in its own words what to bring instead: what is wrong is raised as
`NetworkUnusable`, with no more than the reason.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import onnxruntime  # type: ignore[import-untyped]  # no types in onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as state  # type: ignore[import-untyped]

from manifests.errors import memory_failure

LARGEST_BYTES = 2 << 30

ELSEWHERE = re.compile(rb"\x0a\x08location")
"""How ONNX names the other file that a tensor lies in: the key "location" of its external data."""

_BY_CODE = tuple(
    each for each in vars(state).values() if isinstance(each, type) and issubclass(each, Exception)
)

ONNX_FAILURES: tuple[type[Exception], ...] = (*_BY_CODE, MemoryError)
"""What onnxruntime raises for a file that is none, for what it is given and for what it lacks: it
has a class for each of its codes, and they have no other parent."""


class NetworkUnusable(ValueError):
    """Why a file is not used, to stand behind its path."""


def named_bytes(path: Path, sha256: str) -> bytes:
    """The content of a file whose digest was named; `NetworkUnusable` for any other."""
    try:
        if not path.is_file():  # a pipe or a device has no end
            raise NetworkUnusable("is no file")
        size = path.stat().st_size
        content = path.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        raise NetworkUnusable(f"cannot be read: {error.strerror}") from error
    if size > LARGEST_BYTES:
        raise NetworkUnusable(f"has more than {LARGEST_BYTES >> 30} GiB")
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise NetworkUnusable(f"has the digest {found}, not the one that was named")
    return content


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OnnxNetwork:
    """An open network of one input, out of the file at `path`."""

    path: Path
    session: Any
    taken: str
    given: str

    def __call__(self, items: Any) -> Any:  # noqa: ANN401 - arrays, as onnxruntime takes and gives them
        """The first output; raises what onnxruntime does, and `OutOfMemory` where memory is full:
        the file is not to blame for that."""
        try:
            return self.session.run([self.given], {self.taken: items})[0]
        except ONNX_FAILURES as error:
            if (full := memory_failure(error, str(self.path))) is not None:
                raise full from error
            raise


def onnx_network(content: bytes, path: Path, threads: int = 0) -> OnnxNetwork:
    """Opened from the bytes of the file at `path`, on so many threads, 0: as onnxruntime chooses.
    Raises `NetworkUnusable`, also for one that keeps weights in other files: no digest is of those;
    and `OutOfMemory`."""
    if ELSEWHERE.search(content):
        raise NetworkUnusable("keeps weights in another file; save it as one file")
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised
    options.intra_op_num_threads = options.inter_op_num_threads = threads
    try:
        session = onnxruntime.InferenceSession(
            content, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except ONNX_FAILURES as error:
        if (full := memory_failure(error, str(path))) is not None:
            raise full from error
        raise NetworkUnusable(_unopened(error)) from error
    if len(session.get_inputs()) != 1:
        raise NetworkUnusable(f"takes {len(session.get_inputs())} inputs, not one")
    return OnnxNetwork(
        path=path,
        session=session,
        taken=session.get_inputs()[0].name,
        given=session.get_outputs()[0].name,
    )


def _unopened(error: Exception) -> str:
    """A whole file may want more than this onnxruntime has: other operators, newer opsets."""
    if isinstance(error, state.InvalidProtobuf):
        return "is no whole ONNX file"
    said = " ".join(str(error).split())
    return f"cannot be opened by onnxruntime {onnxruntime.__version__} ({said})"
