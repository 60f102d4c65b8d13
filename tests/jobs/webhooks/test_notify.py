"""Webhooks are told of a run, and cannot hold it up."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.settings_file import load_config
from jobs.webhooks.payload import DeliveryStatus, WebhookEvent, answer_verdict
from jobs.webhooks.sender import DeliveryPolicy, WebhookSender, webhook_senders
from manifests import Job
from manifests.errors import ManifestUnusable
from tests.jobs.webhooks.receiver import CUT_OFF, GUESSED, HASTY, SECRET, Receiver
from tests.night import SHORT, a_manifest, run_here

PAGE = (Path(__file__).parents[3] / "docs" / "notify.md").read_text()
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
