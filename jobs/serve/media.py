"""Files of OUT for the page: those that results name, in the pieces that a player asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from jobs.output.work_records import is_below, stays_below
from jobs.report.told import here
from manifests.errors import Transient
from manifests.results import Result
from manifests.storage import Stat, join, storage_of

BLOCK_BYTES = 1 << 20
"""Of a file in memory at a time, for each player."""

MEDIA_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox; frame-ancestors 'none'"
"""Opened by itself, a file runs nothing, whoever wrote it."""

TYPES: Mapping[str, str] = {
    ".mp4": "video/mp4",
    ".mov": "video/quicktime",
    ".webm": "video/webm",
    ".mkv": "video/x-matroska",
    ".m4a": "audio/mp4",
    ".wav": "audio/wav",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".vtt": "text/vtt; charset=utf-8",
    ".srt": "text/plain; charset=utf-8",
    ".json": "application/json",
}
"""What a browser shows; another file is saved and not opened."""

_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class ByteSpan:
    """Bytes `start` up to `stop` of a file."""

    start: int
    stop: int


def files_by_name(out: str, results: Iterable[Result]) -> dict[str, str]:
    """The files of OUT that results name: their URIs by their names below OUT, also where that was
    moved since."""
    folder = join(out, "")
    uris = (here(out, file.uri) for result in results for file in result.deliverables)
    return {uri.removeprefix(folder): uri for uri in uris if is_below(out, uri)}


def asked_span(said: str | None, size_bytes: int) -> ByteSpan | None:
    """The bytes that a Range header asks for; all of them for one that is not understood (RFC 9110
    lets it be passed over), None when there are none of those."""
    found = _RANGE.fullmatch(said or "")
    if found is None or not (found[1] or found[2]):
        return ByteSpan(start=0, stop=size_bytes)
    if not found[1]:
        start, stop = max(size_bytes - int(found[2]), 0), size_bytes
    else:
        start = int(found[1])
        stop = min(int(found[2]) + 1, size_bytes) if found[2] else size_bytes
    return ByteSpan(start=start, stop=stop) if start < stop else None


def file_response(request: Request, out: str, uri: str) -> Response:
    """The file, or the span of it that is asked for."""
    stat = storage_of(uri).stat(uri) if stays_below(out, uri) else None
    if stat is None:
        return PlainTextResponse("It is not there any more.\n", HTTPStatus.NOT_FOUND)
    tag = f'"{stat.version.strip(chr(34))}"'
    fresh = request.headers.get("if-range") in (None, tag)
    said = request.headers.get("range") if fresh else None
    span = asked_span(said, stat.bytes)
    headers = file_headers(uri) | {"ETag": tag}
    if span is None:
        headers["Content-Range"] = f"bytes */{stat.bytes}"
        return Response(None, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, headers)
    headers["Content-Length"] = str(span.stop - span.start)
    status = HTTPStatus.OK
    if said is not None and _RANGE.fullmatch(said):
        headers["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{stat.bytes}"
        status = HTTPStatus.PARTIAL_CONTENT
    if request.method == "HEAD":
        return Response(None, status, headers)
    return StreamingResponse(blocks_of(uri, span, stat), status, headers)


def file_headers(uri: str) -> dict[str, str]:
    """What a browser may make of it."""
    kind = TYPES.get(PurePosixPath(uri).suffix.lower())
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Security-Policy": MEDIA_POLICY,
        "Content-Type": kind or "application/octet-stream",
    }
    return headers if kind else headers | {"Content-Disposition": "attachment"}


def blocks_of(uri: str, span: ByteSpan, seen: Stat) -> Iterator[bytes]:
    """The bytes of the span; the connection breaks when the file is another by now, so that no
    player gets parts of two."""
    storage = storage_of(uri)
    for start in range(span.start, span.stop, BLOCK_BYTES):
        now = storage.stat(uri)
        if now is None or now.version != seen.version:
            raise Transient("storage_contended", f"{uri} was replaced while it was read")
        yield storage.read(uri, start, min(start + BLOCK_BYTES, span.stop))
