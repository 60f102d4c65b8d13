"""Finished frames: each drawn segment is enlarged once, stored, and shared by all profiles."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import isfinite
from time import perf_counter

import cv2
import numpy as np

from manifests.errors import BadInput
from manifests.fingerprint import fingerprint
from pipeline.delivery.finishing.brought_finishers import Finisher
from pipeline.delivery.finishing.finishers import Finishing, opened_finisher
from pipeline.delivery.finishing.guard import (
    FaceGuard,
    breaches,
    following_breach,
    lips_following,
    told_of_faces,
)
from pipeline.delivery.finishing.pace import seen_megapixels
from pipeline.delivery.parts import is_wanted
from pipeline.media.face.facemesh import load_mesh
from pipeline.media.framing import Size
from pipeline.media.picture.optical_flow import Picture
from pipeline.media.video import read_frames, write_lossless
from pipeline.nouns import Box, FinishedSegment, FinishSpent, Piece, Reel, Take
from pipeline.quality.looks import Points
from pipeline.quality.meter import installed_encoder
from pipeline.renderer import Frames
from pipeline.workspace.workspace import Workspace

LOGGER = logging.getLogger("rushes.master")


def finished_take(take: Take, asked: Finishing | None) -> Take:
    """The take as its finished frames have it; they keep its shape, to even sides."""
    if asked is None:
        return take
    size = finished_size(Size(width=take.width, height=take.height), asked.lines)
    across, down = size.width / take.width, size.height / take.height
    head = Box(
        left=take.head.left * across,
        top=take.head.top * down,
        width=take.head.width * across,
        height=take.head.height * down,
    )
    return replace(take, width=size.width, height=size.height, head=head)


def finished_size(drawn: Size, lines: int) -> Size:
    return Size(width=max(2, 2 * round(drawn.ratio * Fraction(lines, 2))), height=lines)


def enlarges(take: Take, asked: Finishing) -> bool:
    """Whether a network is asked at all: frames of as many lines or more are only scaled."""
    return take.height < asked.lines


def told_of_enlarging(take: Take, asked: Finishing | None) -> str:
    """By what the take's frames were enlarged, "" where no network did."""
    return asked.told if asked is not None and enlarges(take, asked) else ""


def finished_name(piece: Piece, asked: Finishing) -> str:
    """Fingerprint of a segment's finished frames: what was drawn, and what finishes it."""
    return fingerprint("finished", drawn=piece.video.sha256, **asked.frames_named)


def finished_names(reel: Reel, asked: Finishing | None) -> tuple[str, ...]:
    """Of all that the reel plays."""
    if asked is None:
        return ()
    return tuple(dict.fromkeys(finished_name(piece, asked) for piece in reel.pieces))


def finished_reel(
    reel: Reel, asked: Finishing, workspace: Workspace, wanted: Sequence[range]
) -> tuple[Reel, tuple[str, ...]]:
    """The reel of finished frames, and what is to be told of their faces. What is lacking of the
    `wanted` ones is finished now, segment by segment, each stored when it is whole; pieces that
    nobody reads stay as they are.

    Raises `BadInput` `finish_changed_face` where a network changes the face.
    """
    pieces, made, at = [], [], 0
    for piece in reel.pieces:
        stop = at + piece.frames
        if is_wanted(at, stop, wanted):
            segment = finished_segment(piece, reel.take, asked, workspace)
            pieces.append(replace(piece, video=segment.video))
            made.append((piece, segment))
        else:
            found = found_segment(finished_name(piece, asked), asked, workspace)
            pieces.append(piece)
            made += [(piece, found)] if found else []
        at = stop
    finished = replace(reel, take=finished_take(reel.take, asked), pieces=tuple(pieces))
    return finished, told_of_take(made, asked)


def told_of_take(
    made: Sequence[tuple[Piece, FinishedSegment]], asked: Finishing
) -> tuple[str, ...]:
    """Warnings of all that is finished of a take. Raises `BadInput` where its lips do not go any
    more as they were drawn."""
    seen = [
        (before, after)
        for piece, segment in made
        for number, before, after in segment.gaps
        if piece.skip <= number < piece.skip + piece.frames
    ]
    before, after = np.array(seen).reshape(-1, 2).T
    following = lips_following(before, after)
    if wrong := following_breach(following):
        raise changed_face(asked, wrong)
    enlarged = [segment for _, segment in made if segment.spent is not None]
    figures = {name for segment in enlarged for name, _ in segment.figures}
    return told_of_faces(following, figures) if enlarged else ()


def changed_face(asked: Finishing, wrong: str) -> BadInput:
    return BadInput(
        "finish_changed_face",
        f"the finisher {asked.network} {wrong}; give the profile another finish_network, or take"
        " finish out",
    )


def finished_segment(
    piece: Piece, take: Take, asked: Finishing, workspace: Workspace
) -> FinishedSegment:
    """All frames of the piece's video, made or found finished. Made ones are stored when they have
    passed the guard, and then recorded: a kill in between leaves nothing that is taken up.

    Raises `BadInput` `finish_changed_face`.
    """
    name = finished_name(piece, asked)
    found = found_segment(name, asked, workspace)
    if found is not None:
        return found
    began = perf_counter()
    with workspace.scratch_dir() as desk:
        work = segment_finish(take, asked, load_mesh(workspace.fetch(take.landmarks, desk)))
        path = desk / "finished.mkv"
        drawn = read_frames(workspace.fetch(piece.video, desk), batch=1)
        frames = write_lossless(
            work.finished(drawn), path, width=work.size.width, height=work.size.height
        )
        figures = {key: each for key, each in work.guard.figures.items() if isfinite(each)}
        require_same_face(figures, asked)
        seconds = perf_counter() - began
        if (others := found_segment(name, asked, workspace)) is not None:
            return others  # of another job, meanwhile
        made = FinishedSegment(
            fingerprint=name,
            video=workspace.store_derived(path, name, "finished.mkv"),
            frames=frames,
            take=take.fingerprint,
            figures=tuple(figures.items()),
            gaps=tuple(work.guard.gaps),
            spent=spent_on(asked, take, frames, seconds),
        )
        LOGGER.info("%d frames of a segment are finished by %s", frames, asked.network)
        return workspace.commit(name, made)


def found_segment(name: str, asked: Finishing, workspace: Workspace) -> FinishedSegment | None:
    """A segment that was finished before, asked by the limits of today."""
    found = workspace.find_finished(name, FinishedSegment)
    if found is not None:
        require_same_face(dict(found.figures), asked)
    return found


def require_same_face(figures: Mapping[str, float], asked: Finishing) -> None:
    """Raises `BadInput` for figures of a segment that are beyond their limits."""
    if wrong := breaches(figures):
        raise changed_face(asked, " and ".join(wrong))


def spent_on(asked: Finishing, take: Take, frames: int, seconds: float) -> FinishSpent | None:
    """What quotes learn of; None where no network was asked."""
    drawn = Size(width=take.width, height=take.height)
    megapixels = seen_megapixels(asked, drawn, frames)
    if not megapixels:
        return None
    return FinishSpent(
        network=asked.network, digest=asked.digest, seconds=round(seconds, 3), megapixels=megapixels
    )


def segment_finish(take: Take, asked: Finishing, mesh: Points) -> SegmentFinish:
    return SegmentFinish(
        finisher=opened_finisher(asked.unadorned) if enlarges(take, asked) else None,
        size=finished_size(Size(width=take.width, height=take.height), asked.lines),
        guard=FaceGuard(mesh=mesh, encoder=installed_encoder()),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SegmentFinish:
    """The frames of one segment on their way: one is held. Without a `finisher` they are only
    scaled, which changes no face."""

    finisher: Finisher | None
    size: Size
    guard: FaceGuard

    def finished(self, batches: Iterator[Frames]) -> Iterator[Frames]:
        for batch in batches:
            for drawn in batch:
                if self.finisher is None:
                    yield resized(drawn, self.size)[None]
                    continue
                shown = resized(self.finisher.enlarge(drawn), self.size)
                self.guard.look(drawn, shown)
                yield shown[None]


def resized(picture: Picture, size: Size) -> Picture:
    """By area where it shrinks, which cannot ring or alias, else by Lanczos."""
    if picture.shape[:2] == (size.height, size.width):
        return picture
    shrinks = size.height <= picture.shape[0] and size.width <= picture.shape[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LANCZOS4
    made = cv2.resize(picture, (size.width, size.height), interpolation=way)
    return np.asarray(made, np.uint8)
