"""The lease of a run on its output folder: waited for, kept alive, given back."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

from manifests.errors import BadInput, ManifestUnusable, RushesError
from manifests.lease import (
    Epoch,
    Holder,
    Sighting,
    begin,
    latest,
    look,
    may_follow,
    renew,
    sighting_of,
    superseded,
)

LOGGER = logging.getLogger("rushes.lease")

BEATS = 6
"""Renewals in a term: a driver that fails this many in a row is taken for lost by others."""

_LOOK_S = 1.0


class Lease:
    """An epoch of an output folder; `beat` shows that its driver lives and learns whether it is
    still the last."""

    def __init__(self, out: str, epoch: Epoch) -> None:
        self.out = out
        self.lost = False
        self._epoch = epoch

    @property
    def number(self) -> int:
        return self._epoch.number

    def holds(self) -> bool:
        """Whether no later epoch has begun, asked anew."""
        self.lost = self.lost or superseded(self.out, self.number)
        return not self.lost

    def beat(self) -> None:
        """One renewal; trouble with the storage is left to the next."""
        with suppress(RushesError):
            if self.holds():
                self._epoch = renew(self.out, self._epoch)

    def release(self) -> None:
        """Let the next run begin at once; one that cannot be told so waits for the term."""
        with suppress(RushesError):
            if self.holds():
                self._epoch = renew(self.out, self._epoch, released=True)


@dataclass(slots=True)
class Applicant:
    """Looks at the latest epoch now and then until the next one may begin."""

    out: str
    term_s: float
    sighting: Sighting | None = None
    holder: Holder | None = None

    def apply(self, now_s: float) -> Lease | None:
        """The lease, if it can be had now."""
        number = latest(self.out)
        epoch, version = look(self.out, number) if number else (None, "")
        self.sighting = sighting_of(self.sighting, number, version, now_s)
        self.holder = epoch.holder if epoch else None
        if number and not may_follow(epoch, self.sighting, now_s, self.term_s):
            return None
        since = datetime.now(UTC).isoformat(timespec="seconds")
        mine = Epoch(number=number + 1, holder=Holder.here(), since=since)
        return Lease(self.out, mine) if begin(self.out, mine) else None


@contextmanager
def lease_held(out: str, term_s: float, stopping: Callable[[], bool]) -> Iterator[Lease | None]:
    """The output folder for this run alone; waits while another run works on it.

    None when `stopping` came first. Raises `ManifestUnusable` when nothing can be written there.
    """
    lease = _awaited(Applicant(out=out, term_s=term_s), stopping)
    if lease is None:
        yield None
        return
    with _alive(lease, term_s):
        yield lease


@contextmanager
def lease_unless_busy(out: str, term_s: float) -> Iterator[Lease]:
    """The output folder for this call alone; raises `ManifestUnusable("out_busy")` as soon as a run
    is seen to work on it."""
    lease = _had(Applicant(out=out, term_s=term_s))
    with _alive(lease, term_s):
        yield lease


@contextmanager
def _alive(lease: Lease, term_s: float) -> Iterator[None]:
    """Shows that the lease's driver lives, and gives it back at the end."""
    over = threading.Event()
    heart = threading.Thread(target=_beat, args=(lease, term_s / BEATS, over), daemon=True)
    heart.start()
    try:
        yield
    finally:
        over.set()
        heart.join()
        lease.release()


def _applied(applicant: Applicant) -> Lease | None:
    """One try."""
    try:
        return applicant.apply(monotonic())
    except BadInput as error:
        message = f"the output {applicant.out} cannot be written: {error}; choose another --out"
        raise ManifestUnusable("out_unwritable", message) from error


def _had(applicant: Applicant) -> Lease:
    """A driver shows that it lives by a file that changes; one that is silent for the term is
    gone."""
    pause = threading.Event()
    while True:
        before = applicant.sighting
        lease = _applied(applicant)
        if lease is not None:
            return lease
        if before is not None and applicant.sighting != before:
            who = _who(applicant.holder) if applicant.holder else "another program"
            message = f"{applicant.out} is being worked on by {who}; wait until that has ended"
            raise ManifestUnusable("out_busy", message)
        pause.wait(_LOOK_S)


def _who(holder: Holder) -> str:
    return f"process {holder.pid} on {holder.host}"


def _awaited(applicant: Applicant, stopping: Callable[[], bool]) -> Lease | None:
    out, told, pause = applicant.out, False, threading.Event()
    while True:
        lease = _applied(applicant)
        if lease is not None or stopping():
            return lease
        if not told and applicant.holder is not None:
            told = True
            who = _who(applicant.holder)
            wait = f"waiting until it ends or is silent for {applicant.term_s:g} s"
            LOGGER.warning("%s is being worked on by %s; %s", out, who, wait)
        pause.wait(_LOOK_S)


def _beat(lease: Lease, every_s: float, over: threading.Event) -> None:
    while not over.wait(every_s):
        lease.beat()
