"""What a package says of a renderer that it brings, and how it is found (docs/renderers.md).

An entry point's name is the name of a preset. Only installed packages have entry points: nothing
that a manifest says is ever imported. Names are read without importing anything.
"""

from __future__ import annotations

import math
import os
import re
import socket
import sys
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Self

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from manifests.fingerprint import Value, fingerprint
from model.shapes import FPS, NEW_FRAMES
from pipeline.guests.protocol import OtherProtocol, asked_in_vain, require_protocol
from pipeline.guests.table import PlannedGuest

PROTOCOL = 1
"""Of the door between this program and renderers; raised when a guest must be written anew."""

GROUP = "rushes.renderers"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
LARGEST_SIDE = 8192
LONGEST_CHAIN_S = 3600.0
LOADER = re.compile(r"\w+(\.\w+)*:\w+")

KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "version": ((str,), "text"),
    "loader": ((str,), "text"),
    "files": ((tuple,), "a tuple of texts"),
    "canvas": ((tuple, type(None)), "a tuple of width and height"),
    "head_share": ((float, int), "a number"),
    "longest_chain_s": ((float, int), "a number"),
    "segment_s": ((float, int, type(None)), "a number"),
    "networks": ((bool,), "True or False"),
    "reads_prompts": ((bool,), "True or False"),
}
"""What a field of a declaration holds, and how that is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A renderer of another package, as a preset.

    `version` is raised whenever the same conditions would give other pixels; `loader` is
    `module:function`, imported in the worker and called with the preset and a memory profile.
    `files` are what it draws with besides its code (fonts, weights): their bytes are part of every
    name. `canvas` is the width and height that it draws; None keeps the portrait's own.
    `segment_s` is what a segment takes on one CPU core, for the quote; None where nobody measured.
    `networks` says that it draws with networks, which want a card and know memory profiles, and
    `reads_prompts` that a row's prompt changes what it draws.
    """

    protocol: int
    version: str
    loader: str
    files: tuple[str, ...] = ()
    canvas: tuple[int, int] | None = None
    head_share: float = 0.45
    longest_chain_s: float = 28.0
    fps: int = FPS
    segment_frames: int = NEW_FRAMES
    segment_s: float | None = None
    networks: bool = False
    reads_prompts: bool = False

    def __new__(cls, *, protocol: object = PROTOCOL, **declared: object) -> Self:
        """Raises `OtherProtocol` before a field that only another protocol has is a `TypeError`."""
        require_protocol(protocol, PROTOCOL)
        if strange := sorted(declared.keys() - cls.__slots__):
            raise OtherProtocol(
                f"declares {strange[0]}, which this program does not know: install a newer version "
                "of Rushes, or mend the declaration"
            )
        return object.__new__(cls)

    @property
    def fault(self) -> str:
        """Why it cannot be let in, or nothing."""
        faults = (self._other_kind, self._other_frames, self._wrong_value, self._lost_file)
        return next(filter(None, faults), "")

    @property
    def _other_kind(self) -> str:
        for name, (kinds, called) in KINDS.items():
            if type(value := getattr(self, name)) not in kinds:
                return f"declares {name} = {value!r}: write {called}"
        strange = [f for f in self.files if type(f) is not str or not Path(f).is_absolute()]
        return f"names the file {strange[0]!r}: write its whole path as text" if strange else ""

    @property
    def _other_frames(self) -> str:
        if (self.fps, self.segment_frames) != (FPS, NEW_FRAMES):
            return (
                f"draws {self.segment_frames} frames a segment at {self.fps} a second: "
                f"protocol {PROTOCOL} has {NEW_FRAMES} at {FPS}"
            )
        return ""

    @property
    def _wrong_value(self) -> str:
        if not self.version:
            return "has no version: give it one, and raise it whenever its pixels change"
        if not LOADER.fullmatch(self.loader):
            return f"names the loader {self.loader!r}: write module:function"
        if self.canvas is not None and not _is_canvas(self.canvas):
            told = "x".join(map(str, self.canvas))
            return f"draws {told}: two sides must be even, whole numbers up to {LARGEST_SIDE}"
        if not (0 < self.head_share <= 1 and 0 < self.longest_chain_s <= LONGEST_CHAIN_S):
            return (
                "has a head_share outside of 0 to 1, or no longest_chain_s up to "
                f"{LONGEST_CHAIN_S:.0f} s: mend the declaration"
            )
        if self.segment_s is not None and not 0 < self.segment_s < math.inf:
            return f"says that a segment takes {self.segment_s} s: measure it, or leave it out"
        return ""

    @property
    def _lost_file(self) -> str:
        lost = [f for f in self.files if not (Path(f).is_file() and os.access(f, os.R_OK))]
        return f"lacks its file {lost[0]}, or may not read it: install it again" if lost else ""

    @property
    def draws_with(self) -> str:
        """Digest of its version and of its files, which stands in the names of all it makes."""
        files: list[Value] = [sha256_of(Path(file)) for file in self.files]
        return fingerprint("guest", protocol=self.protocol, version=self.version, files=files)


def _is_canvas(canvas: tuple[object, ...]) -> bool:
    return len(canvas) == 2 and all(  # noqa: PLR2004  width and height
        type(side) is int and 0 < side <= LARGEST_SIDE and side % 2 == 0 for side in canvas
    )


@cache
def guest_entries() -> tuple[EntryPoint, ...]:
    """What the installed packages offer."""
    return tuple(entry_points(group=GROUP))


def guest_names(carried: Collection[str]) -> frozenset[str]:
    """Presets that guests bring; a name that the program carries stays the program's."""
    names = {entry.name for entry in guest_entries()}
    return frozenset(name for name in names if NAME.fullmatch(name)) - frozenset(carried)


def refused_guests(carried: Collection[str]) -> tuple[str, ...]:
    """A sentence for each guest whose name nobody can ask for."""
    return tuple(
        f"the renderer {entry.name} of {package_of(entry)} is not used: the name is "
        + ("the program's own" if entry.name in carried else "no small letters, digits and -")
        for entry in guest_entries()
        if entry.name in carried or not NAME.fullmatch(entry.name)
    )


@cache
def guest_named(name: str) -> Guest:
    """The guest, imported now. `ManifestUnusable` says whose it is and what to do."""
    entries = _entries_of(name)
    if len(entries) != 1:
        owners = " and ".join(sorted(package_of(entry) for entry in entries))
        found = f"is brought by {owners}: uninstall one" if entries else "is not installed here"
        raise ManifestUnusable("renderer_unusable", f"the renderer {name} {found}")
    guest, fault = _declared(*entries)
    if guest is None or fault:
        message = f"the renderer {name} of {package_of(*entries)} {fault}"
        raise ManifestUnusable("renderer_unusable", message)
    return guest


def planned_guest(name: str) -> PlannedGuest:
    """What this machine has of it."""
    guest = guest_named(name)
    return PlannedGuest(
        version=guest.version,
        package=" and ".join(map(package_of, _entries_of(name))),
        networks=guest.networks,
        reads_prompts=guest.reads_prompts,
    )


def guest_as_planned(name: str, planned: PlannedGuest, draws_with: str) -> Guest:
    """The guest of this machine, which is to draw what another one planned. `ManifestUnusable`
    where it is none, or of another version or with other files: it would draw other pixels under
    the names of those."""
    host = socket.gethostname()
    wanted = f"version {planned.version} of {planned.package}, with which the run was planned"
    try:
        guest, here = guest_named(name), planned_guest(name)
    except ManifestUnusable as refused:
        message = f"on {host} {refused}; install {wanted}, and run again"
        raise ManifestUnusable(refused.code, message) from refused
    if (here, guest.draws_with) == (planned, draws_with):
        return guest
    files = " with other bytes in its files" if here == planned else ""
    message = (
        f"the renderer {name} on {host} is version {here.version} of {here.package}{files}, not "
        f"{wanted}: install the same on every machine, and run again"
    )
    raise ManifestUnusable("renderer_unusable", message)


def _entries_of(name: str) -> list[EntryPoint]:
    return [entry for entry in guest_entries() if entry.name == name]


def _declared(entry: EntryPoint) -> tuple[Guest | None, str]:
    """What the package declares, and what is wrong with it."""
    try:
        guest: object = entry.load()
        fault = (
            guest.fault
            if isinstance(guest, Guest)
            else f"has no Guest at {entry.value}: mend its entry point"
        )
    except OtherProtocol as other:
        return None, str(other)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - code of others may raise anything (docs/decisions/0583)
        said = f"{type(error).__name__}: {' '.join(str(error).split())}"
        return None, asked_in_vain(error) or f"cannot be imported ({said}): mend or reinstall it"
    return guest if isinstance(guest, Guest) else None, fault


def guest_fault(name: str) -> str:
    """Why rows cannot be made with this guest, or nothing."""
    try:
        guest_named(name)
    except ManifestUnusable as refused:
        return str(refused)
    return ""


def guest_package(files: Iterable[str]) -> str:
    """The package of a guest that one of these source files belongs to: its fault, not ours."""
    there = tuple(files)
    for entry in guest_entries():
        module = sys.modules.get(entry.module.partition(".")[0])
        roots = [*getattr(module, "__path__", ()), getattr(module, "__file__", None)]
        if any(Path(file).is_relative_to(root) for root in filter(None, roots) for file in there):
            return package_of(entry)
    return ""


def package_of(entry: EntryPoint) -> str:
    """Name and version of the package that an entry point comes from."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
