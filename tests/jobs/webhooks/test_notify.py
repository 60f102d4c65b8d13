"""Webhooks are told of a run, can trust what they hear, and cannot hold it up."""

from __future__ import annotations

import base64
import itertools
import json
import re
import socket
import struct
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from jobs.config import RunConfig, load_config
from jobs.run import run
from jobs.webhooks.payload import (
    NOT_STANDARD,
    DeliveryStatus,
    WebhookEvent,
    answer_verdict,
    headers_of,
    is_standard,
)
from jobs.webhooks.sender import DeliveryPolicy, WebhookSender, webhook_senders
from manifests import Job
from manifests.errors import ManifestUnusable
from tests.night import SHORT, a_manifest, run_here

SECRET, GUESSED = b"whsec_a25vd24gdG8gdHdv", b"whsec_Z3Vlc3NlZA=="
HASTY = DeliveryPolicy(answer_s=30.0, first_pause_s=0.02, longest_pause_s=0.1, last_s=60.0, most=5)
PAGE = (Path(__file__).parents[3] / "docs" / "notify.md").read_text()
CUT_OFF = 0


@dataclass
class Call:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    """A real server that gives its `answers` in turn, then 200; `CUT_OFF` drops the connection."""

    answers: list[int] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    may_answer: Event = field(default_factory=Event)
    url: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.calls.append(Call(handler.path, dict(handler.headers), body))
        status = self.answers.pop(0) if self.answers else 200
        self.may_answer.wait(60)
        if status == CUT_OFF:
            reset = struct.pack("ii", 1, 0)
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
            handler.connection.close()
            return
        handler.send_response(status)
        handler.send_header("Location", f"{self.url}/elsewhere")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    def keys(self) -> list[str]:
        return [call.headers["Idempotency-Key"] for call in self.calls]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    there = Receiver()
    there.may_answer.set()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            there.answer(self)

        def log_message(self, *_: object) -> None:
            """Nothing."""

        def finish(self) -> None:
            if self.connection.fileno() >= 0:
                super().finish()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield there
    there.may_answer.set()
    server.shutdown()
    thread.join()
    server.server_close()


Genuine = Callable[[bytes, dict[str, str], bytes], bool]


def ways_to_check() -> list[Genuine]:
    """As the page says that a receiver should check: with the library, and by the old headers."""
    found: list[Genuine] = []
    for code in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        names: dict[str, Any] = {}
        exec(code, names)  # noqa: S102 - our own page
        found.append(names["is_genuine"])
    return found


def send(url: str, count: int, policy: DeliveryPolicy = HASTY) -> list[str]:
    """The sentences that people got when so many rows were over."""
    said: list[str] = []
    with webhook_senders([url], SECRET, policy, said.append) as post:
        for n in range(count):
            post({"event": "job_over", "run_id": "run", "job_id": f"job-{n}"})
    return said


def test_a_run_is_told_to_a_webhook_that_fails_first(
    receiver: Receiver, tmp_path: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUSHES_NOTIFY_SECRET", SECRET.decode())
    receiver.answers += [503, CUT_OFF]
    url = f"{receiver.url}/hook?key=hidden"
    manifest = a_manifest(
        tmp_path, [Job(job_id="bad", portrait_uri=str(tmp_path / "gone.png"), script=SHORT)]
    )
    events = tmp_path / "events"
    run_here(manifest, tmp_path / "out", scratch, notify=(url,), events=str(events))

    heard = {call.headers["Idempotency-Key"]: json.loads(call.body) for call in receiver.calls}
    told = [json.loads(line) for line in events.read_text().splitlines()]
    assert sorted(heard.values(), key=lambda line: line["time"]) == [
        line for line in told if line["event"] in {"run_began", "job_over", "run_ended"}
    ]
    assert len(receiver.calls) == 5
    assert {call.path for call in receiver.calls} == {"/hook?key=hidden"}
    ways = ways_to_check()
    assert len(ways) == 2
    for genuine, call in itertools.product(ways, receiver.calls):
        assert genuine(SECRET, call.headers, call.body)
        assert not genuine(GUESSED, call.headers, call.body)
        assert not genuine(SECRET, call.headers, call.body + b" ")
        long_ago = str(int(time.time()) - 301)
        stale = {"Rushes-Timestamp": long_ago, "webhook-timestamp": long_ago}
        assert not genuine(SECRET, call.headers | stale, call.body)
    kept = "".join(p.read_text(errors="ignore") for p in (tmp_path / "out").rglob("*.json"))
    assert "hidden" not in kept
    assert SECRET.decode() not in kept


@pytest.mark.parametrize("status", [500, 502, 408, 429, CUT_OFF])
def test_what_may_pass_is_tried_again_under_the_same_key(receiver: Receiver, status: int) -> None:
    receiver.answers += [status, status]
    assert send(receiver.url, 1) == []
    assert len(receiver.calls) == 3
    assert len(set(receiver.keys())) == 1


@pytest.mark.parametrize("status", [404, 410, 302])
def test_a_refusal_is_dropped_and_told_once(receiver: Receiver, status: int) -> None:
    receiver.answers += [status, status]
    said = send(receiver.url, 3)
    assert [call.path for call in receiver.calls] == ["/"] * 3
    assert len(set(receiver.keys())) == 3
    assert [f"(it answered {status})" in said[0], len(said)] == [True, 2]
    assert "2 of 3 notices were not delivered" in said[1]


def test_a_failing_notice_does_not_hold_up_the_others(receiver: Receiver) -> None:
    receiver.answers.append(500)
    assert send(receiver.url, 3) == []
    first, *others = receiver.keys()
    assert others[-1] == first


@pytest.fixture
def missed(monkeypatch: pytest.MonkeyPatch) -> Event:
    """Is set once a notice was not taken."""
    there, deliver = Event(), WebhookSender._deliver

    def delivered(self: WebhookSender, event: WebhookEvent) -> DeliveryStatus:
        found = deliver(self, event)
        if found is not DeliveryStatus.TAKEN:
            there.set()
        return found

    monkeypatch.setattr(WebhookSender, "_deliver", delivered)
    return there


def left_over(url: str, count: int, policy: DeliveryPolicy, missed: Event) -> list[str]:
    """The sentences that people got of so many notices, after one was not taken."""
    said: list[str] = []
    with webhook_senders([url], SECRET, policy, said.append) as post:
        for n in range(count):
            post({"event": "job_over", "run_id": "run", "job_id": f"job-{n}"})
        assert missed.wait(60)
    return said


def test_a_slow_webhook_holds_up_nobody(receiver: Receiver) -> None:
    """It gives no answer before all is over: neither a notice nor the end of the run waits."""
    receiver.may_answer.clear()
    patience = DeliveryPolicy(answer_s=60.0, last_s=0.0, most=5)
    said: list[str] = []
    with webhook_senders([receiver.url], SECRET, patience, said.append) as post:
        for n in range(9):
            post({"event": "job_over", "run_id": "run", "job_id": f"job-{n}"})
        assert len(receiver.calls) <= 1
    assert len(receiver.calls) <= 1
    assert said == [f"9 of 9 notices were not delivered to {receiver.url}"]


def test_an_answer_that_does_not_come_is_told(receiver: Receiver, missed: Event) -> None:
    receiver.may_answer.clear()
    patience = DeliveryPolicy(answer_s=0.05, last_s=0.0, most=5)
    said = left_over(receiver.url, 9, patience, missed)
    assert said == [f"9 of 9 notices were not delivered to {receiver.url}: TimeoutError: timed out"]


def test_nobody_there_is_told_at_the_end_of_the_run(missed: Event) -> None:
    (said,) = left_over("http://127.0.0.1:9/secret-path", 1, DeliveryPolicy(last_s=0.0), missed)
    assert said.startswith("1 of 1 notices were not delivered to http://127.0.0.1:9: Connection")
    assert "secret-path" not in said


def test_a_host_that_is_no_name_is_told_like_one_that_is_not_there(missed: Event) -> None:
    url = f"http://{'a' * 70}.example/secret-path"
    (said,) = left_over(url, 1, DeliveryPolicy(last_s=0.0), missed)
    assert "1 of 1 notices were not delivered" in said
    assert "UnicodeError" in said


def test_other_events_are_not_sent(receiver: Receiver) -> None:
    with webhook_senders([receiver.url], SECRET, HASTY) as post:
        post({"event": "job_moved", "run_id": "run", "job_id": "job"})
    assert receiver.calls == []


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("ftp://example.com/x", "must begin with"),
        ("example.com/x", "must begin with"),
        ("https:///x", "name a host"),
        ("https://me:hunter2@example.com/", "name or password"),
        ("https://example.com:99999/", "port"),
        ("https://example.com/a b", "percent-encoded"),
        ("https://example.com/a\r\nX: y", "percent-encoded"),
    ],
)
def test_a_wrong_url_is_refused_and_not_repeated(url: str, why: str) -> None:
    with pytest.raises(ManifestUnusable, match=why) as error:
        load_config(None, notify=(url,))
    assert error.value.code == "notify_wrong"
    assert "hunter2" not in str(error.value)


def test_without_a_secret_nothing_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "")
    config = RunConfig(notify=("https://example.com/",), notify_secret_env="HOOK_SECRET")  # noqa: S106 - its name
    with pytest.raises(ManifestUnusable, match="HOOK_SECRET is empty"):
        run([a_manifest(tmp_path, [])], str(tmp_path / "out"), config)
    assert not (tmp_path / "out").exists()


@given(st.integers(100, 599))
def test_every_answer_has_one_meaning(status: int) -> None:
    found = answer_verdict(status)
    assert (found is DeliveryStatus.TAKEN) == (200 <= status < 300)
    assert (found is DeliveryStatus.LATER) == (status in {408, 429} or status >= 500)


@given(st.integers(1, 10_000))
def test_pauses_grow_to_their_longest_and_no_further(failures: int) -> None:
    patience = DeliveryPolicy()
    pause_s = patience.pause_s(failures)
    assert patience.first_pause_s <= pause_s <= patience.longest_pause_s
    assert patience.pause_s(failures + 1) >= pause_s


def test_a_receiver_with_the_library_hears_what_was_sent(receiver: Receiver) -> None:
    with webhook_senders([receiver.url], SECRET, HASTY) as post:
        post({"event": "job_over", "run_id": "run", "job_id": "Zoë"})
    (call,) = receiver.calls
    heard = Webhook(SECRET.decode()).verify(call.body, call.headers)
    assert heard == {"event": "job_over", "run_id": "run", "job_id": "Zoë"}
    with pytest.raises(WebhookVerificationError):
        Webhook(GUESSED.decode()).verify(call.body, call.headers)
    assert call.headers["webhook-id"] == call.headers["Idempotency-Key"]


@pytest.mark.parametrize(
    "plain", [b"known to two", b"a25vd24=", b"whsec_", b"whsec_a!b", "ü".encode()]
)
def test_a_secret_of_the_version_before_signs_as_it_stands_with_a_warning(
    receiver: Receiver, plain: bytes
) -> None:
    said: list[str] = []
    with webhook_senders([receiver.url], plain, HASTY, said.append) as post:
        post({"event": "job_over", "run_id": "run", "job_id": "job"})
    assert said == [NOT_STANDARD]
    (call,) = receiver.calls
    assert Webhook(plain).verify(call.body, call.headers)


def test_without_a_webhook_nobody_hears_of_its_secret() -> None:
    said: list[str] = []
    with webhook_senders([], b"", HASTY, said.append):
        pass
    assert said == []


@given(st.binary(min_size=1, max_size=64), st.integers(0, 2**31))
def test_a_standard_secret_signs_with_the_bytes_behind_it(key: bytes, now_s: int) -> None:
    secret = b"whsec_" + base64.b64encode(key)
    assert is_standard(secret)
    notice = WebhookEvent(key="key", body=b"{}")
    plain, standard = (headers_of(notice, each, now_s) for each in (key, secret))
    if not is_standard(key):
        assert standard["webhook-signature"] == plain["webhook-signature"]
