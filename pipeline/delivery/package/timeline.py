"""Timelines for editors, by OpenTimelineIO: the chunks of a row as clips of a delivered file, its
joins and captions as markers; as `.otio`, or as an edit decision list (CMX 3600)."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from urllib.parse import quote, unquote

import opentimelineio as otio  # type: ignore[import-untyped]  # it ships no types

from model.shapes import FPS
from pipeline.delivery.rates import DROPS

JOIN, CAPTION = "join", "caption"

OURS = "rushes"
"""Under this key of `metadata` stands what only we know."""

REEL_CHARACTERS = 8
"""Of a reel's name in an edit decision list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaFile:
    """A delivered file with a picture. `handle` frames are held before the speech and after it;
    `timecode` is that of the first frame, "" for none."""

    name: str
    profile: str
    rate: Fraction
    frames: int
    handle: int = 0
    timecode: str = ""

    @property
    def first(self) -> otio.opentime.RationalTime:
        """The time of its first frame."""
        rate = float(self.rate)
        if not self.timecode:
            return otio.opentime.RationalTime(0, rate)
        return otio.opentime.from_timecode(self.timecode, rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedCaption:
    """A caption, in seconds of the take."""

    start_s: float
    stop_s: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EditedTake:
    """A row as an editor sees it: `cuts` are the frames of the take (25 a second) at which its
    chunks begin, `bridged` those where a join was bridged, with the number of new frames."""

    job_id: str
    title: str
    language: str
    media: MediaFile
    cuts: tuple[int, ...]
    bridged: tuple[tuple[int, int], ...] = ()
    captions: tuple[MarkedCaption, ...] = ()


def delivered_frame(drawn: int, rate: Fraction) -> int:
    """The first delivered frame that shows the drawn frame or a later one: a frame stands for its
    middle (decision 505)."""
    return ceil(drawn * rate / FPS - Fraction(1, 2))


def timeline_of(take: EditedTake) -> otio.schema.Timeline:
    """One track of picture and one of sound, whose clips play the file without its handles."""
    timeline = otio.schema.Timeline(name=take.title or take.job_id)
    timeline.global_start_time = take.media.first
    timeline.metadata[OURS] = {
        "title": take.title,
        "job_id": take.job_id,
        "language": take.language,
        "profile": take.media.profile,
    }
    picture = track_of(take, otio.schema.TrackKind.Video)
    picture.markers.extend(_marker_of(caption, take.media) for caption in take.captions)
    timeline.tracks.extend([picture, track_of(take, otio.schema.TrackKind.Audio)])
    return timeline


def track_of(take: EditedTake, kind: str) -> otio.schema.Track:
    """The chunks of a take, one after the other."""
    media = take.media
    starts = [delivered_frame(cut, media.rate) for cut in take.cuts]
    stops = [*starts[1:], media.frames - 2 * media.handle]
    track = otio.schema.Track(name=take.language, kind=kind)
    for index, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        clip = otio.schema.Clip(
            name=f"{take.job_id} {index + 1}",
            media_reference=_reference(media),
            source_range=_range(media, media.handle + start, stop - start),
        )
        clip.metadata["cmx_3600"] = {"reel": tape_name(take.job_id)}
        if index and kind == otio.schema.TrackKind.Video:
            clip.markers.append(_join(media, media.handle + start, take, take.cuts[index]))
        track.append(clip)
    return track


def _reference(media: MediaFile) -> otio.schema.ExternalReference:
    return otio.schema.ExternalReference(
        target_url=quote(media.name), available_range=_range(media, 0, media.frames)
    )


def _range(media: MediaFile, start: int, frames: int) -> otio.opentime.TimeRange:
    """Frames of the file, at their time codes."""
    rate = float(media.rate)
    return otio.opentime.TimeRange(
        media.first + otio.opentime.RationalTime(start, rate),
        otio.opentime.RationalTime(frames, rate),
    )


def _join(media: MediaFile, at: int, take: EditedTake, cut: int) -> otio.schema.Marker:
    new = dict(take.bridged).get(cut, 0)
    return otio.schema.Marker(
        name=JOIN,
        color=otio.schema.MarkerColor.RED if new else otio.schema.MarkerColor.GREEN,
        marked_range=_range(media, at, 0),
        comment=f"{new} frames bridged" if new else "",
        metadata={OURS: {"kind": JOIN, "frame": cut, "bridged_frames": new}},
    )


def _marker_of(caption: MarkedCaption, media: MediaFile) -> otio.schema.Marker:
    """In the track's own time, which begins with the first clip."""
    rate = media.rate
    start, stop = (round(second * rate) for second in (caption.start_s, caption.stop_s))
    return otio.schema.Marker(
        name=CAPTION,
        color=otio.schema.MarkerColor.WHITE,
        marked_range=otio.opentime.TimeRange(
            otio.opentime.RationalTime(start, float(rate)),
            otio.opentime.RationalTime(stop - start, float(rate)),
        ),
        comment=caption.text,
        metadata={OURS: {"kind": CAPTION}},
    )


def tape_name(job_id: str) -> str:
    """The name of a tape, as edit decision lists have it."""
    return re.sub("[^A-Z0-9]", "", job_id.upper())[:REEL_CHARACTERS] or "AX"


def otio_text(timeline: otio.schema.Timeline) -> str:
    return str(otio.adapters.write_to_string(timeline, "otio_json")) + "\n"


def edl_text(timeline: otio.schema.Timeline, rate: Fraction, timecode: str = "") -> str:
    """The picture alone, with the joins as locators: edit decision lists know no more. `timecode`
    is that of the file's first frame, and the list records from there on."""
    alone = timeline.clone()
    alone.name = " ".join(alone.name.split())
    counted = float(rate) if ";" in timecode else float(round(rate))  # else the adapter drops
    for track in list(alone.tracks):
        if track.kind != otio.schema.TrackKind.Video:
            alone.tracks.remove(track)
    for clip in alone.find_clips():
        clip.media_reference.target_url = unquote(clip.media_reference.target_url)
        clip.media_reference.available_range = _at(clip.media_reference.available_range, counted)
        clip.source_range = _at(clip.source_range, counted)
        for marker in clip.markers:
            marker.marked_range = _at(marker.marked_range, counted)
    for track in alone.tracks:
        before = otio.opentime.RationalTime(alone.global_start_time.value, counted)
        track.insert(0, otio.schema.Gap(duration=before))
    text = str(otio.adapters.write_to_string(alone, "cmx_3600", rate=counted))
    head, _, events = text.partition("\n")
    return f"{head}\n{_how_counted(rate, timecode)}{events}"


def _at(times: otio.opentime.TimeRange, rate: float) -> otio.opentime.TimeRange:
    """The same frames, counted at a rate."""
    start, length = times.start_time.value, times.duration.value
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(start, rate), otio.opentime.RationalTime(length, rate)
    )


def _how_counted(rate: Fraction, timecode: str) -> str:
    """Said only at the rate that can be counted in two ways."""
    if rate != DROPS:
        return ""
    return "FCM: DROP FRAME\n" if ";" in timecode else "FCM: NON-DROP FRAME\n"


def title_text(title: str, texts: Sequence[str]) -> str:
    """The timeline of a title, of those of its rows: all their tracks above each other."""
    whole = otio.schema.Timeline(name=title)
    for number, text in enumerate(texts):
        row = otio.adapters.read_from_string(text, "otio_json")
        if not number:
            whole.global_start_time = row.global_start_time
        whole.metadata[OURS] = {"title": title}
        for track in list(row.tracks):
            track.metadata[OURS] = row.metadata[OURS]
            for clip in track.find_clips():
                _lead_to_videos(clip)
            whole.tracks.append(track.clone())
    return otio_text(whole)


def _lead_to_videos(clip: otio.schema.Clip) -> None:
    """A title's timeline lies in another folder than the files."""
    reference = clip.media_reference
    if isinstance(reference, otio.schema.ExternalReference):
        reference.target_url = f"../videos/{reference.target_url}"


def title_of(text: str) -> str:
    """The title in a row's timeline, "" where the row has none."""
    said = json.loads(text)["metadata"][OURS]["title"]
    return said if isinstance(said, str) else ""
