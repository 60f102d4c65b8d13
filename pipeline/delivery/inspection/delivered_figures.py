"""Figures of what is delivered, by the table of measures: from the records of files, and from the
very checks that `rushes verify` makes of them. Of several files of a row the worst counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pipeline.delivery.inspection.file_checks import (
    CHECKS,
    DeliveredCopy,
    FileCheck,
    count_of_findings,
)
from pipeline.delivery.profiles import DeliveryProfile
from pipeline.delivery.sound.loudness import LOUDNESS, loudness_away, peak_over
from pipeline.delivery.watermark.payload import PUBLIC_KEY
from pipeline.nouns import DeliveredFile
from pipeline.quality.gates import Gate
from pipeline.quality.measures import MEASURES
from pipeline.workspace.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveredRow:
    """The finished files of a row, not yet named, with the profiles that there are; `gates` are
    those of the row, `key` is that of watermarks."""

    job_id: str
    files: tuple[DeliveredFile, ...]
    profiles: Mapping[str, DeliveryProfile]
    gates: tuple[Gate, ...] = ()
    key: bytes = field(default=PUBLIC_KEY, repr=False)


def figures_of_deliveries(row: DeliveredRow, workspace: Workspace) -> dict[str, float]:
    """By the names of the table."""
    return recorded_figures(row) | dict(breach_figures(row, workspace))


def recorded_figures(row: DeliveredRow) -> dict[str, float]:
    """What was measured when the files were made; nothing of files of before anybody did."""
    known = [
        (file, row.profiles[file.profile]) for file in row.files if file.profile in row.profiles
    ]
    asked = [(file, LOUDNESS[profile.loudness]) for file, profile in known]
    away = [loudness_away(file.loudness_after, wanted) for file, wanted in asked]
    over = [peak_over(file.true_peak, wanted) for file, wanted in asked]
    found = {
        "loudness_off": [abs(value) for value in away if value is not None],
        "true_peak_over": [max(0.0, value) for value in over if value is not None],
    }
    return {name: round(max(values), 6) for name, values in found.items() if values}


def breach_figures(row: DeliveredRow, workspace: Workspace) -> Iterator[tuple[str, float]]:
    """How many breaches each check finds that has a row in the table. One that decodes is made only
    where a gate asks: it takes as long as the encode that has just been read back."""
    asked = {gate.measure for gate in row.gates if gate.says}
    for check in CHECKS:
        name = f"{check.name}_breaches"
        if name in MEASURES and (name in asked or not check.decodes):
            counts = list(_breaches(check, row, workspace))
            if counts:
                yield name, float(max(counts))


def _breaches(check: FileCheck, row: DeliveredRow, workspace: Workspace) -> Iterable[int]:
    with workspace.scratch_dir() as desk:
        for file in row.files:
            copy = DeliveredCopy(
                job_id=row.job_id,
                path=workspace.fetch(file.file, desk),
                name=file.profile,
                said=file,
                key=row.key,
                recorded=True,
            )
            if check.applies(copy):
                yield count_of_findings(check, copy)
