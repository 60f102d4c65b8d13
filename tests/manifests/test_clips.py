"""The manifest of real clips."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.clips import InvalidClip, RecordedClip, examined, read_clips
from manifests.errors import ManifestUnusable
from tests.manifests.builders import a_csv, a_parquet


def problems_of(**changes: object) -> list[tuple[str, str]]:
    """Column and code of all problems of one row."""
    cells = {"clip_id": "a", "video_uri": "a.mp4", "caption": "", **changes}
    row = examined(cells, 1, "/clips/m.parquet", {})
    return [(each.column, each.code) for each in row.problems] if is_invalid(row) else []


def is_invalid(row: RecordedClip | InvalidClip) -> bool:
    return isinstance(row, InvalidClip)


def test_a_row_becomes_a_clip_with_absolute_uris(tmp_path: Path) -> None:
    uri = a_parquet(tmp_path, {"clip_id": ["a"], "video_uri": ["v/a.mp4"], "caption": [None]})
    (clip,) = read_clips(uri)
    assert clip == RecordedClip(clip_id="a", video_uri=f"{tmp_path}/v/a.mp4", row=1, manifest=uri)


def test_caption_and_sound_are_taken_where_they_are(tmp_path: Path) -> None:
    columns = {
        "clip_id": ["a", "b"],
        "video_uri": ["s3://reels/a.mp4", "/b.mp4"],
        "caption": ["she speaks", ""],
        "audio_uri": ["a.wav", None],
    }
    first, second = read_clips(a_parquet(tmp_path, columns))
    assert isinstance(first, RecordedClip)
    assert isinstance(second, RecordedClip)
    assert (first.video_uri, first.caption) == ("s3://reels/a.mp4", "she speaks")
    assert first.audio_uri == f"{tmp_path}/a.wav"
    assert (second.caption, second.audio_uri) == ("", None)


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"clip_id": None}, "clip_id", "missing_value"),
        ({"clip_id": 7}, "clip_id", "wrong_type"),
        ({"video_uri": " "}, "video_uri", "missing_value"),
        ({"video_uri": "https://x.example/a.mp4"}, "video_uri", "bad_uri"),
        ({"audio_uri": b"x"}, "audio_uri", "wrong_type"),
        ({"caption": "a\0b"}, "caption", "wrong_type"),
    ],
)
def test_what_is_wrong_with_a_row_is_named(
    changes: dict[str, object], column: str, code: str
) -> None:
    assert problems_of(**changes) == [(column, code)]


def test_all_problems_of_a_row_are_told_at_once() -> None:
    assert problems_of(clip_id=None, video_uri=3) == [
        ("video_uri", "wrong_type"),
        ("clip_id", "missing_value"),
    ]


def test_an_id_is_taken_once_over_all_files_of_a_folder(tmp_path: Path) -> None:
    for name in ("1.parquet", "2.parquet"):
        a_parquet(tmp_path, {"clip_id": ["a"], "video_uri": ["a.mp4"]}, name)
    first, second = read_clips(str(tmp_path))
    assert isinstance(first, RecordedClip)
    assert isinstance(second, InvalidClip)
    assert second.problems[0].code == "duplicate_clip_id"
    assert "1.parquet" in second.problems[0].message


def test_a_manifest_without_its_columns_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="no column video_uri"):
        read_clips(a_parquet(tmp_path, {"clip_id": ["a"]}))
    with pytest.raises(ManifestUnusable, match="write the clips as Parquet"):
        read_clips(a_csv(tmp_path, {"clip_id": "a", "video_uri": "b"}))
    with pytest.raises(ManifestUnusable, match="does not exist"):
        read_clips(str(tmp_path / "gone.parquet"))
    (tmp_path / "bad.parquet").write_bytes(b"PAR1" * 9)
    with pytest.raises(ManifestUnusable, match="damaged"):
        read_clips(str(tmp_path / "bad.parquet"))
