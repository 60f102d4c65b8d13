"""Master: the one lossy encode of a take's reel with its mix, checked before anyone sees it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

from manifests.errors import Transient
from manifests.fingerprint import fingerprint
from manifests.job import Aspect
from model.shapes import FPS
from pipeline.captions.deliverables import CAPTIONED, drawing_of, drawn_name, text_of, without
from pipeline.media.fonts import Fonts, lettering_for
from pipeline.media.framing import Crop, Size, crop_for
from pipeline.media.probe import VideoFacts, probe_video
from pipeline.media.video import WEB_SOUND, WEB_VIDEO, VideoMetadata, encode_web, read_frames
from pipeline.nouns import Captions, Master, Reel, Take
from pipeline.renderer import Frames
from pipeline.stage import Resources
from pipeline.words import load_words
from pipeline.workspace.copies import DAMAGED
from pipeline.workspace.workspace import Workspace

SYNTHETIC = "Synthetic video: a portrait animated by Rushes"
"""Stands in the metadata of every deliverable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterRequest:
    """A reel to be finished for a delivery profile, `enlarged` times as large as it was drawn.

    `demo` tells that its weights were. `captioned` asks for a second file, with captions drawn into
    it with one of the `fonts`.
    """

    reel: Reel
    profile: str
    aspect: Aspect
    language: str
    enlarged: int = 1
    demo: bool = False
    captioned: bool = False
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


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterStage:
    """The recipe."""

    name: ClassVar[str] = "master"
    needs: ClassVar[Resources] = Resources()

    def load(self) -> Callable[[MasterRequest, Workspace], Master]:
        return master


def master(finish: MasterRequest, workspace: Workspace) -> Master:
    """Encode the deliverable, and the one with captions if it is asked for."""
    made = encode_master(finish, workspace)
    return replace(made, captioned=(captioned(finish, workspace),)) if finish.captioned else made


def encode_master(finish: MasterRequest, workspace: Workspace) -> Master:
    """Encode the deliverable, probe what came out, and keep it under its fingerprint."""
    name = master_name(finish)
    done = workspace.find_finished(name, Master)
    if done is not None:
        return done
    with workspace.scratch_dir() as desk:
        path = desk / "web.mp4"
        facts = encoded(finish, path, workspace, desk)
        made = Master(
            fingerprint=name,
            profile=finish.profile,
            file=workspace.store(path, name, "web.mp4"),
            frames=facts.frames,
            fps=float(facts.fps),
            width=facts.width,
            height=facts.height,
            duration_s=facts.duration_s,
        )
    return workspace.commit(name, made)


def captioned(finish: MasterRequest, workspace: Workspace) -> Captions:
    """The same picture with captions drawn into it, from the lossless segments as well."""
    take = finish.reel.take
    with workspace.scratch_dir() as desk:
        words = load_words(workspace.fetch(take.words, desk))
        letters = lettering_for(text_of(words), finish.fonts)
        font, words = letters.font, without(words, letters.left_out)
        look = drawn_name(take, font, finish.size)
        name = fingerprint("captioned", master=master_name(finish), look=list(look))
        done = workspace.find_finished(name, Captions)
        if done is not None:
            return done
        drawing = drawing_of(words, take.frames, font, finish.size, desk / "captions")
        path = desk / "captioned.mp4"
        encoded(finish, path, workspace, desk, captions=drawing.script)
        file = workspace.store(path, name, path.name)
    breaches, left_out = drawing.breaches, letters.left_out
    made = Captions(format=CAPTIONED, file=file, breaches=breaches, left_out=left_out)
    return workspace.commit(name, made)


def encoded(
    finish: MasterRequest,
    path: Path,
    workspace: Workspace,
    desk: Path,
    captions: Path | None = None,
) -> VideoFacts:
    """Encode a file and check what came out."""
    take = finish.reel.take
    encode_web(
        reel_frames(finish.reel, workspace),
        workspace.fetch(take.mix, desk),
        path,
        size=finish.size,
        crop=finish.crop,
        frames_total=take.frames,
        metadata=VideoMetadata(comment=finish.comment, language=finish.language),
        captions=captions,
    )
    facts = probe_video(path)
    check(facts, take, finish.size)
    return facts


def master_name(finish: MasterRequest) -> str:
    """Fingerprint of a deliverable: the frames it shows, the sound, and how they are encoded."""
    return fingerprint(
        "master",
        pieces=[[p.video.sha256, p.skip, p.frames] for p in finish.reel.pieces],
        mix=finish.reel.take.mix.sha256,
        profile=finish.profile,
        aspect=finish.aspect,
        language=finish.language,
        enlarged=finish.enlarged,
        comment=finish.comment,
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
