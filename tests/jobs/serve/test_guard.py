"""Nobody is let in without the token, under another name of the host, or from another page."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.config import RunConfig
from jobs.output.instruction_files import Watch, listed
from jobs.output.run_file import write_run_file
from jobs.serve.application import application
from jobs.serve.guard import (
    HEADERS,
    LARGEST_SENT_BYTES,
    TOKEN_HEADER,
    AccessRules,
    RequestHead,
    is_own_origin,
    refused_request,
)
from jobs.serve.live import LiveNight, ToldNight
from manifests.results import write_results
from tests.manifests.builders import NOON, a_result
from tests.serving import ServedPage, served

RULES = AccessRules(token="right", hosts=frozenset({"localhost", "127.0.0.1"}))  # noqa: S106 - a test's
SENT = {
    "host": "localhost:1",
    TOKEN_HEADER.lower(): "right",
    "content-type": "application/json",
    "content-length": "2",
}


class BarePages:
    """A page without anything on it."""

    def page(self) -> str:
        return "<!doctype html><title>Night</title>"

    def part(self, name: str) -> tuple[str, str] | None:
        return ("'use strict';", "text/javascript") if name == "page.js" else None


def nothing_to_see() -> ToldNight:
    return ToldNight(head={"run_id": "r"}, rows=[("a", {"job_id": "a"})], files={})


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out")
    rows = [a_result(job_id=n, fingerprint=n, started=NOON, finished=NOON) for n in "ab"]
    assert write_results(rows, str(folder))
    write_run_file(str(folder), "run", [], RunConfig(), rows=2)
    return folder


@pytest.fixture(scope="module")
def page(out: Path) -> Iterator[ServedPage]:
    night = LiveNight(nothing_to_see)
    with served(lambda rules: application(str(out), rules, night, BarePages())) as there:
        yield there


def refused(**headers: str) -> HTTPStatus | None:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    head = RequestHead(method="POST", path="/right/report/decide", headers=SENT | sent)
    found = refused_request(head, RULES)
    return found.status if found else None


@given(st.text(max_size=30))
def test_no_other_token_host_or_origin_is_let_in(other: str) -> None:
    if other != "right":
        assert refused_request(RequestHead(method="GET", path=f"/{other}/x", headers=SENT), RULES)
        assert refused(**{TOKEN_HEADER.lower(): other})
    assert refused(host=other) or other.lower().partition(":")[0] in RULES.hosts
    assert refused(origin=other) or is_own_origin(other, "localhost:1")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, None),
        ({"host": "LOCALHOST:99"}, None),
        ({"host": "evil.example"}, HTTPStatus.MISDIRECTED_REQUEST),
        ({"host": "localhost.evil.example:1"}, HTTPStatus.MISDIRECTED_REQUEST),
        ({"host": "evil.example@localhost:1"}, None),  # the name is localhost
        ({"host": "[::1"}, HTTPStatus.MISDIRECTED_REQUEST),
        ({"origin": "http://localhost:1"}, None),
        ({"origin": "http://localhost:2"}, HTTPStatus.FORBIDDEN),
        ({"origin": "http://evil.example"}, HTTPStatus.FORBIDDEN),
        ({"origin": "null"}, HTTPStatus.FORBIDDEN),
        ({"content-type": "text/plain"}, HTTPStatus.UNSUPPORTED_MEDIA_TYPE),
        ({"content-type": "application/json; charset=utf-8"}, None),
        ({"content-length": ""}, HTTPStatus.LENGTH_REQUIRED),
        ({"content-length": "-1"}, HTTPStatus.LENGTH_REQUIRED),
        ({"transfer-encoding": "chunked"}, HTTPStatus.LENGTH_REQUIRED),
        ({"content-length": "9" * 5000}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ({"content-length": f"{LARGEST_SENT_BYTES + 1}"}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
        ({TOKEN_HEADER.lower(): "wrong"}, HTTPStatus.FORBIDDEN),
    ],
)
def test_what_is_sent_is_read_only_when_the_page_sent_it(
    headers: dict[str, str], status: HTTPStatus | None
) -> None:
    assert refused(**headers) == status


def test_every_answer_forbids_foreign_scripts_frames_and_copies(page: ServedPage) -> None:
    for path in ("/report.html", "/report/page.js", "/report/live", "/videos/none.mp4"):
        answer, _ = page.ask(path)
        told = {name: answer.getheader(name) for name in HEADERS}
        assert told == dict(HEADERS), path
        assert not any(name.lower().startswith("access-control") for name, _ in answer.getheaders())
    refusal, told_to_strangers = page.ask_whole("/wrong/report.html")
    assert refusal.status == HTTPStatus.NOT_FOUND
    assert refusal.getheader("Content-Security-Policy") == HEADERS["Content-Security-Policy"]
    assert page.token.encode() not in told_to_strangers
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "", "//", "/report.html", "/?token", "/%00/report.html"])
def test_there_is_nothing_without_the_token(page: ServedPage, path: str) -> None:
    answer, _ = page.ask_whole(path or "/favicon.ico")
    assert answer.status == HTTPStatus.NOT_FOUND


def test_a_page_that_names_this_host_otherwise_learns_nothing(page: ServedPage) -> None:
    answer, _ = page.ask("/report.html", Host="rebound.example")
    assert answer.status == HTTPStatus.MISDIRECTED_REQUEST
    answer, _ = page.ask("/report.html", Origin="http://rebound.example")
    assert answer.status == HTTPStatus.FORBIDDEN
    answer, _ = page.ask("/report/decide", "OPTIONS", Origin=f"http://127.0.0.1:{page.port}")
    assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED


def test_decisions_are_written_as_the_commands_write_them(page: ServedPage, out: Path) -> None:
    for body in (b"{}", b"[", b'{"what": "erase", "jobs": ["a"]}', b'{"what":"hold","jobs":[]}'):
        headers = {TOKEN_HEADER: page.token, "Content-Type": "application/json"}
        answer, told = page.ask("/report/decide", "POST", body, **headers)
        assert (answer.status, b"no_decision" in told) == (HTTPStatus.UNPROCESSABLE_ENTITY, True)
    assert page.decide(what="hold", jobs=["a"], also="x")[0] == HTTPStatus.UNPROCESSABLE_ENTITY
    assert listed(str(out)) == []

    status, told_held = page.decide(what="hold", jobs=["a", "zz"])
    strange, done = (
        "zz is no job of this run",
        "a is done already; this counts when its row changes",
    )
    assert (status, told_held["warnings"]) == (HTTPStatus.OK, [f"{strange}; it is left out", done])
    assert page.decide(what="reject", jobs=["b"], reason="Late.")[0] == HTTPStatus.OK
    assert page.decide(what="prioritise", jobs=["a"])[0] == HTTPStatus.OK
    found = Watch(str(out))()
    assert (found.held, found.rejections["b"].reason) == ({"a"}, "Late.")
    assert set(found.priorities) == {"a"}
    assert page.decide(what="pardon", jobs=["b"])[0] == HTTPStatus.OK
    status, told_refused = page.decide(what="choose", job="a", version=3)
    assert (status, told_refused["code"]) == (HTTPStatus.CONFLICT, "no_version")


def test_nothing_is_decided_where_the_page_is_only_to_be_read(out: Path) -> None:
    night, before = LiveNight(nothing_to_see), listed(str(out))
    with served(
        lambda rules: application(str(out), rules, night, BarePages(), read_only=True)
    ) as there:
        headers = {TOKEN_HEADER: there.token, "Content-Type": "application/json"}
        body = b'{"what": "cancel", "jobs": ["a"]}'
        answer, _ = there.ask("/report/decide", "POST", body, **headers)
    assert answer.status == HTTPStatus.METHOD_NOT_ALLOWED
    assert listed(str(out)) == before


def test_the_night_is_sent_once_and_then_only_what_changed(page: ServedPage) -> None:
    first, body = page.ask("/report/live")
    tag = first.getheader("ETag") or ""
    assert (first.status, b'"whole":true' in body) == (HTTPStatus.OK, True)
    again, nothing = page.ask("/report/live", If_None_Match=tag)
    assert (again.status, nothing) == (HTTPStatus.NOT_MODIFIED, b"")
    _, changes = page.ask(f"/report/live?since={tag.strip(chr(34))}")
    assert b'"jobs":[]' in changes
    _, whole = page.ask("/report/live?since=other-7")
    assert b'"whole":true' in whole
