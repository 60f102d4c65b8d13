"""Files in S3 buckets. Endpoint, region and credentials are found the way boto3 finds them."""

from __future__ import annotations

import functools
import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

from manifests.errors import BadInput, Missing, TooLarge, Transient
from manifests.storage.aside import aside
from manifests.storage.protocol import Stat
from manifests.storage.retry import Backoff, ask
from manifests.storage.upload import Condition, Upload, place_of
from manifests.storage.uri import S3, bucket_and_key, redacted

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import DeleteTypeDef, ObjectTypeDef

_MIB = 1 << 20
_BLOCK_BYTES = 32 * _MIB
_DELETED_TOGETHER = 1000
_CONFIG = Config(
    signature_version="s3v4",
    connect_timeout=10,
    read_timeout=60,
    # ask() retries: two layers would multiply, and botocore's own hides that a refused
    # condition followed a try that may have been stored
    retries={"total_max_attempts": 1},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class S3Storage:
    """S3 buckets; files above `multipart_bytes` go up in parts of `part_bytes`."""

    multipart_bytes: int = 64 * _MIB
    part_bytes: int = 16 * _MIB
    backoff: Backoff = Backoff()

    def stat(self, uri: str) -> Stat | None:
        client, place = _client(os.getpid()), place_of(uri)
        head = ask(uri, lambda: client.head_object(**place), self.backoff, {HTTPStatus.NOT_FOUND})
        if head is None:
            return None
        if "ContentLength" not in head:
            raise BadInput("storage_refused", f"S3 does not tell how long {redacted(uri)} is.")
        said = head["Metadata"].get("sha256", "")
        return Stat(
            bytes=head["ContentLength"],
            version=head["ETag"],
            sha256=said,
            modified_s=head["LastModified"].timestamp() if "LastModified" in head else 0.0,
        )

    def read(self, uri: str, start: int = 0, stop: int | None = None) -> bytes:
        return self._read(uri, start, stop, {})

    def presigned(self, uri: str, seconds: int) -> str:
        """A URL by which anybody reads the file until then; nothing is asked of S3."""
        place = {"Bucket": place_of(uri)["Bucket"], "Key": place_of(uri)["Key"]}
        client = _client(os.getpid())
        return client.generate_presigned_url("get_object", Params=place, ExpiresIn=seconds)

    def download(self, uri: str, path: Path, *, at_most: int | None = None) -> None:
        found = self.stat(uri)
        if found is None:
            raise Missing(f"{redacted(uri)} does not exist; correct the URI or upload the file.")
        if at_most is not None and found.bytes > at_most:
            raise TooLarge(redacted(uri), at_most)
        with aside(path) as temporary:
            with temporary.open("xb") as file:
                for start in range(0, found.bytes, _BLOCK_BYTES):
                    stop = min(start + _BLOCK_BYTES, found.bytes)
                    file.write(self._read(uri, start, stop, {"IfMatch": found.version}))
            temporary.replace(path)

    def create(self, uri: str, source: Path | bytes) -> bool:
        upload = self._upload(uri, source, {"IfNoneMatch": "*"})
        for failures in range(self.backoff.tries):
            if self._send(upload):
                return True
            stored = upload.is_stored()
            if stored is not None:
                return stored
            # refused, yet nothing is there: another upload or a delete was under way
            self.backoff.wait(failures)
        raise Transient("storage_contended", f"{redacted(uri)} is being written by others.")

    def replace(self, uri: str, source: Path | bytes, *, expected: str | None) -> bool:
        if expected is None:
            return self.create(uri, source)
        upload = self._upload(uri, source, {"IfMatch": expected})
        return self._send(upload) or bool(upload.is_stored())

    def list(self, prefix: str) -> Iterator[str]:
        return (uri for uri, _ in self.stats(prefix))

    def stats(self, prefix: str) -> Iterator[tuple[str, Stat]]:
        bucket, key = bucket_and_key(prefix)
        after, folder = "", f"{key.rstrip('/')}/" if key else ""
        while page := self._page(prefix, folder, after):
            for found in page:
                if not found["Key"].endswith("/"):
                    yield f"{S3}{bucket}/{found['Key']}", _stat_of(found)
            after = page[-1]["Key"]

    def delete(self, uri: str) -> None:
        client, place = _client(os.getpid()), place_of(uri)
        ask(uri, lambda: client.delete_object(**place), self.backoff, {HTTPStatus.NOT_FOUND})

    def delete_all(self, uris: Iterable[str]) -> None:
        of_bucket: defaultdict[str, list[str]] = defaultdict(list)
        for uri in uris:
            bucket, key = bucket_and_key(uri)
            of_bucket[bucket].append(key)
        for bucket, keys in of_bucket.items():
            for start in range(0, len(keys), _DELETED_TOGETHER):
                self._delete_keys(bucket, keys[start : start + _DELETED_TOGETHER])

    def _delete_keys(self, bucket: str, keys: Sequence[str]) -> None:
        """In one request; what S3 does not delete so, and all where it knows no such request, one
        by one, which tells why."""
        client = _client(os.getpid())
        wanted: DeleteTypeDef = {"Objects": [{"Key": key} for key in keys], "Quiet": True}
        unknown = {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.NOT_IMPLEMENTED,
            HTTPStatus.METHOD_NOT_ALLOWED,
        }
        answer = ask(
            f"{S3}{bucket}/{keys[0]}",
            lambda: client.delete_objects(Bucket=bucket, Delete=wanted),
            self.backoff,
            unknown,
        )
        left = keys if answer is None else [each["Key"] for each in answer.get("Errors", ())]
        for key in left:
            self.delete(f"{S3}{bucket}/{key}")

    def _page(self, uri: str, folder: str, after: str) -> Sequence[ObjectTypeDef]:
        """Up to a thousand files of `folder` whose keys follow the key `after`."""
        client, (bucket, _) = _client(os.getpid()), bucket_and_key(uri)
        page = ask(
            uri,
            lambda: client.list_objects_v2(Bucket=bucket, Prefix=folder, StartAfter=after),
            self.backoff,
        )
        return page.get("Contents", ())

    def _read(self, uri: str, start: int, stop: int | None, condition: Condition) -> bytes:
        if stop is not None and stop <= start:
            return b""
        client, place = _client(os.getpid()), place_of(uri)
        span = f"bytes={start}-{'' if stop is None else stop - 1}"

        def get() -> bytes:
            with closing(client.get_object(**place, Range=span, **condition)["Body"]) as body:
                return body.read() if stop is None else _bounded(body, stop - start, uri)

        beyond_the_end = {HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}
        return ask(uri, get, self.backoff, beyond_the_end) or b""

    def _upload(self, uri: str, source: Path | bytes, condition: Condition) -> Upload:
        return Upload(
            client=_client(os.getpid()),
            uri=uri,
            source=source,
            condition=condition,
            backoff=self.backoff,
        )

    def _send(self, upload: Upload) -> bool:
        if upload.size_bytes > self.multipart_bytes:
            return upload.in_parts(self.part_bytes)
        return upload.whole()


def _stat_of(found: ObjectTypeDef) -> Stat:
    """Of a file in a listing."""
    return Stat(
        bytes=found.get("Size", 0),
        version=found.get("ETag", ""),
        modified_s=found["LastModified"].timestamp() if "LastModified" in found else 0.0,
    )


def _bounded(body: StreamingBody, size: int, uri: str) -> bytes:
    """What was asked for and no more, whatever the server sends; an end before it is an error of
    the connection, which botocore raises when it is asked beyond it."""
    blocks, left = [], size
    while left and (block := body.read(left)):
        blocks.append(block)
        left -= len(block)
    if body.read(1):
        raise BadInput("storage_refused", f"S3 sends more of {redacted(uri)} than was asked for.")
    return b"".join(blocks)


@functools.cache
def _client(_process_id: int) -> S3Client:
    """One client for each process: connections do not survive a fork."""
    # a session of its own, since the default one may not be shared by threads
    return boto3.session.Session().client("s3", config=_CONFIG)
