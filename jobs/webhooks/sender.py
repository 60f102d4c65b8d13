"""Takes notices to webhooks on threads of their own, so that no night waits for who listens."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import Condition, Thread
from time import monotonic, sleep, time

from jobs.webhooks.payload import (
    NOT_STANDARD,
    Address,
    DeliveryStatus,
    WebhookEvent,
    address_of,
    answer_verdict,
    headers_of,
    is_standard,
    notice_of,
)

LOGGER = logging.getLogger("rushes.webhooks")

Post = Callable[[Mapping[str, object]], None]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPolicy:
    """How long an answer may take, how long is waited between tries (twice as long each time) and
    for what is left when a run ends, and how many notices may wait."""

    answer_s: float = 10.0
    first_pause_s: float = 1.0
    longest_pause_s: float = 60.0
    last_s: float = 30.0
    most: int = 10_000

    def pause_s(self, failures: int) -> float:
        return min(self.longest_pause_s, self.first_pause_s * 2.0 ** min(failures - 1, 30))


class WebhookSender:
    """One webhook, its notices that wait, and the thread that takes them there one by one.

    A notice that fails goes behind the others, so that none keeps the rest from being delivered.
    """

    def __init__(self, address: Address, secret: bytes, policy: DeliveryPolicy, tell: Tell) -> None:
        self._address = address
        self._secret = secret
        self._patience = policy
        self._tell = tell
        self._waiting: deque[WebhookEvent] = deque()
        self._changed = Condition()
        self._ending = self._over = False
        self._offered = self._taken = 0
        self._last = ""
        self._refusal_told = False
        self._thread = Thread(target=self._work, daemon=True, name="notices")
        self._thread.start()

    def enqueue(self, event: WebhookEvent) -> None:
        """Returns at once; where too many wait already, this one is never sent."""
        with self._changed:
            self._offered += 1
            if len(self._waiting) < self._patience.most:
                self._waiting.append(event)
            self._changed.notify()

    def end(self) -> None:
        """No more will come."""
        with self._changed:
            self._ending = True
            self._changed.notify()

    def close(self, wait_s: float) -> None:
        """Wait so long for what is left, and tell what was not delivered."""
        self.end()
        self._thread.join(wait_s)
        with self._changed:
            self._over = True
            missed, why = self._offered - self._taken, self._last
        if missed:
            self._tell(
                f"{missed} of {self._offered} notices were not delivered to {self._address.name}"
                + (f": {why}" if why else "")
            )

    def _work(self) -> None:
        failures = 0
        while (notice := self._next()) is not None:
            found = self._deliver(notice)
            with self._changed:
                if found is DeliveryStatus.LATER:
                    self._waiting.rotate(-1)
                else:
                    self._waiting.popleft()
                    self._taken += found is DeliveryStatus.TAKEN
            failures = failures + 1 if found is DeliveryStatus.LATER else 0
            if failures:
                self._rest(self._patience.pause_s(failures))

    def _next(self) -> WebhookEvent | None:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ending)
            return self._waiting[0] if self._waiting and not self._over else None

    def _rest(self, pause_s: float) -> None:
        """At the end of a run there is no time for long pauses."""
        with self._changed:
            cut_short = self._changed.wait_for(lambda: self._ending, pause_s)
        if cut_short:
            sleep(min(pause_s, self._patience.first_pause_s))

    def _deliver(self, event: WebhookEvent) -> DeliveryStatus:
        try:
            status = self._status(event)
        except (OSError, HTTPException, UnicodeError) as error:  # the last: of names of hosts
            self._last = f"{type(error).__name__}: {error}"
            return DeliveryStatus.LATER
        found = answer_verdict(status)
        if found is not DeliveryStatus.TAKEN:
            self._last = f"it answered {status}"
        if found is DeliveryStatus.REFUSED and not self._refusal_told:
            self._refusal_told = True
            self._tell(f"{self._address.name} refuses notices (it answered {status})")
        return found

    def _status(self, event: WebhookEvent) -> int:
        kind = HTTPSConnection if self._address.secure else HTTPConnection
        timeout_s = self._patience.answer_s
        connection = kind(self._address.host, self._address.port, timeout=timeout_s)
        try:
            headers = headers_of(event, self._secret, int(time()))
            connection.request("POST", self._address.target, event.body, headers)
            return connection.getresponse().status
        finally:
            connection.close()


@contextmanager
def webhook_senders(
    urls: Sequence[str],
    secret: bytes,
    policy: DeliveryPolicy = DeliveryPolicy(),
    tell: Tell = LOGGER.warning,
) -> Iterator[Post]:
    """Where events are handed over that are sent to all `urls`; waits a while for what is left."""
    senders = [WebhookSender(address_of(url), secret, policy, tell) for url in urls]
    if senders and not is_standard(secret):
        tell(NOT_STANDARD)

    def post(line: Mapping[str, object]) -> None:
        notice = notice_of(line) if senders else None
        if notice is not None:
            for sender in senders:
                sender.enqueue(notice)

    try:
        yield post
    finally:
        ends = monotonic() + policy.last_s
        for sender in senders:
            sender.end()
        for sender in senders:
            sender.close(max(0.0, ends - monotonic()))
