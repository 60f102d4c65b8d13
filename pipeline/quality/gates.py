"""Thresholds as data: for each measure what is warned of and what fails, by preset and language."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from manifests.errors import ManifestUnusable
from pipeline.quality.measure_rows import Better
from pipeline.quality.measures import MEASURES, Span

CARRIED_GATES = Path(__file__).with_name("carried_gates.toml")

LARGEST_BYTES = 1 << 20
"""Of a file of gates, or of settings."""

MOST_GATES = 1000
"""In a file: more than all measures for all languages of a catalogue."""

Name = Annotated[str, Field(min_length=1, max_length=80)]


class GateTable(BaseModel):
    """One `[[gate]]` of a file, as a person writes it. A gate without `warn` and `fail` turns off
    what stands for these presets and languages before it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    measure: str
    warn: float | None = None
    fail: float | None = None
    presets: tuple[Name, ...] = ()
    languages: tuple[Name, ...] = ()

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if self.measure not in MEASURES:
            raise ValueError(f"{self.measure} is no measure; there are {', '.join(MEASURES)}")
        if self.warn is not None and self.fail is not None:
            lower = MEASURES[self.measure].better == "lower"
            if (self.warn > self.fail) if lower else (self.warn < self.fail):
                raise ValueError(f"{self.measure}: what fails must be worse than what is warned of")
        return self


class GateFile(BaseModel):
    """A whole file; with `carried` false the carried gates do not hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    carried: bool = True
    gate: Annotated[tuple[GateTable, ...], Field(max_length=MOST_GATES)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the measure of that name may be: worse than `warn` is delivered with a warning, worse
    than `fail` is not delivered. Without `presets` it is for all, and likewise for `languages`, of
    which `de` is also for `de-AT`."""

    measure: str
    better: Better
    span: Span
    unit: str = ""
    warn: float | None = None
    fail: float | None = None
    presets: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()

    def is_for(self, preset: str, language: str) -> bool:
        spoken = {language.lower(), language.partition("-")[0].lower()}
        asked = {each.lower() for each in self.languages}
        return (not self.presets or preset in self.presets) and (not asked or bool(asked & spoken))

    @property
    def says(self) -> bool:
        """Whether it has a limit; one without turns its measure off."""
        return (self.warn, self.fail) != (None, None)

    @property
    def exactness(self) -> tuple[bool, bool]:
        """A preset's own gate stands before a language's, and that before one for all."""
        return bool(self.presets), bool(self.languages)


Gates = tuple[Gate, ...]
"""In the order in which they were read: a later one stands before an earlier one as exact."""

NO_GATES: Gates = ()


def gates_for(gates: Sequence[Gate], preset: str, language: str) -> Gates:
    """The one gate of each measure that holds for a preset and a language, by the measure's
    name."""
    found: dict[str, Gate] = {}
    for gate in sorted(gates, key=lambda gate: gate.exactness):
        if gate.is_for(preset, language):
            found[gate.measure] = gate
    asked = (found[name] for name in sorted(found))
    return tuple(gate for gate in asked if gate.says)


def read_gates(files: Sequence[Path] = ()) -> Gates:
    """The carried gates, and behind them those of the files; `ManifestUnusable` `gates_unusable`
    for a file that is none."""
    read = [read_gate_file(file) for file in files]
    carried = _carried() if all(file.carried for file in read) else NO_GATES
    return (*carried, *(gate for file in read for gate in _as_gates(file)))


@cache
def _carried() -> Gates:
    return gates_in(CARRIED_GATES)


def gates_in(file: Path) -> Gates:
    """The gates of one file."""
    return tuple(_as_gates(read_gate_file(file)))


def read_gate_file(file: Path) -> GateFile:
    """A file as a person wrote it."""
    try:
        return GateFile.model_validate(tomllib.loads(settings_text(file)))
    except OSError as error:
        raise _unusable(file, error.strerror or "it cannot be read") from error
    except ValidationError as error:
        raise _unusable(file, "; ".join(_faults(error))) from error
    except (ValueError, RecursionError) as error:  # no TOML, no UTF-8, lists without end
        raise _unusable(file, f"it is not TOML: {error}") from error


def settings_text(file: Path) -> str:
    """Of a TOML file of settings; what has more bytes than any has, such as a device, is not read
    on. Raises `ValueError` for that, and for what is no UTF-8."""
    with file.open("rb") as opened:
        content = opened.read(LARGEST_BYTES + 1)
    if len(content) > LARGEST_BYTES:
        raise ValueError(f"it has more than {LARGEST_BYTES:,} bytes")
    return content.decode("utf-8")


def _as_gates(read: GateFile) -> Iterator[Gate]:
    for table in read.gate:
        measure = MEASURES[table.measure]
        yield Gate(
            measure=measure.name,
            better=measure.better,
            span=measure.span,
            unit=measure.unit,
            warn=table.warn,
            fail=table.fail,
            presets=table.presets,
            languages=table.languages,
        )


def _faults(error: ValidationError) -> Iterator[str]:
    for problem in error.errors():
        where = ".".join(map(str, problem["loc"]))
        yield f"{where}: {problem['msg']}"


def _unusable(file: Path, why: str) -> ManifestUnusable:
    return ManifestUnusable("gates_unusable", f"the file of gates {file} cannot be used: {why}")


def gates_text(gates: Sequence[Gate], heading: str) -> str:
    """The gates as a file, below a `heading` of comments."""
    lines = [f"# {line}" for line in heading.splitlines()]
    for gate in gates:
        lines += ["", "[[gate]]", f'measure = "{gate.measure}"']
        numbers: Mapping[str, float | None] = {"warn": gate.warn, "fail": gate.fail}
        lines += [f"{key} = {value!r}" for key, value in numbers.items() if value is not None]
        names = {"presets": gate.presets, "languages": gate.languages}
        lines += [f"{key} = {json.dumps(value)}" for key, value in names.items() if value]
    return "\n".join(lines) + "\n"
