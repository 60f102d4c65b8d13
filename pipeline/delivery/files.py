"""Makes the files that are planned: one decode for all of them, each part and file stored when it
is whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path

import cv2

from manifests.errors import BadInput, ManifestUnusable, RushesError
from pipeline.delivery.encode import MasterRequest, reel_frames
from pipeline.delivery.fan_out import fan_out
from pipeline.delivery.finishing.finished_reel import finished_reel
from pipeline.delivery.finishing.finishers import Finishing
from pipeline.delivery.finishing.texture import textured
from pipeline.delivery.parts import PicturePart
from pipeline.delivery.pictures import PlannedPicture, pictures_of
from pipeline.delivery.plan import PlannedFile, plan_file
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.scenery import Letters, scenery_of
from pipeline.delivery.whole_file import Encoded, joined_file
from pipeline.media.delivered_video import PartFile, PictureEncoding, encode_part
from pipeline.nouns import DeliveredFile, DeliveredPart
from pipeline.renderer import Frames
from pipeline.workspace.workspace import Workspace

MARGIN = 2
"""Drawn frames beside a part's own that a change of rate may look at."""

STUDIOS = (BadInput, ManifestUnusable)
"""What another try does not mend."""

NOTHING_TOLD: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A file that is not finished, and its finished parts (None: to be encoded); what is
    to be `told` of its enlarged frames."""

    planned: PlannedFile
    parts: tuple[DeliveredPart | None, ...]
    told: tuple[str, ...] = NOTHING_TOLD

    @property
    def wanted(self) -> Iterator[range]:
        """The drawn frames that it needs."""
        picture = self.planned.picture
        for part, made in zip(picture.parts if picture else (), self.parts, strict=True):
            if made is None:
                yield range(max(0, part.shows_from - MARGIN), part.shows_to + MARGIN)


def make_deliveries(request: MasterRequest, workspace: Workspace) -> tuple[DeliveredFile, ...]:
    """The files of all profiles that are asked for, made or found finished.

    One that fails costs no other: they are stored before its error is raised, and found by the next
    try.
    """
    letters = Letters(request, workspace)
    planned = [plan_file(request, each, letters.fonts_for(each)) for each in request.profiles]
    done = {each.name: workspace.find_finished(each.name, DeliveredFile) for each in planned}
    opened = [opened_file(each, workspace) for each in planned if done[each.name] is None]
    made = [future for some in alike(opened) for future in made_alike(some, letters, workspace)]
    done |= {file.fingerprint: file for file in all_made(made)}
    return tuple(file for each in planned if (file := done[each.name]) is not None)


def alike(opened: Sequence[OpenFile]) -> Iterator[tuple[OpenFile, ...]]:
    """The files that are made of the same frames: of the drawn ones first, then of those that each
    network enlarged."""
    groups: dict[Finishing | None, list[OpenFile]] = {None: []}
    for each in opened:
        asked = each.planned.profile.finish
        groups.setdefault(asked and asked.unadorned, []).append(each)
    return (tuple(some) for some in groups.values() if some)


def made_alike(
    opened: Sequence[OpenFile], letters: Letters, workspace: Workspace
) -> Sequence[Future[DeliveredFile]]:
    """Of one decode. What cannot be finished costs the files that show it, and no others."""
    wanted = [frames for each in opened for frames in each.wanted]
    asked = opened[0].planned.profile.finish
    reel, told = letters.request.reel, NOTHING_TOLD
    try:
        if asked is not None:
            reel, told = finished_reel(reel, asked.unadorned, workspace, wanted)
    except (RushesError, MemoryError, cv2.error) as error:  # OpenCV's may be of full memory
        failed: Future[DeliveredFile] = Future()
        failed.set_exception(error)
        return [failed]
    readers = [partial(make_file, replace(each, told=told), letters, workspace) for each in opened]
    frames = reel_frames(reel, workspace, wanted) if wanted else iter(())
    return fan_out(frames, readers)


def all_made(futures: Sequence[Future[DeliveredFile]]) -> list[DeliveredFile]:
    """What was made; of several errors, one that a studio must mend is raised before others."""
    errors = [error for future in futures if (error := future.exception()) is not None]
    for error in sorted(errors, key=lambda error: not isinstance(error, STUDIOS)):
        raise error
    return [future.result() for future in futures]


def opened_file(planned: PlannedFile, workspace: Workspace) -> OpenFile:
    names = planned.picture.part_names if planned.picture else ()
    parts = tuple(workspace.find_finished(name, DeliveredPart) for name in names)
    return OpenFile(planned=planned, parts=parts)


def make_file(
    opened: OpenFile, letters: Letters, workspace: Workspace, drawn: Iterator[Frames]
) -> DeliveredFile:
    """Encode what is lacking of a file out of the drawn frames, and finish it."""
    planned = opened.planned
    with workspace.scratch_dir() as desk:
        drawing = letters.drawing(planned, desk)
        parts: list[PartFile] = []
        if planned.picture is not None:
            scenery = scenery_of(letters.request, planned.picture, workspace, desk)
            scenery = replace(scenery, captions=drawing.script if drawing else None)
            asked = planned.profile.finish
            if asked is not None:
                grain_of = letters.request.reel.take.fingerprint
                drawn = textured(drawn, asked, grain_of, list(opened.wanted))
            frames = pictures_of(drawn, planned.picture, scenery)
            parts = encode_parts(opened, planned.picture, frames, workspace, desk)
        encoded = Encoded(
            parts=tuple(parts),
            drawing=drawing,
            left_out=letters.left_out,
            finish_warnings=opened.told,
        )
        return joined_file(letters.request, planned, encoded, workspace, desk)


def encode_parts(
    opened: OpenFile,
    picture: PlannedPicture,
    frames: Iterator[Frames],
    workspace: Workspace,
    desk: Path,
) -> list[PartFile]:
    """The parts of a picture, in order: those that are lacking are encoded and stored."""
    stream = FrameStream(frames)
    encoding = picture_encoding(opened.planned.profile, picture)
    found = []
    for number, (part, made) in enumerate(zip(picture.parts, opened.parts, strict=True)):
        if made is not None:
            if None in opened.parts[number:]:
                stream.skip(part.frames)
            found.append(PartFile(path=workspace.fetch(made.file, desk), frames=part.frames))
            continue
        path = desk / f"part-{number}.mov"
        encode_part(stream.take(part.frames), path, encoding)
        if len(picture.parts) > 1:  # a file of one part is its own store
            store_part(path, picture.part_names[number], part, workspace)
        found.append(PartFile(path=path, frames=part.frames))
    return found


def store_part(path: Path, name: str, part: PicturePart, workspace: Workspace) -> None:
    file = workspace.store(path, name, "part.mov")
    workspace.commit(name, DeliveredPart(file=file, frames=part.frames))


def picture_encoding(profile: DeliveryProfile, picture: PlannedPicture) -> PictureEncoding:
    codec = profile.video
    if codec is None:
        raise ValueError(f"{profile.name} has no picture")
    return PictureEncoding(
        size=picture.size,
        rate=picture.rate,
        pix_fmt=codec.pix_fmt,
        options=codec.options_at(picture.rate),
    )


class FrameStream:
    """Batches of frames, cut where parts begin."""

    def __init__(self, batches: Iterator[Frames]) -> None:
        self._batches = batches

    def take(self, frames: int) -> Iterator[Frames]:
        """The next frames; raises `ValueError` when there are fewer."""
        while frames > 0:
            batch = next(self._batches, None)
            if batch is None:
                raise ValueError(f"{frames} frames are lacking")
            if len(batch) > frames:
                self._batches = chain([batch[frames:]], self._batches)
            yield batch[:frames]
            frames -= len(batch)

    def skip(self, frames: int) -> None:
        for _ in self.take(frames):
            pass
