"""A receiver can trust what it hears: every notice is signed with the secret of the two."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

from jobs.config import RunConfig
from jobs.run import run
from jobs.webhooks.payload import NOT_STANDARD, WebhookEvent, headers_of, is_standard
from jobs.webhooks.sender import webhook_senders
from manifests.errors import ManifestUnusable
from tests.jobs.webhooks.receiver import GUESSED, HASTY, SECRET, Receiver
from tests.night import a_manifest


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


def test_without_a_secret_nothing_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOK_SECRET", "")
    config = RunConfig(notify=("https://example.com/",), notify_secret_env="HOOK_SECRET")  # noqa: S106 - its name
    with pytest.raises(ManifestUnusable, match="HOOK_SECRET is empty"):
        run([a_manifest(tmp_path, [])], str(tmp_path / "out"), config)
    assert not (tmp_path / "out").exists()
