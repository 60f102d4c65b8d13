"""Which files of a ledger are to be read, and which are to be bound into a volume: pure.

A volume is one file with all rows of many; it names them, so that a row counts once whether they
are gone yet or not. They go when the next volume is due, and not before: somebody may be reading.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

SUFFIX = "-volume.parquet"

MANY_VOLUMES = 32
"""So many volumes are bound into one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFiles:
    """The files of a ledger by name, and for each volume among them the names that it `holds`."""

    names: frozenset[str]
    holds: Mapping[str, frozenset[str]]

    @property
    def held(self) -> frozenset[str]:
        """Names of files whose rows stand in a volume too."""
        return self.names.intersection(frozenset().union(*self.holds.values()))

    @property
    def to_read(self) -> tuple[str, ...]:
        """Files that have all rows together, oldest first."""
        return tuple(sorted(self.names - self.held))

    @property
    def overlap(self) -> bool:
        """Whether two volumes that are read hold the rows of one file: two bound it at once."""
        read = [self.holds[name] for name in self.to_read if name in self.holds]
        return sum(map(len, read)) > len(frozenset().union(*read))


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """A volume to be made: its name, the files whose rows go into it, and all that it holds."""

    name: str
    sources: tuple[str, ...]
    holds: frozenset[str]


def is_volume(name: str) -> bool:
    return name.endswith(SUFFIX)


def binding(files: LedgerFiles, at_least: int) -> Binding | None:
    """The next compacted file to write; None while there are fewer than `at_least` loose files."""
    loose = [name for name in files.to_read if not is_volume(name)]
    volumes = [name for name in files.to_read if is_volume(name)]
    if len(loose) < max(1, at_least):
        return None
    sources = sorted(loose + volumes if len(volumes) >= MANY_VOLUMES else loose)
    older: Iterable[Collection[str]] = (files.holds.get(name, ()) for name in sources)
    left = files.names.intersection(frozenset().union(*older))
    digest = hashlib.sha256("\n".join(sources).encode()).hexdigest()[:16]
    begins = sources[0].partition("-")[0]
    return Binding(
        name=f"{begins}-{digest}{SUFFIX}",
        sources=tuple(sources),
        holds=frozenset(sources) | left,
    )
