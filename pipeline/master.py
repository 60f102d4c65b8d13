"""Master: the lossy encodes of a take's reel with its mix, checked before anyone sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.files import make_deliveries
from pipeline.nouns import Master
from pipeline.stage import Resources, StageName
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterStage:
    """The recipe."""

    name: ClassVar[str] = StageName.MASTER
    needs: ClassVar[Resources] = Resources()

    def load(self) -> Callable[[MasterRequest, Workspace], Master]:
        return master


def master(request: MasterRequest, workspace: Workspace) -> Master:
    """The files of all profiles that are asked for, the video's first."""
    deliveries = make_deliveries(request, workspace)
    video = deliveries[0]
    return Master(
        fingerprint=video.fingerprint,
        profile=video.profile,
        file=video.file,
        frames=video.frames,
        fps=float(Fraction(video.rate)),
        width=video.width,
        height=video.height,
        duration_s=video.duration_s,
        deliveries=deliveries,
    )
