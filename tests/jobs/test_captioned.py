"""A video with captions drawn into it: beside the plain one, from the same frames and sound."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from jobs.verify.delivered_files import look_at_files, results_of
from manifests import Job
from manifests.artifact import sha256_of
from manifests.rules import job_id_fault
from pipeline.captions.read import read_captions
from tests.night import SHORT, Media, a_manifest, attempts, results, run_here
from tests.pipeline.test_sidecar_schema import require_valid


@pytest.fixture(scope="module")
def night(media: Media, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One row with all kinds of captions, one in letters that no carried font has; in a folder
    whose name ffmpeg's filters must not misread."""
    folder = tmp_path_factory.mktemp("drawn") / "it's a:b,c"
    folder.mkdir()
    face = str(media.portrait)
    jobs = [
        Job(
            job_id="told", portrait_uri=face, script=SHORT, deliverables=("web", "captioned", "srt")
        ),
        Job(
            job_id="syr", portrait_uri=face, script="Good \u072b.", deliverables=("captioned",)
        ),
        Job(
            job_id="note", portrait_uri=face, script="Hi \u266a \U0001f389 you.",
            deliverables=("captioned",),
        ),
    ]  # fmt: skip
    run_here(a_manifest(folder, jobs), folder / "out", folder / "scratch")
    return folder


def frames_of(path: Path) -> NDArray[np.int16]:
    with av.open(str(path)) as video:
        frames = [frame.to_ndarray(format="gray") for frame in video.decode(video=0)]
    return np.stack(frames).astype(np.int16)


def packets_of(path: Path) -> list[bytes]:
    with av.open(str(path)) as video:
        return [bytes(packet) for packet in video.demux(audio=0)]


def test_letters_stand_in_the_safe_area_while_their_cue_does(night: Path) -> None:
    videos = night / "out/videos"
    plain, drawn = frames_of(videos / "told.mp4"), frames_of(videos / "told.captioned.mp4")
    assert plain.shape == drawn.shape
    changed = np.abs(drawn - plain) > 60
    cues = read_captions((videos / "told.en.srt").read_bytes(), "told.en.srt")
    shown = {f for cue in cues for f in range(round(cue.start_s * 25), round(cue.stop_s * 25))}
    for number, frame in enumerate(changed):
        assert frame.any() == (number in shown)
    height, width = changed.shape[1:]
    rows, columns = (
        np.flatnonzero(changed.any(axis=(0, 2))),
        np.flatnonzero(changed.any(axis=(0, 1))),
    )
    assert 0.6 * height < rows[0]
    assert rows[-1] <= 0.91 * height  # the outline reaches a little below
    assert 0.1 * width <= columns[0]
    assert columns[-1] <= 0.9 * width
    assert (drawn[changed] > 200).sum() > 500


def test_the_sound_is_the_same(night: Path) -> None:
    videos = night / "out/videos"
    assert packets_of(videos / "told.mp4") == packets_of(videos / "told.captioned.mp4")


def test_results_sidecar_and_verify_know_it(night: Path) -> None:
    out = night / "out"
    files = {file.profile: file for file in results(out)["told"].deliverables}
    assert list(files) == ["web", "srt", "captioned", "sidecar"]
    path = out / "videos/told.captioned.mp4"
    assert files["captioned"].sha256 == sha256_of(path)
    told = require_valid((out / "videos/told.json").read_text())
    assert [made["format"] for made in told["captions"]] == ["srt", "captioned"]
    assert look_at_files(str(out), results_of(str(out))).findings == ()
    kept = path.read_bytes()
    try:
        path.write_bytes(kept[:-1] + b"?")
        (finding,) = look_at_files(str(out), results_of(str(out))).findings
        assert (finding.what, finding.uri) == ("changed", str(path))
    finally:
        path.write_bytes(kept)


def test_letters_without_a_glyph_are_refused_before_anything_is_drawn(night: Path) -> None:
    result = results(night / "out")["syr"]
    assert (result.status, result.error_code) == ("invalid", "no_glyphs")
    assert "has \u072b (SYRIAC)" in str(result.error_message)
    stages = {attempt.stage for attempt in attempts(night / "out") if attempt.job_id == "syr"}
    assert stages == {"prepare"}


def test_a_note_is_drawn_by_another_font_and_an_emoji_left_out_and_told(night: Path) -> None:
    result = results(night / "out")["note"]
    assert result.status == "done"
    (told,) = [each for each in result.warnings if each.startswith("signs_left_out")]
    assert told.endswith("captioned: signs that cannot be shown are left out: \U0001f389 (U+1F389)")


def test_asking_for_captions_later_draws_no_segment_again(night: Path, media: Media) -> None:
    folder = night / "again"
    for number, deliverables in enumerate((("web",), ("web", "captioned"))):
        (folder / str(number)).mkdir(parents=True)
        row = Job(
            job_id="told", portrait_uri=str(media.portrait), script=SHORT, deliverables=deliverables
        )
        run_here(a_manifest(folder / str(number), [row]), folder / "out", night / "scratch")
    made = sum(attempt.segments_made for attempt in attempts(folder / "out"))
    assert made == results(folder / "out")["told"].segments
    assert (folder / "out/videos/told.captioned.mp4").exists()


def test_no_row_is_named_as_the_captioned_video_of_another() -> None:
    fault = job_id_fault("told.Captioned")
    assert fault is not None
    assert fault.code == "bad_job_id"
    assert job_id_fault("captioned") is None
