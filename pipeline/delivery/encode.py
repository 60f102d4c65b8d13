"""The lossy encode of a take's reel with its mix, for one delivery profile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from manifests.errors import Transient
from manifests.fingerprint import fingerprint
from manifests.job import Aspect
from model.shapes import FPS
from pipeline.delivery.settings import DeliverySettings
from pipeline.media.fonts import Fonts
from pipeline.media.framing import Crop, Size, crop_for
from pipeline.media.probe import VideoFacts, probe_video
from pipeline.media.video import WEB_SOUND, WEB_VIDEO, VideoMetadata, encode_web, read_frames
from pipeline.nouns import Reel, Take
from pipeline.renderer import Frames
from pipeline.workspace.copies import DAMAGED
from pipeline.workspace.workspace import Workspace

SYNTHETIC = "Synthetic video: a portrait animated by Rushes"
"""Stands in the metadata of every deliverable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterRequest:
    """A reel to be finished for a delivery profile, `enlarged` times as large as it was drawn.

    `demo` tells that its weights were. `further` names the profiles of other videos that are wanted
    of it, which `delivery` describes; captions are drawn with one of the `fonts`.
    """

    reel: Reel
    profile: str
    aspect: Aspect
    language: str
    enlarged: int = 1
    demo: bool = False
    further: tuple[str, ...] = ()
    job_id: str = ""
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    fonts: Fonts = field(default_factory=Fonts)

    @property
    def comment(self) -> str:
        """What the file's metadata says of how it was made."""
        return f"{SYNTHETIC}, with demo weights" if self.demo else SYNTHETIC

    @property
    def crop(self) -> Crop:
        """What of the drawn frames is delivered."""
        take = self.reel.take
        return crop_for(self.aspect, take.width, take.height, take.head)

    @property
    def size(self) -> Size:
        """Of the deliverable, in pixels."""
        size = self.crop.size
        return Size(width=self.enlarged * size.width, height=self.enlarged * size.height)


def encoded(
    request: MasterRequest,
    path: Path,
    workspace: Workspace,
    desk: Path,
    captions: Path | None = None,
) -> VideoFacts:
    """Encode a file and check what came out."""
    take = request.reel.take
    encode_web(
        reel_frames(request.reel, workspace),
        workspace.fetch(take.mix, desk),
        path,
        size=request.size,
        crop=request.crop,
        frames_total=take.frames,
        metadata=VideoMetadata(comment=request.comment, language=request.language),
        captions=captions,
    )
    facts = probe_video(path)
    check(facts, take, request.size)
    return facts


def master_name(request: MasterRequest) -> str:
    """Fingerprint of a deliverable: the frames it shows, the sound, and how they are encoded."""
    return fingerprint(
        "master",
        pieces=[[p.video.sha256, p.skip, p.frames] for p in request.reel.pieces],
        mix=request.reel.take.mix.sha256,
        profile=request.profile,
        aspect=request.aspect,
        language=request.language,
        enlarged=request.enlarged,
        comment=request.comment,
        encoding=json.dumps([WEB_VIDEO, WEB_SOUND]),
        tagged_tracks=["video", "sound"],
    )


def reel_frames(reel: Reel, workspace: Workspace) -> Iterator[Frames]:
    """The frames of a reel in order; one piece is on this machine at a time."""
    with workspace.scratch_dir() as desk:
        for piece in reel.pieces:
            at = 0
            for batch in read_frames(workspace.fetch(piece.video, desk)):
                shown = batch[max(0, piece.skip - at) : max(0, piece.skip + piece.frames - at)]
                at += len(batch)
                if len(shown):
                    yield shown
            if at < piece.skip + piece.frames:
                raise Transient(DAMAGED, f"{piece.video.uri} has {at} frames only")
            workspace.evict(piece.video, desk)


def check(facts: VideoFacts, take: Take, size: Size) -> None:
    """What must be true of every finished file; another try is the only remedy for a breach."""
    wrong = []
    if facts.frames != take.frames:
        wrong.append(f"{facts.frames} frames instead of {take.frames}")
    if (facts.width, facts.height) != (size.width, size.height):
        wrong.append(f"{facts.width}x{facts.height} instead of {size.width}x{size.height}")
    if abs(facts.duration_s - take.frames / FPS) > 1 / FPS:
        wrong.append(f"{facts.duration_s:.3f} s instead of {take.frames / FPS:.3f} s")
    if wrong:
        raise Transient("encode_incomplete", "the encoded file has " + ", ".join(wrong))
