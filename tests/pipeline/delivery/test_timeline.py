"""Timelines are read back by OpenTimelineIO: to the frame, with joins and captions where they
are."""

from __future__ import annotations

from fractions import Fraction

import opentimelineio as otio  # type: ignore[import-untyped]  # it ships no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.output.titles import title_names
from pipeline.delivery.package.timeline import (
    EditedTake,
    MarkedCaption,
    MediaFile,
    delivered_frame,
    edl_text,
    otio_text,
    tape_name,
    timeline_of,
    title_of,
    title_text,
)

RATES = [Fraction(24000, 1001), Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(30)]
NTSC = Fraction(30000, 1001)


def a_take(rate: Fraction = Fraction(25), handle: int = 0, timecode: str = "") -> EditedTake:
    frames = -(-107 * rate // 25) + 2 * handle
    media = MediaFile(
        name="Reel 4_de.mov",
        profile="prores",
        rate=rate,
        frames=frames,
        handle=handle,
        timecode=timecode,
    )
    return EditedTake(
        job_id="reel-4-de",
        title="Reel 4",
        language="de",
        media=media,
        cuts=(0, 47, 94),
        bridged=((47, 4), (94, 0)),
        captions=(MarkedCaption(start_s=0.4, stop_s=2.0, text="Guten Morgen. / Ja?"),),
    )


def read(text: str, adapter: str, **how: float) -> otio.schema.Timeline:
    return otio.adapters.read_from_string(text, adapter, **how)


@pytest.mark.parametrize("rate", RATES, ids=str)
@pytest.mark.parametrize(("handle", "timecode"), [(0, ""), (10, "01:00:00:00")])
def test_a_timeline_lasts_as_long_as_the_speech_to_the_frame(
    rate: Fraction, handle: int, timecode: str
) -> None:
    take = a_take(rate, handle, timecode)
    found = read(otio_text(timeline_of(take)), "otio_json")
    picture, sound = found.tracks
    assert found.duration().value == take.media.frames - 2 * handle
    assert picture.trimmed_range().duration == sound.trimmed_range().duration
    starts = [clip.source_range.start_time for clip in picture]
    first = take.media.first.value
    assert [int(start.value - first) - handle for start in starts] == [
        delivered_frame(cut, rate) for cut in take.cuts
    ]
    for clip in picture:
        inside = clip.media_reference.available_range
        assert inside.contains(clip.source_range, 0)
        assert clip.media_reference.target_url == "Reel%204_de.mov"
    if timecode:
        assert found.global_start_time == otio.opentime.from_timecode(timecode, float(rate))


def test_joins_and_captions_are_markers_where_they_are() -> None:
    picture = read(otio_text(timeline_of(a_take(handle=10))), "otio_json").tracks[0]
    joins = [(clip.name, mark) for clip in picture for mark in clip.markers]
    assert [(name, mark.marked_range.start_time.value) for name, mark in joins] == [
        ("reel-4-de 2", 57),
        ("reel-4-de 3", 104),
    ]
    assert [mark.metadata["rushes"]["bridged_frames"] for _, mark in joins] == [4, 0]
    (caption,) = picture.markers
    assert (caption.comment, caption.marked_range.start_time.value) == ("Guten Morgen. / Ja?", 10)
    assert caption.marked_range.duration.value == 40


@pytest.mark.parametrize("rate", RATES, ids=str)
def test_an_edit_decision_list_says_the_same_at_the_delivered_rate(rate: Fraction) -> None:
    take = a_take(rate)
    text = edl_text(timeline_of(take), rate)
    found = read(text, "cmx_3600", rate=float(rate))
    clips = list(found.find_clips())
    assert [clip.source_range.start_time.value for clip in clips] == [
        delivered_frame(cut, rate) for cut in take.cuts
    ]
    assert found.duration().value == take.media.frames
    assert text.count("JOIN") == 2
    assert "001  REEL4DE" in text
    assert "* FROM CLIP: Reel 4_de.mov" in text


@pytest.mark.parametrize(
    ("rate", "timecode", "told", "second"),
    [
        (NTSC, "01:00:00:00", "FCM: NON-DROP FRAME", "01:00:01:26 01:00:03:23"),
        (NTSC, "01:00:59;28", "FCM: DROP FRAME", "01:01:01;26 01:01:03;23"),
        (NTSC, "", "FCM: NON-DROP FRAME", "00:00:01:26 00:00:03:23"),
        (Fraction(25), "10:00:00:00", "", "10:00:01:22 10:00:03:19"),
    ],
)
def test_an_edit_decision_list_counts_as_its_file_does_and_records_from_its_timecode(
    rate: Fraction, timecode: str, told: str, second: str
) -> None:
    take = a_take(rate, 0, timecode)
    text = edl_text(timeline_of(take), rate, timecode)
    assert text.splitlines()[1] == told
    events = [line.split()[-4:] for line in text.splitlines() if " V " in line]
    assert " ".join(events[1][:2]) == second
    assert all(event[:2] == event[2:] for event in events), "without handles both are the same"
    found = read(text, "cmx_3600", rate=float(rate))
    assert [clip.source_range.start_time.value for clip in found.find_clips()] == [
        take.media.first.value + delivered_frame(cut, rate) for cut in take.cuts
    ]


@pytest.mark.laws
@given(st.integers(0, 100_000), st.sampled_from(RATES))
def test_a_clip_begins_with_the_first_frame_that_shows_it(drawn: int, rate: Fraction) -> None:
    first = delivered_frame(drawn, rate)
    shown = [(Fraction(2 * k + 1, 2) / rate) * 25 for k in (first - 1, first)]
    assert shown[0] < drawn <= shown[1]


def test_all_rows_of_a_title_are_tracks_of_one_timeline() -> None:
    texts = [otio_text(timeline_of(a_take(handle=handle))) for handle in (0, 5)]
    assert [title_of(text) for text in texts] == ["Reel 4", "Reel 4"]
    found = read(title_text("Reel 4", texts), "otio_json")
    assert [(track.name, track.kind) for track in found.tracks] == [
        ("de", "Video"),
        ("de", "Audio"),
    ] * 2
    assert {track.metadata["rushes"]["job_id"] for track in found.tracks} == {"reel-4-de"}
    urls = {clip.media_reference.target_url for clip in found.find_clips()}
    assert urls == {"../videos/Reel%204_de.mov"}
    assert len(found.tracks[0].markers) == 1


def test_titles_that_would_share_a_file_are_told_apart() -> None:
    names = title_names(["Reel 4", "reel/4", "REEL 4", "\u200d", "A"])
    assert names["A"] == "A"
    assert len({name.casefold() for name in names.values()}) == 5
    assert names["reel/4"] == "reel-4"
    assert all(names.values())


def test_reels_are_called_as_edit_decision_lists_can() -> None:
    assert [tape_name(each) for each in ("reel-4-de", "___", "abcdefghijk")] == [
        "REEL4DE",
        "AX",
        "ABCDEFGH",
    ]
