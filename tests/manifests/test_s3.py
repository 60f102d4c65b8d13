"""What only S3 can do: parts, faults on the way, and credentials."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import boto3
import pytest

from manifests.errors import BadInput, Forbidden, Missing, RushesError, Transient
from manifests.storage import S3Storage
from manifests.storage import s3 as s3_storage
from manifests.storage.retry import Backoff
from tests.s3_faults import Fault, faulty
from tests.s3_server import S3Server

QUICK = Backoff(tries=4, first_s=0.01, cap_s=0.02)
STORAGE = S3Storage(multipart_bytes=6_000_000, part_bytes=5 << 20, backoff=QUICK)


@pytest.fixture
def uri(s3: S3Server) -> str:
    return f"s3://{s3.bucket}/{uuid4().hex}/a"


@pytest.fixture
def fails_with(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Puts a proxy before the server that fails the next connections."""
    opened = []

    def start(*faults: Fault) -> None:
        proxy = faulty(s3.endpoint_url, faults)
        monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.__enter__())
        s3_storage._client.cache_clear()
        opened.append(proxy)

    yield start
    for proxy in opened:
        proxy.__exit__(None, None, None)


def a_large_file(folder: Path) -> Path:
    path = folder / "large"
    path.write_bytes(os.urandom(12_000_000))
    return path


def uploads_under_way(bucket: str, uri: str) -> int:
    found = boto3.session.Session().client("s3").list_multipart_uploads(Bucket=bucket)
    return sum(uri.endswith(each["Key"]) for each in found.get("Uploads", ()))


def test_a_large_file_goes_up_in_parts_and_only_once(
    uri: str, tmp_path: Path, s3: S3Server
) -> None:
    large = a_large_file(tmp_path)
    assert STORAGE.create(uri, large)
    assert not STORAGE.create(uri, large)
    found = STORAGE.stat(uri)
    assert found is not None
    assert found.version.endswith('-3"')  # S3 puts the number of parts behind the digest
    STORAGE.download(uri, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == large.read_bytes()
    assert STORAGE.replace(uri, large, expected=found.version)
    assert not STORAGE.replace(uri, large, expected='"another"')
    assert uploads_under_way(s3.bucket, uri) == 0


def test_a_busy_server_is_asked_again(uri: str, fails_with: Callable[..., None]) -> None:
    fails_with("busy", "busy")
    assert STORAGE.create(uri, b"x")
    assert STORAGE.read(uri) == b"x"


@pytest.mark.parametrize("fault", ["too_many", "slow_down"])
def test_a_server_that_asks_for_fewer_requests_is_asked_again(
    uri: str, fails_with: Callable[..., None], fault: Fault
) -> None:
    fails_with(fault, fault)
    assert STORAGE.create(uri, b"x")
    assert STORAGE.read(uri) == b"x"


def test_an_upload_in_parts_whose_completion_is_not_answered_is_ours(
    uri: str, tmp_path: Path, fails_with: Callable[..., None]
) -> None:
    """The second try finds the upload gone; the file is there and bears this upload's mark."""
    large = a_large_file(tmp_path)
    fails_with("completion_unanswered", "gone")
    assert STORAGE.create(uri, large)
    assert STORAGE.read(uri) == large.read_bytes()


def test_a_file_that_changes_while_it_is_downloaded_is_no_mixture(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    STORAGE.create(uri, b"old " * 4)
    read = S3Storage._read

    def then_changed(storage: S3Storage, *args: object) -> bytes:
        found = read(storage, *args)  # type: ignore[arg-type]  # handed on as it came
        STORAGE.delete(uri)
        STORAGE.create(uri, b"new " * 4)
        return found

    monkeypatch.setattr(s3_storage, "_BLOCK_BYTES", 4)
    monkeypatch.setattr(S3Storage, "_read", then_changed)
    with pytest.raises(Transient, match="changed while it was read"):
        STORAGE.download(uri, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_a_create_whose_answer_was_lost_is_ours(uri: str, fails_with: Callable[..., None]) -> None:
    fails_with("unanswered")
    assert STORAGE.create(uri, b"x")
    assert not STORAGE.create(uri, b"x")


def test_a_replace_whose_answer_was_lost_is_ours(uri: str, fails_with: Callable[..., None]) -> None:
    STORAGE.create(uri, b"one")
    found = STORAGE.stat(uri)
    assert found is not None
    fails_with("unanswered")
    assert STORAGE.replace(uri, b"two", expected=found.version)
    assert STORAGE.read(uri) == b"two"


def test_parts_survive_lost_answers(
    uri: str, tmp_path: Path, fails_with: Callable[..., None]
) -> None:
    large = a_large_file(tmp_path)
    fails_with("busy", "unanswered")
    assert STORAGE.create(uri, large)
    assert STORAGE.read(uri) == large.read_bytes()


def test_a_server_that_stays_busy_is_transient(uri: str, fails_with: Callable[..., None]) -> None:
    fails_with(*["busy"] * 20)
    with pytest.raises(Transient, match="4 times") as caught:
        STORAGE.read(uri)
    assert caught.value.code == "storage_unavailable"


def test_a_server_that_is_not_there_is_transient_and_not_named(
    s3: S3Server, uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://user:hunter2@127.0.0.1:9")
    s3_storage._client.cache_clear()
    with pytest.raises(Transient) as caught:
        STORAGE.read(uri)
    assert s3.bucket in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_wrong_secret_is_forbidden_and_not_told(
    uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    STORAGE.create(uri, b"x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    s3_storage._client.cache_clear()
    asked: list[Callable[[], object]] = [
        lambda: STORAGE.stat(uri),
        lambda: STORAGE.read(uri),
        lambda: STORAGE.create(uri, b"y"),
        lambda: STORAGE.delete(uri),
        lambda: list(STORAGE.list(uri)),
    ]
    for ask in asked:
        with pytest.raises(Forbidden) as caught:
            ask()
        assert "hunter2" not in str(caught.value)
        assert uri in str(caught.value)


def test_no_credentials_are_forbidden(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    s3_storage._client.cache_clear()
    with pytest.raises(Forbidden, match="no S3 credentials"):
        STORAGE.read(uri)


@pytest.mark.usefixtures("s3")
def test_a_bucket_that_is_not_there_is_missing() -> None:
    with pytest.raises(Missing):
        STORAGE.create("s3://no-such-bucket/a", b"x")


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize("uri", ["s3://", "s3://rushes", "s3://rushes/", "s3://k:s@rushes/a"])
def test_a_uri_that_names_no_object_is_bad(uri: str) -> None:
    with pytest.raises(RushesError) as caught:
        STORAGE.read(uri)
    assert isinstance(caught.value, BadInput)
    assert "k:s" not in str(caught.value)
