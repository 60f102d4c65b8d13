"""Each kind of file that is delivered: signed, read back, and found out when a byte is another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from manifests.artifact import sha256_of
from manifests.errors import Transient
from pipeline.delivery.provenance import check_apart as check_apart_module
from pipeline.delivery.provenance.c2pa_files import (
    EMBEDDED,
    FileSigner,
    SignedPath,
    credentials_path,
    read_credentials,
)
from pipeline.delivery.provenance.check import check_file
from pipeline.delivery.provenance.check_apart import check_apart
from pipeline.delivery.provenance.claim import SourceType, claim_of_file, claim_of_weights
from pipeline.media.sound.wav import read_info
from tests.media_builders import a_silent_video, a_wav, converted
from tests.pipeline.delivery.provenance.builders import a_making, a_signer
from tests.sound_builders import flipped

SMALL = ("-vf", "scale=64:64", "-threads", "1")
VIDEOS: Mapping[str, tuple[str, ...]] = {
    "h264.mp4": ("-c:v", "libx264", "-pix_fmt", "yuv420p", *SMALL),
    "hevc.mp4": ("-c:v", "libx265", "-x265-params", "log-level=none:pools=1", *SMALL),
    "h264.mov": ("-c:v", "libx264", "-pix_fmt", "yuv420p", *SMALL),
    "prores.mov": ("-c:v", "prores_ks", *SMALL),
    "dnxhr.mov": (
        *("-c:v", "dnxhd", "-profile:v", "dnxhr_hqx", "-pix_fmt", "yuv422p10le"),
        *("-vf", "scale=256:120"),
    ),
    "ffv1.mov": ("-c:v", "ffv1", "-strict", "-2", *SMALL),
    "ffv1.mkv": ("-c:v", "ffv1", *SMALL),
}
TEXTS = {
    "captions.srt": "1\n00:00:00,000 --> 00:00:01,000\nHello.\n",
    "captions.vtt": "WEBVTT\n\n00:00.000 --> 00:01.000\nHello.\n",
    "captions.ttml": "<tt xmlns='http://www.w3.org/ns/ttml'/>",
    "package.mhl": "<hashlist/>",
    "title.otio": "{}",
    "weights.safetensors": "\x00" * 4000,
}
KINDS = (*VIDEOS, "sound.wav", "poster.jpg", *TEXTS)


@pytest.fixture(scope="module")
def signer() -> FileSigner:
    return a_signer()


@pytest.fixture(scope="module")
def unsigned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of each kind."""
    folder = tmp_path_factory.mktemp("unsigned")
    source = a_silent_video(folder / "source.mkv", seconds=0.2)
    for name, options in VIDEOS.items():
        converted(source, folder / name, *options)
    converted(source, folder / "poster.jpg", "-frames:v", "1", "-update", "1", *SMALL)
    a_wav(folder / "sound.wav")
    for name, text in TEXTS.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def a_copy(unsigned: Path, name: str, tmp_path: Path) -> Path:
    path = tmp_path / name
    path.write_bytes((unsigned / name).read_bytes())
    return path


@pytest.mark.parametrize("name", KINDS)
def test_each_kind_of_file_is_signed_and_a_flipped_byte_is_found(
    name: str, unsigned: Path, signer: FileSigner, tmp_path: Path
) -> None:
    path = a_copy(unsigned, name, tmp_path)
    before = path.read_bytes()
    how = signer.sign(path, claim_of_file(name, a_making()))
    found = check_file(path)
    assert found.untouched, found
    assert found.state == "development"
    assert found.embedded == (how == "embedded") == (path.suffix in EMBEDDED)
    if how == "sidecar":  # so that a digest of the file stays
        assert path.read_bytes() == before
    # a byte of the content: what is in the middle of the file before it was signed
    middle = before[len(before) // 2 : len(before) // 2 + 16]
    flipped(path, path.read_bytes().rindex(middle))
    changed = check_file(path)
    assert changed.state in {"changed", "damaged"}
    assert not changed.untouched


def test_the_sound_of_a_signed_recording_is_the_same(
    unsigned: Path, signer: FileSigner, tmp_path: Path
) -> None:
    path = a_copy(unsigned, "sound.wav", tmp_path)
    signer.sign(path, claim_of_file(path.name, a_making()))
    assert read_info(path).samples == read_info(unsigned / "sound.wav").samples


def test_what_is_told_of_a_video(unsigned: Path, signer: FileSigner, tmp_path: Path) -> None:
    path = a_copy(unsigned, "h264.mp4", tmp_path)
    signer.sign(path, claim_of_file(path.name, a_making(watermark="0123")))
    found = check_file(path)
    assert found.source_type == SourceType.TRAINED
    assert found.generator.startswith("Rushes ")
    assert found.facts is not None
    assert found.facts["rushes.preset"] == {"name": "tiny", "digest": "cd" * 20}
    assert found.facts["rushes.seed"] == 5
    assert found.facts["rushes.consent"] == "consent-7"
    assert found.facts["rushes.watermark"] == "0123"
    assert "development certificate" in found.sentence


def test_trained_weights_keep_their_digest_beside_their_credentials(
    unsigned: Path, signer: FileSigner, tmp_path: Path
) -> None:
    path = a_copy(unsigned, "weights.safetensors", tmp_path)
    digest = sha256_of(path)
    assert signer.sign(path, claim_of_weights(path.name, digest)) == "sidecar"
    assert sha256_of(path) == digest
    found = check_file(path)
    assert found.source_type == SourceType.WEIGHTS
    assert found.facts == {"rushes.weights": digest}


def test_credentials_of_another_file_do_not_hold(
    unsigned: Path, signer: FileSigner, tmp_path: Path
) -> None:
    mine, other = (a_copy(unsigned, n, tmp_path) for n in ("captions.srt", "captions.vtt"))
    signer.sign(mine, claim_of_file(mine.name, a_making()))
    credentials_path(mine).rename(credentials_path(other))
    assert check_file(other).state == "changed"
    assert check_file(mine).state == "none"


def test_what_is_no_credentials_is_told_as_damaged(unsigned: Path, tmp_path: Path) -> None:
    path = a_copy(unsigned, "captions.srt", tmp_path)
    credentials_path(path).write_bytes(b"nothing of the kind")
    found = check_file(path)
    assert found.state == "damaged"
    assert "do not hold" in found.sentence


def test_a_file_without_credentials_has_none(unsigned: Path) -> None:
    for name in ("h264.mp4", "sound.wav", "poster.jpg", "captions.srt", "ffv1.mkv"):
        assert check_file(unsigned / name).state == "none", name


def test_a_time_stamp_authority_that_does_not_answer_leaves_the_file_as_it_was(
    unsigned: Path, tmp_path: Path
) -> None:
    path = a_copy(unsigned, "h264.mp4", tmp_path)
    before = path.read_bytes()
    with pytest.raises(Transient, match="does not answer") as caught:
        a_signer("http://127.0.0.1:9/").sign(path, claim_of_file(path.name, a_making()))
    assert caught.value.code == "time_stamps_failed"
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_credentials_of_strangers_are_read_in_a_process_that_may_die_of_them(
    unsigned: Path, signer: FileSigner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, plain = (a_copy(unsigned, name, tmp_path) for name in ("h264.mp4", "captions.srt"))
    for each in (path, plain):
        signer.sign(each, claim_of_file(each.name, a_making()))
        assert check_apart(SignedPath.at(each)) == check_file(each)
    with monkeypatch.context() as patched:
        patched.setattr(check_apart_module, "TIMEOUT_S", 0.0)
        assert check_apart(SignedPath.at(path)).state == "damaged"
    monkeypatch.setattr(check_apart_module, "child_command", lambda *_: ["sh", "-c", "kill -11 $$"])
    died = check_apart(SignedPath.at(path))
    assert (died.state, died.untouched) == ("damaged", False)
    assert "broke down" in died.sentence


def test_a_file_of_enlarged_frames_says_so_in_its_manifest(
    unsigned: Path, signer: FileSigner, tmp_path: Path
) -> None:
    told = "enlarged to 1080 lines by x4plus (713ee713b035)"
    for finish in (told, ""):
        path = a_copy(unsigned, "h264.mp4", tmp_path)
        signer.sign(path, claim_of_file("h264.mp4", replace(a_making(), finish=finish)))
        found = read_credentials(SignedPath.at(path))
        assert found is not None
        [actions] = [
            assertion["data"]["actions"]
            for assertion in found.manifest["assertions"]
            if assertion["label"].startswith("c2pa.actions")
        ]
        edited = [each for each in actions if each["action"] == "c2pa.edited"]
        assert [each["parameters"]["rushes.finish"] for each in edited] == [finish] * bool(finish)
        assert check_file(path).untouched
        assert (check_file(path).facts or {}).get("rushes.finish", "") == finish
