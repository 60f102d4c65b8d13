"""What the files of a job are signed with: once, from bytes that are looked at again, and with what
its inputs carried."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from manifests.artifact import Artifact, sha256_of
from manifests.errors import ManifestUnusable, Transient
from pipeline.delivery.package.mhl import xxh128_of
from pipeline.delivery.provenance import ingredients
from pipeline.delivery.provenance.c2pa_files import FileSigner, credentials_path
from pipeline.delivery.provenance.certificates import credentials_of
from pipeline.delivery.provenance.check import check_file
from pipeline.delivery.provenance.claim import ClaimInput, claim_of_file
from pipeline.delivery.provenance.development import development_certificate
from pipeline.delivery.provenance.ingredients import (
    Ingredient,
    archive_of,
    format_of,
    ingredients_of,
)
from pipeline.delivery.provenance.signed_files import (
    JobSigner,
    NamedFile,
    SignedFile,
    deliver,
    deliver_anew,
)
from pipeline.workspace.inputs import Admission
from pipeline.workspace.workspace import Workspace
from tests.media_builders import a_jpeg, a_silent_video, a_wav, converted
from tests.noun_builders import a_job
from tests.pipeline.delivery.provenance.builders import NOW, SHA256, a_making, a_signer
from tests.s3_server import S3Server
from tests.sound_builders import flipped

SMALL = ("-frames:v", "1", "-update", "1", "-vf", "scale=64:64")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


@pytest.fixture(scope="module")
def signer() -> JobSigner:
    return JobSigner(signer=a_signer(), making=a_making())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return a_silent_video(tmp_path_factory.mktemp("clip") / "clip.mp4", seconds=0.2)


@pytest.fixture(scope="module")
def signed_picture(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """A portrait that somebody else signed."""
    path = converted(clip, tmp_path_factory.mktemp("portrait") / "portrait.jpg", *SMALL)
    a_signer().sign(path, claim_of_file("theirs.jpg", a_making()))
    return path


def stored(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)


def test_whoever_asks_again_gets_the_bytes_that_were_signed_first(
    workspace: Workspace, signer: JobSigner, clip: Path
) -> None:
    first = signer.signed(clip, "a.mp4", workspace)
    assert signer.signed(clip, "a.mp4", workspace) == first
    assert not first.beside
    other_name = signer.signed(clip, "b.mp4", workspace)
    assert other_name.fingerprint != first.fingerprint


def test_a_worker_that_signs_the_same_file_beside_another_delivers_what_was_stored_first(
    workspace: Workspace, signer: JobSigner, clip: Path
) -> None:
    first = signer.signed(clip, "a.mp4", workspace)
    workspace.storage.delete(workspace.work(first.fingerprint, "signed.json"))  # killed before
    again = signer.signed(clip, "a.mp4", workspace)
    assert again.made.sha256 == first.made.sha256


def test_a_delivered_file_is_signed_and_its_digest_is_that_of_the_signed_bytes(
    workspace: Workspace, signer: JobSigner, clip: Path
) -> None:
    named = deliver(stored(clip), "a.mp4", workspace, signer)
    path = Path(named.file.uri)
    assert check_file(path).untouched
    assert named.file == replace(stored(path), xxh128=xxh128_of(path))
    assert named.credentials is None


def test_files_on_s3_are_signed_in_them_and_beside_them(
    s3: S3Server, signer: JobSigner, clip: Path, tmp_path: Path
) -> None:
    place = Workspace(out=f"s3://{s3.bucket}/signed", scratch=tmp_path / "scratch")
    for name in ("a.mp4", "a.srt"):  # of the latter the credentials lie beside it
        named = deliver(place.store(clip, "f" * 40, name), name, place, signer)
        here = tmp_path / name
        place.storage.download(named.file.uri, here)
        if named.credentials is not None:
            place.storage.download(named.credentials.uri, credentials_path(here))
        assert check_file(here).untouched, name
        assert sha256_of(here) == named.file.sha256


def test_credentials_beside_a_file_go_when_it_is_delivered_unsigned(
    workspace: Workspace, signer: JobSigner, tmp_path: Path
) -> None:
    text = tmp_path / "text.srt"
    text.write_text("1\n")
    named = deliver(stored(text), "a.srt", workspace, signer)
    path = Path(named.file.uri)
    assert named.credentials is not None
    assert named.credentials.sha256 == stored(credentials_path(path)).sha256
    assert named.file.sha256 == sha256_of(text)
    unsigned = deliver(stored(text), "a.srt", workspace, None)
    assert unsigned == NamedFile(file=named.file)
    assert not credentials_path(path).exists()


def test_a_file_that_says_something_else_each_time_is_signed_each_time_and_not_stored(
    workspace: Workspace, signer: JobSigner, tmp_path: Path
) -> None:
    text = tmp_path / "text.json"
    for said in ("{}", "[]"):
        text.write_text(said)
        named = deliver_anew(text, "a.json", workspace, signer)
        assert check_file(Path(named.file.uri)).untouched
    assert not (tmp_path / "out/_run").exists()


def test_stored_bytes_that_were_changed_get_no_name(
    workspace: Workspace, signer: JobSigner, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = signer.signed(clip, "a.mp4", workspace).made
    path = Path(made.uri)
    flipped(path, path.read_bytes().index(b"mdat") + 8)
    changed = SignedFile(fingerprint="", made=stored(path), beside=False)
    monkeypatch.setattr(JobSigner, "signed", lambda *_: changed)
    with pytest.raises(Transient, match="do not hold") as caught:
        deliver(stored(clip), "a.mp4", workspace, signer)
    assert caught.value.code == "credentials_wrong"
    assert not (Path(workspace.out) / "videos").exists()


def test_an_expired_certificate_delivers_nothing_unsigned(workspace: Workspace, clip: Path) -> None:
    key, chain, _ = development_certificate(NOW - timedelta(days=2), days=1)
    expired = JobSigner(
        signer=FileSigner(credentials=credentials_of(key, chain)), making=a_making()
    )
    with pytest.raises(ManifestUnusable, match="run again") as caught:
        deliver(stored(clip), "a.mp4", workspace, expired)
    assert caught.value.code == "signing_expired"
    assert not (Path(workspace.out) / "videos").exists()


def test_credentials_of_an_input_are_kept(signed_picture: Path, clip: Path, tmp_path: Path) -> None:
    kept = archive_of(signed_picture, "portrait", tmp_path)
    given = (
        Ingredient(role="portrait", sha256=SHA256, archive=kept),
        Ingredient(role="narration", sha256=SHA256),
    )
    path = tmp_path / "a.mp4"
    path.write_bytes(clip.read_bytes())
    a_signer().sign(path, claim_of_file(path.name, a_making()), given)
    assert sorted(check_file(path).ingredients) == ["narration", "portrait with its credentials"]
    assert check_file(path).untouched


def test_an_input_without_credentials_is_no_matter_for_another_program(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingredients, "run_program", None)
    assert archive_of(clip, "portrait", tmp_path) == b""
    (tmp_path / "empty").touch()
    assert archive_of(tmp_path / "empty", "portrait", tmp_path) == b""


def of_portrait(path: Path, folder: Path) -> tuple[tuple[Ingredient, ...], tuple[str, ...]]:
    given = (ClaimInput(role="portrait", sha256=sha256_of(path)),)
    return ingredients_of(a_job(portrait_uri=str(path)), given, Admission(), folder)


@pytest.mark.parametrize("how", ["cut", "scrambled", "claimed"])
def test_hostile_credentials_cost_their_row_nothing_but_themselves(
    how: str, signed_picture: Path, tmp_path: Path
) -> None:
    content = bytearray(signed_picture.read_bytes())
    at = content.index(b"jumb")
    if how == "cut":
        content = content[: at + 200]
    elif how == "scrambled":
        content[at + 40 : at + 1200] = bytes(0xFF for _ in range(1160))
    else:
        content = bytearray(b"\xff\xd8\xff" + b"jumbc2pa" * 1000)
    path = tmp_path / "hostile.jpg"
    path.write_bytes(content)
    (found,), warnings = of_portrait(path, tmp_path)
    assert found == Ingredient(role="portrait", sha256=sha256_of(path))
    (warning,) = warnings
    assert warning.startswith("input_credentials_not_kept: portrait: its credentials are damaged")


def test_credentials_that_take_too_long_or_too_much_are_left_out(
    signed_picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingredients, "LARGEST_KEPT_BYTES", 100)
    (found,), warnings = of_portrait(signed_picture, tmp_path)
    assert not found.archive
    assert "more than" in warnings[0]
    monkeypatch.setattr(ingredients, "TIMEOUT_S", 0.001)
    (found,), warnings = of_portrait(signed_picture, tmp_path)
    assert not found.archive
    assert "within" in warnings[0]


def test_an_input_too_large_to_be_searched_is_not_copied(
    signed_picture: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ingredients, "LARGEST_BYTES", 100)
    (found,), (warning,) = of_portrait(signed_picture, tmp_path)
    assert not found.archive
    assert "not searched" in warning
    assert list(tmp_path.iterdir()) == []


def test_an_input_that_changed_since_is_named_by_the_digest_that_was_used(
    signed_picture: Path, tmp_path: Path
) -> None:
    given = (ClaimInput(role="portrait", sha256=SHA256),)
    job = a_job(portrait_uri=str(signed_picture))
    (found,), (warning,) = ingredients_of(job, given, Admission(), tmp_path)
    assert (found.sha256, found.archive) == (SHA256, b"")
    assert "was changed" in warning
    gone = a_job(portrait_uri=str(tmp_path / "gone.jpg"))
    (found,), (warning,) = ingredients_of(gone, given, Admission(), tmp_path)
    assert "missing_file" in warning


def test_kinds_of_inputs_are_known_by_their_first_bytes(clip: Path, tmp_path: Path) -> None:
    assert format_of(clip) == "video/mp4"
    assert format_of(converted(clip, tmp_path / "a.mov")) == "video/quicktime"
    assert format_of(a_wav(tmp_path / "a.wav")) == "audio/wav"
    assert format_of(a_jpeg(tmp_path / "a.jpg")) == "image/jpeg"
    assert format_of(converted(clip, tmp_path / "a.png", *SMALL)) == "image/png"
    assert format_of(converted(clip, tmp_path / "a.mkv")) == "application/octet-stream"
