"""A delivered file that is not what was said of it, by a fault of each kind."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.verify.copies import CopyFound
from jobs.verify.delivered_files import Files, HowToLook, look_at_files, results_of
from jobs.verify.said import SaidOfRow, said_of_row
from jobs.verify.sample import sample_files
from manifests import read_results
from manifests.artifact import Artifact, sha256_of
from manifests.errors import BadInput
from pipeline.delivery.inspection.file_checks import decoding_breaches, loudness_breaches
from pipeline.delivery.inspection.findings import findings
from pipeline.delivery.provenance.check import CredentialFindings, State
from pipeline.delivery.provenance.claim import claim_of_file
from pipeline.delivery.sound.loudness import LoudnessFound
from pipeline.media.ffmpeg import GLOBAL, program
from pipeline.media.process import run_program
from pipeline.media.read_back import DecodedFacts, decoded_of, header_of
from pipeline.nouns import DeliveredFile
from tests.jobs.test_cli import call
from tests.jobs.verify.test_delivered_files import a_copy, look
from tests.pipeline.delivery.provenance.builders import a_making, a_signer

SAID = DeliveredFile(
    fingerprint="f",
    profile="prores",
    file=Artifact(uri="/f", sha256="", bytes=1),
    container="mov",
    codec="prores",
    duration_s=2.0,
    width=480,
    height=720,
    rate="24000/1001",
    frames=48,
    samples=96_000,
    colour=(1, 1, 1),
    timecode="01:00:00:00",
)
DECODED = DecodedFacts(frames=48, samples=96_000, colour=("bt709", "bt709", "bt709", "tv"))


def test_what_decodes_as_was_said_is_right() -> None:
    assert list(decoding_breaches(SAID, DECODED)) == []


@pytest.mark.parametrize(("levels", "right"), [("tv", True), ("unknown", True), ("pc", False)])
def test_a_stream_may_leave_its_levels_to_the_header_but_not_say_that_they_are_full(
    levels: str, right: bool
) -> None:
    found = replace(DECODED, colour=("bt709", "bt709", "bt709", levels))
    assert (list(decoding_breaches(SAID, found)) == []) == right


def test_a_frame_or_a_sample_that_does_not_decode_is_told() -> None:
    told = list(decoding_breaches(SAID, replace(DECODED, frames=47, samples=95_999)))
    assert told == [
        "47 frames decode, not 48",
        "95999 samples of sound decode, not 96000",
    ]


def asked_of_files(found: Files) -> set[str]:
    """The checks that read a file."""
    return {name for name, files in found.checked.items() if files}


def test_a_sound_of_another_loudness_is_told() -> None:
    said = replace(SAID, loudness_after=-23.0, true_peak=-3.0)
    found = LoudnessFound(integrated_lufs=-23.05, range_lu=3, true_peak_dbtp=-3.05, seconds=2)
    assert list(loudness_breaches(said, found)) == []
    assert list(loudness_breaches(SAID, found)) == []
    told = list(loudness_breaches(said, replace(found, integrated_lufs=-22.5, true_peak_dbtp=-1)))
    assert told == ["its sound is at -22.5 LUFS, not -23.0", "its sound is at -1.0 dBTP, not -3.0"]


def again(video: Path, *words: str, before: Sequence[str] = ()) -> None:
    """The video, written anew by ffmpeg with one fault, without encoding anything."""
    made = video.with_name("again.mp4")
    source = f"file:{video}"
    command = [program(), *GLOBAL, *before, "-i", source, *words, "-c", "copy", str(made)]
    run_program(command, timeout_s=60)
    made.replace(video)


TAGS = "h264_metadata=colour_primaries=5:transfer_characteristics=6:matrix_coefficients=5"
FAULTS = {
    "wrong rate": (("-an",), ("-itsscale", "1.25"), "6425/321 frames a second instead of 25"),
    "no sound": (("-an",), (), "0 samples of sound instead of 493440"),
    "frames lost": (("-frames:v", "100"), (), "100 frames instead of 257"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_file_that_was_written_anew_is_told_by_what_is_wrong_with_it(
    undisturbed: Path, tmp_path: Path, name: str
) -> None:
    words, before, told = FAULTS[name]
    out = a_copy(undisturbed, tmp_path)
    again(out / "videos/long.mp4", *words, before=before)
    found = look(out).findings
    assert {finding.what for finding in found} == {"changed", "header"}
    assert told in [finding.detail for finding in found]
    assert all(finding.job_id == "long" and finding.remedy for finding in found)


def test_wrong_colour_tags_are_told_in_the_header_and_in_the_stream(
    undisturbed: Path, tmp_path: Path
) -> None:
    """Each apart, since players believe either."""
    out = a_copy(undisturbed, tmp_path)
    video = out / "videos/long.mp4"
    whole = video.read_bytes()
    at = whole.index(b"colrnclx") + len(b"colrnclx")
    video.write_bytes(whole[:at] + bytes([0, 5, 0, 6, 0, 5]) + whole[at + 6 :])
    told = "(5, 6, 5) as colour tags instead of (1, 1, 1)"
    assert told in [each.detail for each in look(out).findings]
    video.write_bytes(whole)
    again(video, "-bsf:v", TAGS)
    found = look_at_files(str(out), results_of(str(out)), HowToLook(decoded=None)).findings
    by_check = {each.what: each.detail for each in found}
    assert by_check["decoding"] == (
        "frames are bt470bg/smpte170m/bt470bg/tv, not bt709/bt709/bt709 in TV range"
    )


def test_a_shortened_sound_is_told_to_the_sample_where_files_are_decoded(
    undisturbed: Path, tmp_path: Path
) -> None:
    out = a_copy(undisturbed, tmp_path)
    video = out / "videos/long.mp4"
    whole = look_at_files(str(out), results_of(str(out)), HowToLook(decoded=None))
    assert whole.findings == ()
    assert asked_of_files(whole) >= {"header", "decoding", "loudness"}
    again(video, "-map", "0:v", "-map", "1:a", before=("-i", f"file:{video}", "-t", "10.26"))
    found = look_at_files(str(out), results_of(str(out)), HowToLook(decoded={str(video)}))
    told = [finding.detail for finding in found.findings if finding.what == "decoding"]
    assert len(told) == 1
    assert "samples of sound decode, not 493440" in told[0]
    assert asked_of_files(look(out)) == {"header"}


def test_a_file_that_is_no_video_any_more_is_told_and_the_others_are_looked_at(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = a_copy(undisturbed, tmp_path)
    (out / "videos/long.mp4").write_bytes(b"#EXTM3U\n/etc/passwd\n")
    found = {finding.what: finding for finding in look(out).findings}
    assert found.keys() == {"changed", "header"}
    assert "no sound or video that can be read" in found["header"].detail
    with pytest.raises(BadInput, match="can be read"):
        decoded_of(out / "videos/long.mp4")
    assert header_of(undisturbed / "videos/long.mp4").codec == "h264"
    assert call(monkeypatch, "verify", undisturbed, "--sample", 0, "--deep") == 0


def test_what_was_said_of_files_is_read_from_the_sidecar(undisturbed: Path, tmp_path: Path) -> None:
    """One of before, which told of the video alone, gives the same."""
    (result,) = read_results(str(undisturbed))
    sidecar = undisturbed / "videos/long.json"
    said = said_of_row(result, str(sidecar)).files["web"]
    assert (said.frames, said.samples, said.rate) == (257, 493_440, "25")
    told = json.loads(sidecar.read_text())
    del told["deliveries"]
    other = tmp_path / "long.json"
    other.write_text(json.dumps(told))
    before = said_of_row(result, str(other)).files["web"]
    assert findings(undisturbed / "videos/long.mp4", before) == ()
    unmeasured = {"loudness_after": None, "loudness_range": None, "true_peak": None}
    stored = {"file": said.file, "fingerprint": "", "parts": (), "watermark": "", **unmeasured}
    assert replace(before, **stored) == replace(said, **stored)  # type: ignore[arg-type]  # by name
    other.write_text("{}")
    assert said_of_row(result, str(other)).fault
    assert said_of_row(replace(result, status="failed"), str(other)) == SaidOfRow()


def test_the_files_that_are_decoded_are_drawn_by_the_seed_alone(undisturbed: Path) -> None:
    (one,) = read_results(str(undisturbed))
    rows = [
        replace(
            one,
            fingerprint=name,
            deliverables=tuple(
                replace(file, uri=f"/{name}.{file.uri.rpartition('.')[2]}")
                for file in one.deliverables
            ),
        )
        for name in "abcdef"
    ]
    drawn = sample_files(rows, 2, seed=1)
    assert drawn == sample_files(rows[::-1], 2, seed=1)
    assert all(uri.endswith(".mp4") for uri in drawn)
    assert sample_files(rows, 99, seed=1) == {f"/{name}.mp4" for name in "abcdef"}
    assert sample_files(rows, 0, seed=1) == frozenset()


def signed_copy(undisturbed: Path, folder: Path) -> Path:
    """The output with its video and captions signed, as its sidecar says."""
    out = a_copy(undisturbed, folder)
    video, sidecar = out / "videos/long.mp4", out / "videos/long.json"
    a_signer().sign(video, claim_of_file("long.mp4", a_making()))
    told = json.loads(sidecar.read_text())
    told["credentials"] = [{"profile": "web", "signed": "embedded", "sha256": sha256_of(video)}]
    sidecar.write_text(json.dumps(told))
    return out


def credentials_told(out: Path) -> list[str]:
    return [each.detail for each in look(out).findings if each.what == "credentials"]


def test_credentials_that_are_gone_or_do_not_hold_are_told(
    undisturbed: Path, tmp_path: Path
) -> None:
    out = signed_copy(undisturbed, tmp_path)
    video = out / "videos/long.mp4"
    assert {each.what for each in look(out).findings} == {"changed"}
    assert asked_of_files(look(out)) == {"header", "credentials"}
    content = bytearray(video.read_bytes())
    content[-1000] ^= 1
    video.write_bytes(content)
    (told,) = credentials_told(out)
    assert "do not hold" in told
    video.write_bytes((undisturbed / "videos/long.mp4").read_bytes())
    assert credentials_told(out) == ["its content credentials are gone"]


@pytest.mark.parametrize(
    ("state", "vouched"),
    [("trusted", True), ("untrusted", False), ("development", False), ("changed", False)],
)
def test_only_a_signer_who_is_trusted_here_vouches_for_a_file(state: State, vouched: bool) -> None:
    signed = CredentialFindings(state=state, untouched=state != "changed")
    copy = CopyFound(file="a.mp4", bytes=1, sha256="", holds="", credentials=signed)
    assert copy.vouched == vouched


def test_a_copy_tells_its_credentials_and_a_development_certificate_vouches_for_nothing(
    undisturbed: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    video = signed_copy(undisturbed, tmp_path) / "videos/long.mp4"
    assert call(monkeypatch, "verify", video) == 1
    told = " ".join(capsys.readouterr().out.split())
    assert "a development certificate, which nobody vouches for" in told
    content = bytearray(video.read_bytes())
    content[-1000] ^= 1
    video.write_bytes(content)
    assert call(monkeypatch, "verify", video, "--json") == 1
    (file,) = json.loads(capsys.readouterr().out)["files"]
    assert (file["credentials"]["state"], file["vouched"]) == ("changed", False)


def test_a_sidecar_that_tells_nothing_of_its_files_is_told_itself(
    undisturbed: Path, tmp_path: Path
) -> None:
    out = a_copy(undisturbed, tmp_path)
    (result,) = read_results(str(out))
    other = tmp_path / "copy/videos/other.json"
    other.write_text("{}")
    files = tuple(
        replace(file, uri=str(other), sha256=sha256_of(other), bytes=2)
        if file.profile == "sidecar"
        else file
        for file in result.deliverables
    )
    found = look_at_files(str(out), [replace(result, deliverables=files)]).findings
    assert ("unreadable", str(other)) in [(each.what, each.uri) for each in found]
