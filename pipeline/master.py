"""Master: the lossy encodes of a take's reel with its mix, checked before anyone sees them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar

from pipeline.captions.deliverables import CAPTIONED
from pipeline.delivery.captioned import captioned
from pipeline.delivery.encode import MasterRequest, encoded, master_name
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
    """Encode the video, and those of further profiles that are asked for."""
    made = encode_master(request, workspace)
    if CAPTIONED not in request.further:
        return made
    return replace(made, captioned=(captioned(request, workspace),))


def encode_master(request: MasterRequest, workspace: Workspace) -> Master:
    """Encode the deliverable, probe what came out, and keep it under its fingerprint."""
    name = master_name(request)
    done = workspace.find_finished(name, Master)
    if done is not None:
        return done
    with workspace.scratch_dir() as desk:
        path = desk / "web.mp4"
        facts = encoded(request, path, workspace, desk)
        made = Master(
            fingerprint=name,
            profile=request.profile,
            file=workspace.store(path, name, "web.mp4"),
            frames=facts.frames,
            fps=float(facts.fps),
            width=facts.width,
            height=facts.height,
            duration_s=facts.duration_s,
        )
    return workspace.commit(name, made)
