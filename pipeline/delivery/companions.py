"""The files that go with a row's videos: a timeline, an edit decision list, a poster, a contact
sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from manifests.artifact import Artifact
from manifests.fingerprint import Value, fingerprint
from manifests.job import Job
from pipeline.captions.deliverables import cues_for, text_of
from pipeline.captions.text import holdable
from pipeline.delivery.encode import synthetic
from pipeline.delivery.package.stills import frame_timecode, poster, sheet_of_frames
from pipeline.delivery.package.timeline import (
    EditedTake,
    MarkedCaption,
    MediaFile,
    edl_text,
    otio_text,
    timeline_of,
)
from pipeline.delivery.picture.handles import handle_frames
from pipeline.delivery.profiles import ALWAYS_THERE, DeliveryProfile, profiles_of
from pipeline.delivery.settings import DeliverySettings
from pipeline.media.framing import Crop, crop_for
from pipeline.nouns import Clip, DeliveredFile, Master, Reel
from pipeline.words import load_words
from pipeline.workspace.workspace import Workspace

VERSION = 2
"""Of the way in which these are made; 2: edit decision lists count as their file does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanionRequest:
    """A row whose videos are made, of `demo` weights or not; `names` are those of all its files, by
    kind."""

    job: Job
    master: Master
    reel: Reel
    clips: tuple[Clip, ...]
    delivery: DeliverySettings
    names: Mapping[str, str]
    demo: bool = False

    @property
    def comment(self) -> str:
        """What stands in the metadata of pictures."""
        return synthetic(demo=self.demo)


def companions(
    request: CompanionRequest, workspace: Workspace, desk: Path
) -> Iterator[tuple[str, Artifact]]:
    """What the row asks for, by kind; made anew each time, of what is stored."""
    for kind, make in MAKERS.items():
        if kind in request.job.deliverables:
            path = desk / f"companion.{kind}"
            path.write_bytes(make(request, workspace, desk))
            name = fingerprint("companion", of=kind, asked=_asked_of(request))
            yield kind, workspace.store_derived(path, name, path.name)


def _asked_of(request: CompanionRequest) -> list[Value]:
    """All that goes into companions."""
    reel, job = request.reel, request.job
    pieces: list[Value] = [[p.video.sha256, p.skip, p.frames] for p in reel.pieces]
    row = [
        request.comment,
        job.job_id,
        job.title or "",
        job.language,
        job.speaker or "",
        job.aspect,
    ]
    media = [
        request.master.fingerprint,
        *(each.fingerprint for each in request.master.deliveries),
    ]
    return [VERSION, *pieces, reel.take.words.sha256, *row, *media, *request.names.values()]


def _otio(request: CompanionRequest, workspace: Workspace, desk: Path) -> bytes:
    return otio_text(timeline_of(edited_take(request, workspace, desk))).encode()


def _edl(request: CompanionRequest, workspace: Workspace, desk: Path) -> bytes:
    take = edited_take(request, workspace, desk)
    return edl_text(timeline_of(take), take.media.rate, take.media.timecode).encode()


def _poster(request: CompanionRequest, workspace: Workspace, desk: Path) -> bytes:
    landmarks = workspace.fetch(request.reel.take.landmarks, desk)
    return poster(request.reel, _crop_of(request), landmarks, request.comment, workspace)


def _sheet(request: CompanionRequest, workspace: Workspace, desk: Path) -> bytes:
    del desk
    job, frames = request.job, request.reel.take.frames
    headline = f"{job.job_id}   {job.language}   {frame_timecode(frames)}"
    return sheet_of_frames(request.reel, _crop_of(request), headline, request.comment, workspace)


def _crop_of(request: CompanionRequest) -> Crop:
    """As the video `web` is cropped."""
    take = request.reel.take
    return crop_for(request.job.aspect, take.width, take.height, take.head)


MAKERS: Mapping[str, Callable[[CompanionRequest, Workspace, Path], bytes]] = {
    "otio": _otio,
    "edl": _edl,
    "poster": _poster,
    "sheet": _sheet,
}


def edited_take(request: CompanionRequest, workspace: Workspace, desk: Path) -> EditedTake:
    job = request.job
    return EditedTake(
        job_id=job.job_id,
        title=job.title or "",
        language=job.language,
        media=edited_media(request),
        cuts=tuple(clip.chunk.start for clip in request.clips),
        bridged=tuple((join.at, join.bridged_frames) for join in request.reel.joins),
        captions=tuple(_captions(request, workspace, desk)),
    )


def _captions(
    request: CompanionRequest, workspace: Workspace, desk: Path
) -> Iterator[MarkedCaption]:
    take = request.reel.take
    words = load_words(workspace.fetch(take.words, desk))
    if holdable(text_of(words)):
        for cue in cues_for(words, take.frames, request.job, "vtt"):
            said = " / ".join(cue.lines)
            yield MarkedCaption(start_s=cue.start_s, stop_s=cue.stop_s, text=said)


def edited_media(request: CompanionRequest) -> MediaFile:
    """What an editor works with: the first master with a picture that the row asks for, else the
    video `web`."""
    table, made = request.delivery.table, {each.profile: each for each in request.master.deliveries}
    for profile in profiles_of(request.job, table):
        if profile.video is not None and profile.name in made and profile.name not in ALWAYS_THERE:
            return _media(profile, made[profile.name], request.names)
    master = request.master
    return MediaFile(
        name=request.names[master.profile],
        profile=master.profile,
        rate=Fraction(master.fps).limit_denominator(1001),
        frames=master.frames,
    )


def _media(profile: DeliveryProfile, made: DeliveredFile, names: Mapping[str, str]) -> MediaFile:
    return MediaFile(
        name=names[profile.name],
        profile=profile.name,
        rate=Fraction(made.rate),
        frames=made.frames,
        handle=handle_frames(profile.handles_s, Fraction(made.rate)),
        timecode=made.timecode,
    )
