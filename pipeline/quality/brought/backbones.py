"""The networks that papers' figures need, as the user brings them: what each takes and gives, and
how one is named."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from manifests.errors import ManifestUnusable
from pipeline.quality.measures import LOOKS

OF_RUNS = frozenset(name for look in LOOKS.values() for name in look.brought)
"""Those that a run measures takes with, where its settings name them."""

OPTION = re.compile(r"(?P<name>[a-z0-9_]+)=(?P<path>.+)@sha256:(?P<digest>[0-9a-f]{64})")


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
        named = f'{self.name} = "FILE@sha256:DIGEST" below [backbones] of the settings'
        return (
            f"{self.network} as TorchScript or ONNX, float32 [{shape}] ({self.values}) to"
            f" [n, {widths}]: --backbone {self.name}=FILE@sha256:DIGEST of `rushes evaluate`"
            f"{f', or {named}' if self.name in OF_RUNS else ''}"
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
        parts = OPTION.fullmatch(option)
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
