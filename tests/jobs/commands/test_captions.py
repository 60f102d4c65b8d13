"""Captions as people get them: beside the video, in the results, checked by a command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.verify.delivered_files import look_at_files, results_of
from manifests import Job
from manifests.artifact import sha256_of
from pipeline.captions.check import breaches_of
from pipeline.captions.read import read_captions
from tests.jobs.test_cli import call
from tests.night import LONG, Media, a_manifest, results, run_here


@pytest.fixture(scope="module")
def captioned(media: Media, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("captioned")
    face, all_kinds = str(media.portrait), ("web", "srt", "vtt", "ttml")
    jobs = [
        Job(
            job_id="told", portrait_uri=face, script=LONG, speaker="Ada",
            language="en-US", deliverables=all_kinds,
        ),
        Job(
            job_id="heard", portrait_uri=face, audio_uri=str(media.narration), language="xx",
            deliverables=("srt",),
        ),
    ]  # fmt: skip
    run_here(a_manifest(folder, jobs), folder / "out", folder / "scratch")
    return folder / "out"


def test_captions_lie_beside_the_video_and_keep_the_rules(captioned: Path) -> None:
    for kind in ("srt", "vtt", "ttml"):
        path = captioned / "videos" / f"told.en-US.{kind}"
        cues = read_captions(path.read_bytes(), path.name)
        shown = " ".join(line for cue in cues for line in cue.lines)
        assert shown == (f"Ada: {LONG}" if kind == "srt" else LONG)
        assert breaches_of(cues) == []
        assert cues[-1].stop_s <= results(captioned)["told"].duration_s + 0.001


def test_the_results_name_each_file_of_captions(captioned: Path) -> None:
    files = {file.profile: file for file in results(captioned)["told"].deliverables}
    assert list(files) == ["web", "srt", "vtt", "ttml", "sidecar"]
    assert files["vtt"].sha256 == sha256_of(captioned / "videos" / "told.en-US.vtt")
    told = json.loads((captioned / "videos" / "told.json").read_text())
    assert [made["format"] for made in told["captions"]] == ["srt", "vtt", "ttml"]


def test_verify_notices_captions_that_were_edited(captioned: Path) -> None:
    assert look_at_files(str(captioned), results_of(str(captioned))).findings == ()
    path = captioned / "videos" / "told.en-US.srt"
    kept = path.read_bytes()
    try:
        path.write_bytes(kept.replace(b"first", b"worst"))
        found = look_at_files(str(captioned), results_of(str(captioned))).findings
    finally:
        path.write_bytes(kept)
    assert [finding.what for finding in found] == ["changed"]


def test_captions_of_speech_whose_words_nobody_knows_are_refused_before_anything_is_drawn(
    captioned: Path,
) -> None:
    result = results(captioned)["heard"]
    assert (result.status, result.error_code, result.segments) == ("invalid", "no_words", 0)
    assert "'xx'" in (result.error_message or "")


def test_the_command_lists_breaches_with_their_cues(
    captioned: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    good = captioned / "videos" / "told.en-US.vtt"
    assert call(monkeypatch, "captions", "check", good) == 0
    bad = tmp_path / "bad.srt"
    bad.write_text("1\n00:01:01,000 --> 00:01:01,200\nToo short to be read by anybody.\n")
    assert call(monkeypatch, "captions", "check", good, bad) == 1
    said = capsys.readouterr().out
    assert f"{bad} cue 1 at 01:01.000: shown for 0.20 s" in said
    assert "[too_short]" in said
    assert "[too_fast]" in said
    assert call(monkeypatch, "captions", "check", "--json", bad) == 1
    assert [b["rule"] for b in json.loads(capsys.readouterr().out)[0]["breaches"]] == [
        "too_short", "too_fast",
    ]  # fmt: skip


def test_the_command_refuses_what_are_no_captions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    assert call(monkeypatch, "captions", "check", tmp_path / "notes.txt") == 2
    assert "captions_unreadable" in capsys.readouterr().err


def test_a_language_that_no_voice_speaks_is_told_by_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    job = Job(job_id="a", portrait_uri="face.png", script="Hallo.", language="qaa")
    assert call(monkeypatch, "check", a_manifest(tmp_path, [job])) == 1
    said = capsys.readouterr().out
    assert "qaa" in said
    assert "[no_voice]" in said
