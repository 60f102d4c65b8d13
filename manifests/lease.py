"""Who may name what is finished in an output folder: one driver at a time, by epochs that only
grow.

An epoch is a file that was created once, so nobody shares one. Its driver changes it every few
seconds; one that does not change for a whole term, by the clock of whoever looks, has lost its
driver, and the next epoch may begin. Stored times are for people and decide nothing.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from manifests.errors import Missing, Preempted, Transient
from manifests.storage import join, redacted, storage_of

UNFENCED = 0
"""The epoch of whoever works without a lease; nobody can take it over."""

_TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process, told apart from all others that ever were; `place` is its host's boot and process
    namespace, `began` when the process did, in the kernel's ticks."""

    host: str
    place: str
    pid: int
    began: str

    @classmethod
    def here(cls) -> Holder:
        """This process."""
        pid = os.getpid()
        return cls(host=socket.gethostname(), place=_place(), pid=pid, began=_began(pid) or "")

    @property
    def gone(self) -> bool:
        """Whether it surely runs no more; only to be known where it ran."""
        return bool(self.place) and self.place == _place() and _began(self.pid) != self.began


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch:
    """What stands in an epoch's file: whose it is, how often it was renewed, and whether it was
    given back."""

    format: Literal[1] = 1
    number: int
    holder: Holder
    since: str
    beat: int = 0
    released: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """The version of the latest epoch's file, and since when it has been seen unchanged, on the
    clock of whoever looks."""

    number: int
    version: str
    since_s: float


_ADAPTER = TypeAdapter(Epoch)


def sighting_of(before: Sighting | None, number: int, version: str, now_s: float) -> Sighting:
    """What was seen, taking a look into account: an unchanged file has been so since before."""
    if before is not None and (before.number, before.version) == (number, version):
        return before
    return Sighting(number=number, version=version, since_s=now_s)


def may_follow(epoch: Epoch | None, sighting: Sighting, now_s: float, term_s: float) -> bool:
    """Whether the next epoch may begin: the last was given back, or its driver is gone.

    `epoch` is None when its file cannot be read as one.
    """
    if epoch is not None and (epoch.released or epoch.holder.gone):
        return True
    return now_s - sighting.since_s >= term_s


def epoch_uri(out: str, number: int) -> str:
    return join(out, "_run", "lease", f"{number:08d}.json")


def latest(out: str) -> int:
    """The number of the last epoch that began, 0 before the first."""
    folder = join(out, "_run", "lease")
    names = (uri.rpartition("/")[2].partition(".")[0] for uri in storage_of(out).list(folder))
    return max((int(name) for name in names if name.isdecimal()), default=0)


def superseded(out: str, number: int) -> bool:
    """Whether a later epoch has begun; they follow each other without gaps."""
    return number != UNFENCED and storage_of(out).stat(epoch_uri(out, number + 1)) is not None


def look(out: str, number: int) -> tuple[Epoch | None, str]:
    """The epoch, if its file can be read as one, and its file's version."""
    uri = epoch_uri(out, number)
    stat = storage_of(out).stat(uri)
    if stat is None:
        return None, ""
    try:
        return _ADAPTER.validate_json(storage_of(out).read(uri)), stat.version
    except (ValidationError, Missing):
        return None, stat.version


def begin(out: str, epoch: Epoch) -> bool:
    """Begin an epoch; False when somebody else began it.

    An answer that was lost is found out: the file says whose epoch it is.
    """
    uri = epoch_uri(out, epoch.number)
    if storage_of(out).create(uri, _ADAPTER.dump_json(epoch)):
        return True
    found, _ = look(out, epoch.number)
    return found is not None and found == epoch


def renew(out: str, epoch: Epoch, *, released: bool = False) -> Epoch:
    """Show that the driver lives, or give the epoch back; only its own driver may."""
    storage, uri = storage_of(out), epoch_uri(out, epoch.number)
    renewed = replace(epoch, beat=epoch.beat + 1, released=released)
    stat = storage.stat(uri)
    if stat is not None:
        storage.replace(uri, _ADAPTER.dump_json(renewed), expected=stat.version)
    return renewed


def name_under(out: str, number: int, uri: str, source: Path | bytes) -> None:
    """Give a finished file its name, unless the epoch is over.

    What stood there is looked at first and the epoch after it, so whatever a later epoch puts there
    meanwhile stays. Raises `Preempted` when the epoch is over.
    """
    for _ in range(_TRIES):
        stat = storage_of(uri).stat(uri)
        if put_under(out, number, uri, source, expected=stat.version if stat else None):
            return
    raise Transient("storage_contended", f"{redacted(uri)} is written by others all the time.")


def put_under(
    out: str, number: int, uri: str, source: Path | bytes, *, expected: str | None
) -> bool:
    """One try to put a file in the place of the version `expected` (None: of nothing), seen before
    this call; False when it is another by now. Raises `Preempted` when the epoch is over."""
    if superseded(out, number):
        raise Preempted("lease_lost", f"another run took over {out}; this one names nothing")
    return storage_of(uri).replace(uri, source, expected=expected)


def _place() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{os.readlink('/proc/self/ns/pid')}"  # noqa: PTH115 - not a path's text
    except OSError:  # no /proc: only the term tells
        return ""


def _began(pid: int) -> str | None:
    """The start of a process, in the 22nd field of its stat; None when there is no such process."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()[19]
