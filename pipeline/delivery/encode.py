"""What is asked of the stage that makes files to deliver, and the frames that it makes them of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from manifests.errors import Transient
from manifests.fingerprint import fingerprint
from manifests.job import Aspect
from pipeline.delivery.codecs import WEB_SOUND, WEB_VIDEO
from pipeline.delivery.parts import is_wanted
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.settings import DeliverySettings
from pipeline.delivery.watermark.payload import Mark, mark_of, watermark_key
from pipeline.media.fonts import Fonts
from pipeline.media.video import read_frames
from pipeline.nouns import Piece, Reel, Take
from pipeline.renderer import Frames
from pipeline.workspace.copies import DAMAGED
from pipeline.workspace.workspace import Workspace

BATCH = 8
"""Frames at once, as they are read."""

SYNTHETIC = "Synthetic video: a portrait animated by Rushes"
"""Stands in the metadata of every deliverable."""


def synthetic(*, demo: bool) -> str:
    """What the metadata of a deliverable says of how it was made."""
    return f"{SYNTHETIC}, with demo weights" if demo else SYNTHETIC


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
    title: str = ""
    delivery: DeliverySettings = field(default_factory=DeliverySettings)
    fonts: Fonts = field(default_factory=Fonts)

    @property
    def comment(self) -> str:
        """What the file's metadata says of how it was made."""
        return synthetic(demo=self.demo)

    @property
    def mark(self) -> Mark:
        """The watermark of the job's take; `ManifestUnusable` where its key is not on this
        machine."""
        key = watermark_key(self.delivery.watermark_key_env)
        return mark_of(self.job_id, self.reel.take.fingerprint, key)

    @property
    def profiles(self) -> tuple[DeliveryProfile, ...]:
        """The video's, and the further ones."""
        table = self.delivery.table
        return tuple(table[name] for name in (self.profile, *self.further))


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


def reel_frames(reel: Reel, workspace: Workspace, wanted: Sequence[range] = ()) -> Iterator[Frames]:
    """The frames of a reel in order; one piece is on this machine at a time.

    With `wanted` only pieces that hold such frames are decoded; black stands for all others.
    """
    at = 0
    with workspace.scratch_dir() as desk:
        for piece in reel.pieces:
            stop = at + piece.frames
            if wanted and not is_wanted(at, stop, wanted):
                yield from _black(reel.take, piece.frames)
            else:
                yield from piece_frames(piece, workspace, desk)
            at = stop


def piece_frames(piece: Piece, workspace: Workspace, desk: Path) -> Iterator[Frames]:
    """What a piece shows of its lossless video."""
    at = 0
    for batch in read_frames(workspace.fetch(piece.video, desk)):
        shown = batch[max(0, piece.skip - at) : max(0, piece.skip + piece.frames - at)]
        at += len(batch)
        if len(shown):
            yield shown
    if at < piece.skip + piece.frames:
        raise Transient(DAMAGED, f"{piece.video.uri} has {at} frames only")
    workspace.evict(piece.video, desk)


def _black(take: Take, frames: int) -> Iterator[Frames]:
    """Frames that take no memory."""
    one = np.zeros(1, np.uint8)
    for start in range(0, frames, BATCH):
        count = min(BATCH, frames - start)
        yield np.broadcast_to(one, (count, take.height, take.width, 3))
