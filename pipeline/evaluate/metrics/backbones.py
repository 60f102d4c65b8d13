"""The networks that papers' figures need, as the user brings them: what each takes and gives, and
how files that come from outside are opened."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime  # type: ignore[import-untyped]  # no types in onnxruntime
import torch
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as state  # type: ignore[import-untyped]

from manifests.errors import ManifestUnusable

Batch = NDArray[np.float32]
Features = NDArray[np.float64]
"""[n, width]"""

LARGEST_BYTES = 2 << 30
_BROKEN = (
    state.Fail,
    state.InvalidArgument,
    state.InvalidGraph,
    state.InvalidProtobuf,
    state.NotImplemented,
    state.RuntimeException,
)
_OPTION = re.compile(r"(?P<name>[a-z0-9_]+)=(?P<path>.+)@sha256:(?P<digest>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneInput:
    """A row of the table: which network, for which figures, the shape that one call takes (n items)
    and what its numbers are, and which widths of features it may give."""

    name: str
    network: str
    figures: tuple[str, ...]
    shape: tuple[int, ...]
    values: str
    resampled: str
    widths: tuple[int, ...]
    batch: int

    @property
    def brought(self) -> str:
        """For people: what to bring."""
        shape = ", ".join(["n", *map(str, self.shape)])
        widths = " or ".join(map(str, self.widths))
        return (
            f"{self.network} as TorchScript or ONNX, float32 [{shape}] ({self.values}) to"
            f" [n, {widths}]: --backbone {self.name}=FILE@sha256:DIGEST"
        )


_ROWS = (
    BackboneInput(
        name="inception",
        network="Inception v3 with the weights of FID, up to pool3",
        figures=("FID",),
        shape=(3, 299, 299),
        values="RGB, x / 127.5 - 1",
        resampled="the whole frame, bilinear with antialiasing, aspect not kept",
        widths=(2048,),
        batch=16,
    ),
    BackboneInput(
        name="i3d",
        network="I3D trained on Kinetics-400, logits (400) or pooled features (1024)",
        figures=("FVD",),
        shape=(3, 16, 224, 224),
        values="RGB, x / 127.5 - 1",
        resampled="the whole frame, bilinear with antialiasing, aspect not kept",
        widths=(400, 1024),
        batch=1,
    ),
    BackboneInput(
        name="syncnet_lips",
        network="the picture's half of SyncNet (syncnet_v2, forward_lip)",
        figures=("Sync-C", "Sync-D", "Sync offset"),
        shape=(3, 5, 224, 224),
        values="BGR, 0..255",
        resampled="a square about the face, bilinear",
        widths=(1024,),
        batch=8,
    ),
    BackboneInput(
        name="syncnet_sound",
        network="the sound's half of SyncNet (syncnet_v2, forward_aud)",
        figures=("Sync-C", "Sync-D", "Sync offset"),
        shape=(1, 13, 20),
        values="13 MFCC of 20 steps of 10 ms, 16 kHz mono in 16-bit units",
        resampled="sound at 16 kHz mono",
        widths=(1024,),
        batch=64,
    ),
    BackboneInput(
        name="arcface",
        network="ArcFace (such as InsightFace's glintr100)",
        figures=("CSIM",),
        shape=(3, 112, 112),
        values="RGB, (x - 127.5) / 127.5",
        resampled="five points of the face on ArcFace's template",
        widths=(512,),
        batch=16,
    ),
    BackboneInput(
        name="expression",
        network="expression coefficients of a 3D face (Deep3DFaceRecon: 64; FLAME: 50)",
        figures=("E-FID",),
        shape=(3, 224, 224),
        values="RGB, x / 255",
        resampled="five points of the face on ArcFace's template at twice its size",
        widths=(64, 50),
        batch=16,
    ),
)

BACKBONES: Mapping[str, BackboneInput] = {row.name: row for row in _ROWS}
"""By the name that `--backbone` takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneFile:
    """A network's file with the digest that it must have."""

    row: BackboneInput
    path: Path
    sha256: str


def backbone_files(options: Iterable[str]) -> dict[str, BackboneFile]:
    """Of `NAME=PATH@sha256:DIGEST`, each once. Raises `ManifestUnusable` `backbone_unusable`."""
    found: dict[str, BackboneFile] = {}
    for option in options:
        parts = _OPTION.fullmatch(option)
        if parts is None or parts["name"] not in BACKBONES or parts["name"] in found:
            known = ", ".join(BACKBONES)
            raise ManifestUnusable(
                "backbone_unusable",
                f"--backbone {option}: give NAME=FILE@sha256:DIGEST (64 small hex digits, as"
                f" `sha256sum FILE` prints them), once for each of {known}",
            )
        found[parts["name"]] = BackboneFile(
            row=BACKBONES[parts["name"]], path=Path(parts["path"]), sha256=parts["digest"]
        )
    return found


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
        except (*_BROKEN, RuntimeError, ValueError, TypeError, AttributeError) as error:
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
        size = file.path.stat().st_size
        content = file.path.read_bytes() if size <= LARGEST_BYTES else b""
    except OSError as error:
        raise _unusable(file, f"cannot be read: {error.strerror}") from error
    if size > LARGEST_BYTES:
        raise _unusable(file, f"has more than {LARGEST_BYTES >> 30} GiB")
    found = hashlib.sha256(content).hexdigest()
    if found != file.sha256:
        raise _unusable(file, f"has the digest {found}, not the one that was named")
    if content[:2] == b"PK":  # a zip, as TorchScript is
        return OpenedBackbone(file=file, kind="TorchScript", call=_torch_script(file, content))
    return OpenedBackbone(file=file, kind="ONNX", call=_onnx(file, content))


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


def _onnx(file: BackboneFile, content: bytes) -> Callable[[Batch], NDArray[np.floating]]:
    """Opened from its bytes: a file that keeps its weights in others is refused."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised
    try:
        session = onnxruntime.InferenceSession(
            content, sess_options=options, providers=["CPUExecutionProvider"]
        )
    except _BROKEN as error:
        raise _unusable(file, "is neither TorchScript nor a whole ONNX file") from error
    if len(session.get_inputs()) != 1:
        raise _unusable(file, f"takes {len(session.get_inputs())} inputs, not one")
    name, made = session.get_inputs()[0].name, session.get_outputs()[0].name
    return lambda items: np.asarray(session.run([made], {name: items})[0])


def _unusable(file: BackboneFile, why: str) -> ManifestUnusable:
    return ManifestUnusable("backbone_unusable", f"{file.path} {why}; bring {file.row.brought}")
