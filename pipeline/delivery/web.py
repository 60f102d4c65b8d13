"""The profile `web`: the video that every row is delivered as."""

from __future__ import annotations

from pipeline.delivery.encode import MasterRequest, encoded, master_name
from pipeline.nouns import Master
from pipeline.workspace.workspace import Workspace


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
