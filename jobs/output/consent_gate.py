"""The consents of people as a run sees them: looked up again while it goes on, so that a revocation
in the night stops what is not rendered yet."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from jobs.engine.phases import Failure, Order
from manifests.consent import ConsentRegister, consent_refusal
from manifests.errors import FailureKind, RushesError
from manifests.reading.consents import ConsentRules

LOGGER = logging.getLogger("rushes.consents")

EVERY = timedelta(seconds=3)
"""How often a run looks whether the register has changed."""

PATIENCE = timedelta(minutes=10)
"""How long rows wait for a register that cannot be read; then they fail, for a later run."""

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class ConsentGate:
    """Says of jobs whether they may be made, by the register as it is now and by what was `erased`:
    that tells the flag of an order's erasure.

    A register that cannot be read any more, or is broken by an edit, lets nothing begin that names
    a consent: what it said before may be revoked by now. Raises `ManifestUnusable` or `Transient`
    when it cannot be read at first.
    """

    rules: ConsentRules
    clock: Clock = utc_now
    erased: Callable[[Order], str] = lambda _: ""
    _register: ConsentRegister | None = None
    _next_look: datetime | None = None
    _blind_since: datetime | None = None

    def __post_init__(self) -> None:
        self._register = self.rules.read()
        self._next_look = self.clock() + EVERY

    def refusal(self, order: Order, portrait: str | None) -> Failure | None:
        """Why the job may not be made; None when it may, or while that cannot be told."""
        if flag := self.erased(order):
            return erased_failure(flag)
        now = self._looked()
        problem = consent_refusal(
            order.job, portrait, now, self._register, required=self.rules.required
        )
        if problem is not None:
            code, told = problem.code, problem.message
            return Failure(kind=FailureKind.BAD_INPUT, code=code, message=told)
        since = self._blind_since
        if self.unsure(order) and since is not None and now - since >= PATIENCE:
            told = f"the register of consents {self.rules.register} could not be read for "
            told += f"{PATIENCE.total_seconds() / 60:g} minutes; mend it, then run again"
            return Failure(kind=FailureKind.TRANSIENT, code="consents_unread", message=f"{told}.")
        return None

    def unsure(self, order: Order) -> bool:
        """Whether the register would have to be asked and cannot be read."""
        self._looked()
        return self._blind_since is not None and order.job.consent_id is not None

    def _looked(self) -> datetime:
        """The time now, by which the register was looked at no longer than `EVERY` ago."""
        now = self.clock()
        if self._next_look is None or now >= self._next_look:
            self._next_look = now + EVERY
            try:
                self._register = self.rules.read()
                self._blind_since = None
            except RushesError as error:
                if self._blind_since is None:
                    self._blind_since = now
                    LOGGER.warning("%s; rows that name a consent wait", error.message)
        return now


def erased_failure(flag: str) -> Failure:
    """The end of a job whose work was erased; the flag names the erasure."""
    told = "all that was made of it was erased for the person's sake, and it is not made again; "
    told += f"`rushes erase OUT {flag} --lift` lets it be made"
    return Failure(kind=FailureKind.ERASED, code="erased", message=f"{told}.")
