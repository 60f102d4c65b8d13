"""What a webhook is sent: which events, how they are signed, and what its answers mean
(docs/notify.md)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from urllib.parse import urlsplit

from standardwebhooks import Webhook

from manifests.errors import ManifestUnusable
from manifests.fingerprint import fingerprint

TOLD = frozenset({"run_began", "job_over", "run_ended"})
"""The events that are worth a call."""

STANDARD_PREFIX = b"whsec_"
"""Begins a secret of Standard Webhooks; base64 follows."""

NOT_STANDARD = (
    "the secret of --notify is not whsec_ and base64: the next version refuses it; make one as "
    "docs/notify.md says and give it to the receiver too"
)
"""What people are told of a secret that only this version still takes."""

TOO_SLOW, TOO_MANY = 408, 429
"""Refusals that another try may mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where notices go. `name` is for people: what stands behind the host may be a secret."""

    secure: bool
    host: str
    port: int
    target: str

    @property
    def name(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.host}:{self.port}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEvent:
    """One event as it is sent; `key` is the same at every try of it, also by another process."""

    key: str
    body: bytes


class DeliveryStatus(Enum):
    """What an answer means for a notice."""

    TAKEN = "taken"
    REFUSED = "refused"
    LATER = "later"


def address_of(url: str) -> Address:
    """Raises `ManifestUnusable` for what is no address, without telling it: it may hold a
    secret."""
    try:
        found = urlsplit(url)
        port = found.port
    except ValueError as error:
        raise _wrong("its host or port cannot be read") from error
    if found.scheme not in {"http", "https"} or not found.hostname:
        raise _wrong("it must begin with http:// or https:// and name a host")
    if found.username is not None or found.password is not None:
        raise _wrong("it holds a name or password, which has no place in it: notices are signed")
    if not url.isascii() or not url.isprintable() or " " in url:
        raise _wrong("it holds a space or another character that must be percent-encoded")
    secure = found.scheme == "https"
    return Address(
        secure=secure,
        host=found.hostname,
        port=port or (443 if secure else 80),
        target=(found.path or "/") + (f"?{found.query}" if found.query else ""),
    )


def _wrong(why: str) -> ManifestUnusable:
    message = f"a URL of --notify cannot be used: {why}; such as https://example.com/rushes"
    return ManifestUnusable("notify_wrong", message)


def secret_of(urls: Sequence[str], variable: str) -> bytes:
    """What notices are signed with; `ManifestUnusable` where there is something to sign and no
    secret."""
    secret = os.environ.get(variable, "")
    if urls and not secret:
        message = (
            f"--notify signs what it sends and the environment variable {variable} is empty: set it"
            " to a secret that the receiver knows too"
        )
        raise ManifestUnusable("notify_secret_missing", message)
    return os.fsencode(secret)


def notice_of(line: Mapping[str, object]) -> WebhookEvent | None:
    """The notice of an event, or None when it is not worth a call."""
    if line["event"] not in TOLD:
        return None
    facts = {"run": str(line["run_id"]), "event": str(line["event"])}
    key = fingerprint("notice", **facts, job=str(line.get("job_id", "")))
    return WebhookEvent(key=key, body=json.dumps(line, ensure_ascii=False).encode())


def is_standard(secret: bytes) -> bool:
    """Whether every library of Standard Webhooks reads the same key from a secret."""
    encoded = secret.removeprefix(STANDARD_PREFIX)
    try:
        key = base64.b64decode(encoded + b"=" * (-len(encoded) % 4), validate=True)
    except ValueError:
        return False
    return encoded != secret and bool(key)


def headers_of(event: WebhookEvent, secret: bytes, now_s: int) -> dict[str, str]:
    """Those of Standard Webhooks, and those of the version before beside them."""
    signer = Webhook(secret.decode() if is_standard(secret) else secret)
    sent = datetime.fromtimestamp(now_s, UTC)
    signed = f"{now_s}.".encode() + event.body
    return {
        "webhook-id": event.key,
        "webhook-timestamp": str(now_s),
        "webhook-signature": signer.sign(event.key, sent, event.body.decode()),
        "Content-Type": "application/json",
        "User-Agent": "rushes",
        "Idempotency-Key": event.key,
        "Rushes-Timestamp": str(now_s),
        "Rushes-Signature": "v1=" + hmac.new(secret, signed, hashlib.sha256).hexdigest(),
    }


def answer_verdict(status: int) -> DeliveryStatus:
    """Redirects are not followed: whoever moves says so to people, not to us."""
    if 200 <= status < 300:  # noqa: PLR2004 - HTTP's own
        return DeliveryStatus.TAKEN
    if status >= 500 or status in {TOO_SLOW, TOO_MANY}:  # noqa: PLR2004 - as above
        return DeliveryStatus.LATER
    return DeliveryStatus.REFUSED
