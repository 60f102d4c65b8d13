"""What a hostile case is: something handed over, and the codes that may come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

FINE = "fine"
"""Among the codes of a case: it may also be taken without a word."""

RUN_HERE = "run-here"
"""First word of a command: `rushes run MANIFEST OUT` in this process, without Ray."""

CANARY = "AKIA-CANARY-OF-THE-NIGHT"
"""Stands in files that are no business of any message."""

Given = dict[str, object] | list[str]
"""The columns of a row, or the words of a command behind `rushes`."""


@dataclass(frozen=True, slots=True)
class Ground:
    """A case's own folder, and a portrait and a recording that are good."""

    folder: Path
    face: Path
    voice: Path

    def file(self, name: str, content: bytes | str) -> str:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
        path.write_bytes(data)
        return str(path)

    def sparse(self, name: str, size: int, head: bytes = b"") -> str:
        """A file that is large in name only."""
        path = self.folder / name
        with path.open("wb") as file:
            file.write(head)
            file.truncate(size)
        return str(path)

    def settings(self, text: str = "") -> list[str]:
        """Words that name a settings file; its scratch is the case's own."""
        scratch = f'scratch = "{self.folder.parent / "scratch"}"\n'
        return ["--config", self.file("settings.toml", scratch + text)]


Make = Callable[[Ground], Given]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One of `codes` comes of what is made; `finding` is where it was first seen. `at_night`: its
    row stands in the night's manifest too."""

    kind: str
    name: str
    make: Make
    codes: frozenset[str]
    finding: str = ""
    at_night: bool = True

    @property
    def job_id(self) -> str:
        return f"{self.kind}-{self.name}"


def cases_of(
    kind: str, table: Iterable[tuple[str, Make, str] | tuple[str, Make, str, str]]
) -> tuple[Case, ...]:
    """Cases of rows of a table: name, what makes it, codes with blanks between, finding."""
    return tuple(
        Case(
            kind=kind,
            name=line[0],
            make=line[1],
            codes=frozenset(line[2].split()),
            finding=line[3] if len(line) > 3 else "",  # noqa: PLR2004 - the fourth is left out mostly
        )
        for line in table
    )


def row(ground: Ground, **columns: object) -> dict[str, object]:
    """A good row, but for these columns."""
    good: dict[str, object] = {"portrait_uri": str(ground.face)}
    if "script" not in columns:
        good["audio_uri"] = str(ground.voice)
    return good | columns


def column(name: str, make: Callable[[Ground], str]) -> Make:
    """A row one of whose columns names the file that is made."""
    return lambda ground: row(ground, **{name: make(ground)})


def values(**columns: object) -> Make:
    return lambda ground: row(ground, **columns)
