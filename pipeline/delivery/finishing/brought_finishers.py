"""Finishers that other packages bring: whatever they raise, and whatever they give that is no
larger picture, becomes a sentence that names the package (docs/decisions/0598)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

import numpy as np

from manifests.errors import ManifestUnusable, RushesError, Transient, memory_failure
from manifests.fingerprint import fingerprint
from pipeline.guests.guest import package_of
from pipeline.guests.protocol import OtherProtocol, asked_in_vain, require_protocol
from pipeline.media.picture.enlarger_trial import trial_fault, trial_pictures
from pipeline.media.picture.optical_flow import Picture

LOGGER = logging.getLogger("rushes.master")

GROUP = "rushes.finishers"
"""Entry points through which a studio brings a finisher of its own, and its card."""

FINISHER_PROTOCOL = 1
"""Of the door between this program and finishers; raised when one must be written anew."""

MEND = "mend the package, install another version of it, or name another finish_network"
LONGEST_SAID = 300


class Finisher(Protocol):
    """What enlarges pictures. `digest` names what decides the pixels (weights, version): frames
    that were finished under another one are finished anew."""

    @property
    def digest(self) -> str:
        """The name of what decides the pixels."""

    def enlarge(self, picture: Picture) -> Picture:
        """[h, w, 3] to [n h, n w, 3] with a whole n; the same bits for the same picture."""


class PackageFailed(Exception):
    """What a package raised, in words."""


class Unfit(Exception):
    """Why what a package brings is no finisher for this program."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CheckedFinisher:
    """A finisher out of another package, as it is `told` of to people: it gets a copy, and what it
    gives is looked at and copied. `times` is how much larger it draws, by its trial; 0 before."""

    told: str
    digest: str
    guest: Finisher
    times: int = 0

    def enlarge(self, picture: Picture) -> Picture:
        """Raises `ManifestUnusable` for what is no picture of the promised size, `Transient` where
        the package fails, which it did not in its trial, and `OutOfMemory`."""
        try:
            return self.larger(picture)
        except PackageFailed as failed:
            LOGGER.warning("%s fails on a picture", self.told, exc_info=failed.__cause__)
            again = f"it is tried again: if it fails each time, {MEND}"
            raise Transient("finish_failed", f"{self.told} {failed}; {again}") from failed

    @property
    def tried(self) -> CheckedFinisher:
        """The same, tried with two small pictures. Raises `ManifestUnusable` where it cannot
        enlarge them, or not both by as much."""
        found = self
        for picture in trial_pictures():
            try:
                made = found.larger(picture)
            except PackageFailed as failed:
                raise unusable_finisher(f"{self.told} {failed}; {MEND}") from failed
            if fault := trial_fault(picture, made):
                raise unusable_finisher(f"{self.told} {fault}; {MEND}")
            found = replace(self, times=made.shape[0] // picture.shape[0])
        return found

    def larger(self, picture: Picture) -> Picture:
        """As `enlarge`, but what the package raises is a `PackageFailed`."""
        try:
            made: object = self.guest.enlarge(picture.copy())
        except RushesError:
            raise  # it says itself who must act
        except (Exception, SystemExit) as error:
            if (full := memory_failure(error, self.told)) is not None:
                raise full from error
            raise PackageFailed(f"fails on {list(picture.shape)} ({_said(error)})") from error
        if isinstance(made, np.ndarray) and made.dtype == np.uint8:
            height, width = picture.shape[:2]
            times = self.times or (made.shape[0] // height if made.ndim else 0)
            if times and made.shape == (height * times, width * times, 3):
                return np.array(made, order="C")  # its own may be overwritten by its next one
        raise unusable_finisher(self._unlike(made, picture))

    def _unlike(self, made: object, picture: Picture) -> str:
        kind = f"{made.dtype} {list(made.shape)}" if isinstance(made, np.ndarray) else type(made)
        sides = f"{self.times} times the sides" if self.times else "[n h, n w, 3] with a whole n"
        return (
            f"{self.told} gives {kind} for a picture {list(picture.shape)}; it must give uint8, "
            f"{sides}: {MEND}"
        )


def brought_finisher(name: str, carried: Collection[str]) -> CheckedFinisher:
    """Of the entry point with this name: a function that takes nothing and gives a finisher. It is
    loaded and tried once in a process. Raises `ManifestUnusable` `finisher_unusable`, and
    `OutOfMemory`."""
    found = tuple(entry_points(group=GROUP, name=name))
    if not found:
        others = ", ".join((*carried, *sorted(entry_points(group=GROUP).names)))
        raise unusable_finisher(
            f'{name!r} is no finisher; choose one of {others}, or name "FILE@sha256:DIGEST"'
        )
    if len(found) > 1:
        owners = " and ".join(sorted(package_of(entry) for entry in found))
        raise unusable_finisher(
            f"several packages bring a finisher {name}, {owners}; uninstall all but one"
        )
    [entry] = found
    return _tried(entry, str(entry.dist.locate_file("")) if entry.dist else "")


@lru_cache(maxsize=8)
def _tried(entry: EntryPoint, _place: str) -> CheckedFinisher:
    told = f"the finisher {entry.name} of {package_of(entry)}"
    try:
        guest = _made(entry.load())
        digest = fingerprint("finisher", name=entry.name, digest=_digest(guest))
    except RushesError:  # of ours, raised on purpose: it says itself who must act
        raise
    except (OtherProtocol, Unfit) as error:
        raise unusable_finisher(f"{told} {error}") from error
    except (Exception, SystemExit) as error:
        if (full := memory_failure(error, told)) is not None:
            raise full from error
        why = asked_in_vain(error) or f"cannot be loaded ({_said(error)}); {MEND}"
        raise unusable_finisher(f"{told} {why}") from error
    return CheckedFinisher(told=told, digest=digest, guest=guest).tried


def _made(maker: Callable[[], Finisher]) -> Finisher:
    _require_protocol(maker)
    guest = maker()
    _require_protocol(guest)
    return guest


def _require_protocol(brought: object) -> None:
    """Of the function, or of what it gives; one that says nothing was written for the first."""
    require_protocol(getattr(brought, "protocol", 1), FINISHER_PROTOCOL)


def _digest(guest: Finisher) -> str:
    digest: object = getattr(guest, "digest", None)
    if not isinstance(digest, str) or not digest:
        raise Unfit(f"tells no digest; {MEND}")
    return digest


def unusable_finisher(why: str) -> ManifestUnusable:
    return ManifestUnusable("finisher_unusable", why)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:LONGEST_SAID]
