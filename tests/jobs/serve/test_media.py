"""Files are served that the night names, in the pieces that a player asks for, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.serve import media
from jobs.serve.application import application
from jobs.serve.live import LiveNight, ToldNight
from jobs.serve.media import ByteSpan, asked_span, blocks_of, files_by_name
from manifests.errors import Transient
from manifests.results import Deliverable
from manifests.storage import storage_of
from tests.jobs.serve.test_guard import BarePages
from tests.manifests.builders import a_result
from tests.s3_server import S3Server
from tests.serving import ServedPage, served

VIDEO = bytes(range(256)) * 40


@given(st.integers(0, 99), st.integers(0, 120), st.integers(0, 120))
def test_a_range_names_bytes_that_are_there(size: int, first: int, last: int) -> None:
    both = asked_span(f"bytes={first}-{last}", size)
    expected = range(size)[first : last + 1]
    assert both == (ByteSpan(start=first, stop=expected.stop) if expected else None)
    tail = asked_span(f"bytes=-{last}", size)
    assert tail == (ByteSpan(start=size - min(last, size), stop=size) if last and size else None)
    assert asked_span(f"bytes={first}-", size) == (
        ByteSpan(start=first, stop=size) if first < size else None
    )


@given(st.text(max_size=20))
def test_a_range_that_is_none_is_passed_over(said: str) -> None:
    found = asked_span(said, 10)
    assert found is None or 0 <= found.start < found.stop <= 10


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a delivered video, a link out of it, and what nobody named."""
    folder = tmp_path_factory.mktemp("out")
    (folder / "videos").mkdir()
    (folder / "secret.mp4").write_bytes(b"secret")
    for name in ("a.mp4", "a <b>&'.mp4", "a.html", "a.srt"):
        (folder / "videos" / name).write_bytes(VIDEO)
    outside = tmp_path_factory.mktemp("outside") / "key.mp4"
    outside.write_bytes(b"secret")
    (folder / "videos" / "link.mp4").symlink_to(outside)
    return folder


@pytest.fixture(scope="module")
def page(out: Path) -> Iterator[ServedPage]:
    names = ["a.mp4", "a <b>&'.mp4", "a.html", "a.srt", "gone.mp4", "link.mp4"]
    uris = [f"{out}/videos/{name}" for name in names]
    uris += [f"{out}/videos/../secret.mp4", f"{out}-other/x.mp4", "/etc/passwd"]
    row = a_result(
        deliverables=tuple(Deliverable(profile=u, uri=u, sha256="", bytes=1) for u in uris)
    )
    told = ToldNight(head={}, rows=(), files=files_by_name(str(out), [row]))
    with served(
        lambda rules: application(str(out), rules, LiveNight(lambda: told), BarePages())
    ) as there:
        yield there


@pytest.mark.parametrize(
    "path",
    [
        "/secret.mp4",
        "/videos/../secret.mp4",
        "/videos/%2e%2e/secret.mp4",
        "/videos/link.mp4",
        "/videos/gone.mp4",
        "/videos/a.mp4/",
        "//videos/a.mp4",
        "/etc/passwd",
        "//etc/passwd",
        "/videos/a.mp4%00",
        "/results.parquet",
        "/report/../secret.mp4",
        "/report/decide",
    ],
)
def test_what_the_night_does_not_name_is_not_there(page: ServedPage, path: str) -> None:
    answer, found = page.ask(path)
    assert answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
    assert b"secret" not in found


def test_a_player_gets_the_bytes_that_it_asks_for(
    page: ServedPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "BLOCK_BYTES", 1000)
    answer, found = page.ask("/videos/a.mp4")
    assert (answer.status, answer.getheader("Content-Type"), found) == (200, "video/mp4", VIDEO)
    assert answer.getheader("Content-Length") == str(len(VIDEO))
    assert "sandbox" in (answer.getheader("Content-Security-Policy") or "")
    part, some = page.ask("/videos/a.mp4", Range="bytes=100-5099")
    assert (part.status, some) == (HTTPStatus.PARTIAL_CONTENT, VIDEO[100:5100])
    assert part.getheader("Content-Range") == f"bytes 100-5099/{len(VIDEO)}"
    none, _ = page.ask("/videos/a.mp4", Range=f"bytes={len(VIDEO)}-")
    assert none.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    tag = answer.getheader("ETag") or ""
    same, _ = page.ask("/videos/a.mp4", Range="bytes=0-9", If_Range=tag)
    other, _ = page.ask("/videos/a.mp4", Range="bytes=0-9", If_Range='"other"')
    assert (same.status, other.status) == (HTTPStatus.PARTIAL_CONTENT, HTTPStatus.OK)
    head, nothing = page.ask("/videos/a.mp4", "HEAD")
    assert (head.getheader("Content-Length"), nothing) == (str(len(VIDEO)), b"")


def test_names_are_taken_as_they_are_and_pages_among_the_files_are_never_opened(
    page: ServedPage,
) -> None:
    answer, found = page.ask("/videos/a%20%3Cb%3E&'.mp4")
    assert (answer.status, found) == (HTTPStatus.OK, VIDEO)
    answer, _ = page.ask("/videos/a.html")
    assert answer.getheader("Content-Disposition") == "attachment"
    assert answer.getheader("Content-Type") == "application/octet-stream"


def test_a_file_that_is_replaced_while_it_is_read_ends_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(media, "BLOCK_BYTES", 4)
    file = tmp_path / "a.mp4"
    file.write_bytes(b"old bytes")
    seen = storage_of(str(file)).stat(str(file))
    assert seen is not None
    blocks = blocks_of(str(file), ByteSpan(start=0, stop=9), seen)
    assert next(blocks) == b"old "
    file.write_bytes(b"new bytes of more")
    with pytest.raises(Transient):
        next(blocks)


def test_a_bucket_is_read_in_pieces_too(s3: S3Server) -> None:
    out = f"s3://{s3.bucket}/served"
    uri = f"{out}/videos/a.mp4"
    assert storage_of(uri).create(uri, VIDEO)
    row = a_result(deliverables=(Deliverable(profile="web", uri=uri, sha256="", bytes=1),))
    told = ToldNight(head={}, rows=(), files=files_by_name(out, [row]))
    with served(
        lambda rules: application(out, rules, LiveNight(lambda: told), BarePages())
    ) as there:
        answer, found = there.ask("/videos/a.mp4", Range="bytes=300-1299")
    assert (answer.status, found) == (HTTPStatus.PARTIAL_CONTENT, VIDEO[300:1300])
