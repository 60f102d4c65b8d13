"""A small take with real pieces and sound, to be delivered."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from manifests.artifact import Artifact, sha256_of
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.settings import DeliverySettings
from pipeline.media.video import write_lossless
from pipeline.nouns import Box, Join, Piece, Reel
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_mix, some_frames
from tests.noun_builders import a_take


@dataclass(frozen=True, kw_only=True)
class SmallTake:
    """Two chunks of two pieces each, 47 frames of 256 x 144 a piece."""

    folder: Path
    frames: NDArray[np.uint8]
    reel: Reel

    @property
    def workspace(self) -> Workspace:
        return Workspace(out=str(self.folder / "out"), scratch=self.folder / "scratch")

    def request(self, *names: str, profiles: tuple[DeliveryProfile, ...] = ()) -> MasterRequest:
        """Of `web` and these; `profiles` replace the carried ones of their names."""
        table = {profile.name: profile for profile in (*DeliverySettings().profiles, *profiles)}
        return MasterRequest(
            reel=self.reel,
            profile="web",
            aspect="source",
            language="de",
            further=names,
            job_id="job",
            delivery=DeliverySettings(profiles=tuple(table.values())),
        )


def stored(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)


def a_piece(path: Path, frames: NDArray[np.uint8]) -> Piece:
    write_lossless([frames], path, width=frames.shape[2], height=frames.shape[1])
    return Piece(video=stored(path), skip=0, frames=len(frames))


def a_small_take(folder: Path, joins: tuple[int, ...] = (94,)) -> SmallTake:
    frames = some_frames(188, 256, 144)
    pieces = tuple(
        a_piece(folder / f"piece-{start}.mkv", frames[start : start + 47])
        for start in range(0, 188, 47)
    )
    take = replace(
        a_take(188),
        width=256,
        height=144,
        mix=stored(a_mix(folder / "mix.wav", 188)),
        head=Box(left=90, top=20, width=70, height=90),
    )
    met = tuple(Join(at=at, bridged_frames=0, z_before=0, z_after=0) for at in joins)
    return SmallTake(folder=folder, frames=frames, reel=Reel(take=take, pieces=pieces, joins=met))
