"""The table of finishers: the networks that enlarge drawn frames, and those that studios bring."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from manifests.errors import ManifestUnusable
from manifests.fingerprint import Value
from pipeline.delivery.finishing.brought_finishers import (
    Finisher,
    brought_finisher,
    unusable_finisher,
)
from pipeline.delivery.finishing.tiles import Tiled
from pipeline.media.picture.own_enlarger import digested, own_network, tried_network
from pipeline.media.picture.super_resolution import carried_network, require_carried

FILE = re.compile(r"(?P<path>.+)@sha256:(?P<digest>[0-9a-f]{64})")

VERSION = 3
"""Of the way in which frames are finished; another one finishes them anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedFinisher:
    """A row of the table. `seconds` are of one core for a million pixels of a tile
    (benchmarks/results/finishing.json)."""

    name: str
    stem: str
    param_sha256: str
    bin_sha256: str
    seconds: float
    looks: str


_ROWS = (
    CarriedFinisher(
        name="animevideov3",
        stem="realesr-animevideov3-x4",
        param_sha256="850a248e7c14c27e5bd8cf7265113a9441036a7db63963bb8aa5169d788a435e",
        bin_sha256="548a36f9c3f4ab8da56cd3b13badf23968bee207b396dad14d04b830e5f2ab2d",
        seconds=5.4,
        looks="fast; edges as sharp and skin as smooth as in a drawing",
    ),
    CarriedFinisher(
        name="x4plus",
        stem="realesrgan-x4plus",
        param_sha256="35330ececcea33b6c397a72548e788d5d53becee4734c50b7fada36e89f10a86",
        bin_sha256="713ee713b0353afaa27976f0563a64a5043bd70b9bd8936c2e26e25ebcdbcddf",
        seconds=150.0,
        looks="made for photographs; some thirty times as slow",
    ),
)

CARRIED_FINISHERS: Mapping[str, CarriedFinisher] = {row.name: row for row in _ROWS}
"""By the name that a profile's `finish_network` takes."""

USUAL = "animevideov3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finishing:
    """What a profile asks for: drawn frames of so many `lines`, enlarged by a `network`: a carried
    one, that of an entry point, or the file at `path`; `digest` is of what decides its pixels.
    `sharpen` is the share of detail that is added, `grain` its deviation in levels."""

    lines: int
    network: str = USUAL
    digest: str = CARRIED_FINISHERS[USUAL].bin_sha256
    path: str = ""
    sharpen: float = 0.0
    grain: float = 0.0

    @property
    def frames_named(self) -> dict[str, Value]:
        """What decides the stored frames, for their fingerprints: wherever the file lies."""
        return {"lines": self.lines, "network": self.digest, "version": VERSION}

    @property
    def content(self) -> dict[str, Value]:
        """All that decides what is seen."""
        return {**self.frames_named, "sharpen": self.sharpen, "grain": self.grain}

    @property
    def told(self) -> str:
        """For people and credentials."""
        return f"enlarged to {self.lines} lines by {self.network} ({self.digest[:12]})"

    @property
    def unadorned(self) -> Finishing:
        """The same without what is added when stored frames are read: they share those."""
        return Finishing(lines=self.lines, network=self.network, digest=self.digest, path=self.path)


def finishing_of(lines: int, network: str, *, sharpen: float, grain: float) -> Finishing:
    """As a profile names it. Raises `ValueError` for a network that nobody has here, or that cannot
    be used: it is known before anything is drawn."""
    name, digest, path = _named(network)
    return Finishing(
        lines=lines, network=name, digest=digest, path=path, sharpen=sharpen, grain=grain
    )


def _named(network: str) -> tuple[str, str, str]:
    try:
        if (row := CARRIED_FINISHERS.get(network)) is not None:
            require_carried(row.stem)
            return network, row.bin_sha256, ""
        if (file := FILE.fullmatch(network)) is not None:
            path = Path(file["path"]).absolute()
            digested(path, file["digest"])
            tried_network(path, file["digest"])
            return path.name, file["digest"], str(path)
        return network, brought_finisher(network, CARRIED_FINISHERS).digest, ""
    except ManifestUnusable as error:
        raise ValueError(str(error)) from error


@lru_cache(maxsize=2)
def opened_finisher(asked: Finishing) -> Finisher:
    """The finisher, its files' digests checked. Raises `ManifestUnusable` `finisher_unusable`."""
    if asked.path:
        return Tiled(network=own_network(Path(asked.path), asked.digest), digest=asked.digest)
    if (row := CARRIED_FINISHERS.get(asked.network)) is not None:
        network = carried_network(row.stem, row.param_sha256, row.bin_sha256)
        return Tiled(network=network, digest=row.bin_sha256)
    guest = brought_finisher(asked.network, CARRIED_FINISHERS)
    if guest.digest != asked.digest:
        raise unusable_finisher(
            f"{guest.told} is another one on this machine than where the run began; install the"
            " same everywhere"
        )
    return guest
