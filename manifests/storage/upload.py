"""One conditional upload to S3: in one request, or in parts when the file is large."""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import IO, TYPE_CHECKING, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from manifests.artifact import sha256_of
from manifests.storage.retry import Backoff, ask
from manifests.storage.uri import bucket_and_key

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import CompletedPartTypeDef, PutObjectOutputTypeDef

_MOST_PARTS = 10_000
_REFUSED = frozenset({HTTPStatus.PRECONDITION_FAILED, HTTPStatus.CONFLICT})


class Place(TypedDict):
    """Bucket and key, as S3's calls name them."""

    Bucket: str
    Key: str


class Condition(TypedDict, total=False):
    """What must hold for the file to appear."""

    IfMatch: str
    IfNoneMatch: str


def place_of(uri: str) -> Place:
    bucket, key = bucket_and_key(uri)
    return {"Bucket": bucket, "Key": key}


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A finished file on its way to `uri`.

    `mark` names this very upload: a retry that is refused because the first try was stored, with
    only its answer lost, finds its own mark there.
    """

    client: S3Client
    uri: str
    source: Path | bytes
    condition: Condition
    backoff: Backoff
    mark: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def size_bytes(self) -> int:
        source = self.source
        return source.stat().st_size if isinstance(source, Path) else len(source)

    def whole(self) -> bool:
        """Store with one request; False when the condition does not hold."""

        metadata = self._metadata()

        def put() -> PutObjectOutputTypeDef:
            with self._open() as body:
                return self.client.put_object(
                    **place_of(self.uri), Body=body, Metadata=metadata, **self.condition
                )

        return ask(self.uri, put, self.backoff, self._refusals()) is not None

    def in_parts(self, part_bytes: int) -> bool:
        """Store part by part; False when the condition does not hold. No part stays behind."""
        place, metadata = place_of(self.uri), self._metadata()
        begun = ask(
            self.uri,
            lambda: self.client.create_multipart_upload(**place, Metadata=metadata),
            self.backoff,
        )["UploadId"]
        with ExitStack() as undo:
            undo.callback(self._abort, begun)
            parts = list(self._send(begun, max(part_bytes, -(-self.size_bytes // _MOST_PARTS))))
            done = ask(
                self.uri,
                lambda: self.client.complete_multipart_upload(
                    **place, UploadId=begun, MultipartUpload={"Parts": parts}, **self.condition
                ),
                self.backoff,
                # after a lost answer the upload is gone
                self._refusals() | {HTTPStatus.NOT_FOUND},
            )
            if done is not None:
                undo.pop_all()
        return done is not None

    def is_stored(self) -> bool | None:
        """Whether the file there came from this upload; None when there is no file."""
        head = ask(
            self.uri,
            lambda: self.client.head_object(**place_of(self.uri)),
            self.backoff,
            {HTTPStatus.NOT_FOUND},
        )
        return None if head is None else head["Metadata"].get("upload") == self.mark

    def _send(self, upload_id: str, part_bytes: int) -> Iterator[CompletedPartTypeDef]:
        with self._open() as file:
            for number, part in enumerate(iter(lambda: file.read(part_bytes), b""), start=1):
                yield {"PartNumber": number, "ETag": self._send_part(upload_id, number, part)}

    def _send_part(self, upload_id: str, number: int, part: bytes) -> str:
        return ask(
            self.uri,
            lambda: self.client.upload_part(
                **place_of(self.uri), UploadId=upload_id, PartNumber=number, Body=part
            ),
            self.backoff,
        )["ETag"]

    def _abort(self, upload_id: str) -> None:
        # best effort: the bucket's lifecycle rule removes what stays behind
        with suppress(ClientError, BotoCoreError):
            self.client.abort_multipart_upload(**place_of(self.uri), UploadId=upload_id)

    def _refusals(self) -> frozenset[HTTPStatus]:
        """S3 answers a condition on a version of a missing file with 404."""
        replacing = "IfMatch" in self.condition
        return _REFUSED | {HTTPStatus.NOT_FOUND} if replacing else _REFUSED

    def _open(self) -> IO[bytes]:
        source = self.source
        return source.open("rb") if isinstance(source, Path) else io.BytesIO(source)

    def _metadata(self) -> dict[str, str]:
        source = self.source
        if isinstance(source, Path):
            return {"sha256": sha256_of(source), "upload": self.mark}
        return {"sha256": hashlib.sha256(source).hexdigest(), "upload": self.mark}
