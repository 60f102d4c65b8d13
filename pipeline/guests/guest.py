"""What a package says of a renderer that it brings, and how it is found (docs/renderers.md).

An entry point's name is the name of a preset. Only installed packages have entry points: nothing
that a manifest says is ever imported. Names are read without importing anything.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable
from manifests.fingerprint import Value, fingerprint
from model.shapes import FPS, NEW_FRAMES

PROTOCOL = 1
"""Of the door between this program and renderers; raised when a guest must be written anew."""

GROUP = "rushes.renderers"
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """A renderer of another package, as a preset.

    `version` is raised whenever the same conditions would give other pixels; `loader` is
    `module:function`, imported in the worker and called with the preset and a memory profile.
    `files` are what it draws with besides its code (fonts, weights): their bytes are part of every
    name. `canvas` is the width and height that it draws; None keeps the portrait's own.
    `segment_s` is what a segment takes on one CPU core, for the quote; None where nobody measured.
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

    @property
    def fault(self) -> str:
        """Why it cannot be let in, or nothing."""
        if self.protocol != PROTOCOL:
            older = self.protocol < PROTOCOL
            mend = "the package" if older else "Rushes"
            age = "older" if older else "newer"
            return (
                f"speaks protocol {self.protocol}, which is {age} than this program's "
                f"{PROTOCOL}: install a newer version of {mend}"
            )
        if (self.fps, self.segment_frames) != (FPS, NEW_FRAMES):
            return (
                f"draws {self.segment_frames} frames a segment at {self.fps} a second: "
                f"protocol {PROTOCOL} has {NEW_FRAMES} at {FPS}"
            )
        if self.canvas and any(side < 2 or side % 2 for side in self.canvas):  # noqa: PLR2004  even
            return f"draws {self.canvas[0]}x{self.canvas[1]}: both sides must be even"
        lost = [file for file in self.files if not Path(file).is_file()]
        return f"lacks its file {lost[0]}: install the package again" if lost else ""

    @property
    def draws_with(self) -> str:
        """Digest of its version and of its files, which stands in the names of all it makes."""
        files: list[Value] = [sha256_of(Path(file)) for file in self.files]
        return fingerprint("guest", protocol=self.protocol, version=self.version, files=files)


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
    entries = [entry for entry in guest_entries() if entry.name == name]
    if len(entries) != 1:
        owners = " and ".join(sorted(package_of(entry) for entry in entries))
        found = f"is brought by {owners}: uninstall one" if entries else "is not installed here"
        raise ManifestUnusable("renderer_unusable", f"the renderer {name} {found}")
    (entry,) = entries
    try:
        guest: object = entry.load()
    except Exception as error:  # noqa: BLE001 - code of others may raise anything; costs its rows
        fault = f"cannot be imported ({type(error).__name__}: {error}): mend or reinstall it"
    else:
        if isinstance(guest, Guest) and not guest.fault:
            return guest
        fault = guest.fault if isinstance(guest, Guest) else f"has no Guest at {entry.value}"
    message = f"the renderer {name} of {package_of(entry)} {fault}"
    raise ManifestUnusable("renderer_unusable", message)


def guest_fault(name: str) -> str:
    """Why rows cannot be made with this guest, or nothing."""
    try:
        guest_named(name)
    except ManifestUnusable as refused:
        return str(refused)
    return ""


def package_of(entry: EntryPoint) -> str:
    """Name and version of the package that an entry point comes from."""
    return f"{entry.dist.name} {entry.dist.version}" if entry.dist else "an unknown package"
