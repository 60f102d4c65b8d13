"""Small ONNX files from bytes: a face's colours through a matrix, spectra through a mask, pictures
of more pixels.

The wire format is protocol buffers (field numbers from onnx.proto of ONNX 1.x): a varint key of
field and type, then a varint or a counted string. The `onnx` package is not needed to write so
little.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

FLOAT, IR_VERSION, OPSET = 1, 8, 13


def face_network(weights: NDArray[np.float32], side: int = 112) -> bytes:
    """[n, 3, side, side] -> [n, k], for weights [3, k]."""
    nodes = [
        _node("GlobalAveragePool", ["picture"], "means"),
        _node("Flatten", ["means"], "flat"),
        _node("MatMul", ["flat", "weights"], "identity"),
    ]
    graph = [
        *((1, node) for node in nodes),
        (2, b"face"),
        (5, _constant("weights", weights)),
        (11, _value("picture", [0, 3, side, side])),
        (12, _value("identity", [0, weights.shape[1]])),
    ]
    return _message([(1, IR_VERSION), (7, _message(graph)), (8, _message([(2, OPSET)]))])


def sound_network(mask: NDArray[np.float32], spectra: int = 256) -> bytes:
    """[n, 4, bands, spectra] times a mask [1, 4, bands, 1] as an MDX-Net separator."""
    shape = [0, 4, mask.shape[2], spectra]
    graph = [
        (1, _node("Mul", ["input", "mask"], "output")),
        (2, b"mask"),
        (5, _constant("mask", mask)),
        (11, _value("input", shape)),
        (12, _value("output", shape)),
    ]
    return _message([(1, IR_VERSION), (7, _message(graph)), (8, _message([(2, OPSET)]))])


def in_another_file() -> bytes:
    """To stand behind a network: one tensor more, which lies in `w.bin`."""
    place = _message([(1, b"location"), (2, b"w.bin")])
    tensor = _message([(1, 1), (2, FLOAT), (8, b"w"), (13, place), (14, 1)])
    return _message([(7, _message([(5, tensor)]))])


def enlarging_network(
    times: float, shape: tuple[int, int] = (0, 0), factor: float = 1.0, operator: str = "Mul"
) -> bytes:
    """[1, 3, h, w] -> [1, 3, times h, times w]: each pixel stands for so many, its levels times the
    factor; zeros of the shape are free."""
    scales = np.array([1, 1, times, times], np.float32)
    graph = [
        (1, _node("Resize", ["picture", "", "scales"], "pixels")),
        (1, _node(operator, ["pixels", "factor"], "larger")),
        (2, b"enlarging"),
        (5, _constant("scales", scales)),
        (5, _constant("factor", np.array([factor], np.float32))),
        (11, _value("picture", [1, 3, *shape])),
        (12, _value("larger", [1, 3, 0, 0])),
    ]
    return _message([(1, IR_VERSION), (7, _message(graph)), (8, _message([(2, OPSET)]))])


def _node(operator: str, given: list[str], made: str) -> bytes:
    inputs = [(1, name.encode()) for name in given]
    return _message([*inputs, (2, made.encode()), (4, operator.encode())])


def _constant(name: str, values: NDArray[np.float32]) -> bytes:
    shape = [(1, length) for length in values.shape]
    return _message([*shape, (2, FLOAT), (8, name.encode()), (9, values.tobytes())])


def _value(name: str, shape: list[int]) -> bytes:
    """Lengths of zero are free."""
    lengths = [
        (1, _message([(1, n) if n else (2, f"n{at}".encode())])) for at, n in enumerate(shape)
    ]
    tensor = _message([(1, FLOAT), (2, _message(lengths))])
    return _message([(1, name.encode()), (2, _message([(1, tensor)]))])


def _message(fields: Iterable[tuple[int, int | bytes]]) -> bytes:
    return b"".join(
        _varint(number << 3) + _varint(value)
        if isinstance(value, int)
        else _varint(number << 3 | 2) + _varint(len(value)) + value
        for number, value in fields
    )


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])
