"""All checks, one after the other, on one renderer; and what they found, as people read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from manifests.errors import RushesError
from pipeline.conformance.checks import CHECKS, Check
from pipeline.conformance.material import conformance_take
from pipeline.conformance.subject import Subject
from pipeline.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found: `wrong` says what to do, and nothing where all is well."""

    check: str
    asks: str
    wrong: str

    @property
    def passed(self) -> bool:
        return not self.wrong

    @property
    def line(self) -> str:
        verdict = "pass" if self.passed else "FAIL"
        return f"{verdict}  {self.check:<11} {self.wrong or self.asks}"

    @property
    def row(self) -> dict[str, object]:
        """For programs."""
        return asdict(self) | {"passed": self.passed}


def findings(subject: Subject, folder: Path, checks: Iterable[Check] = CHECKS) -> Iterator[Finding]:
    """One for each check, as it ends."""
    for check in checks:
        desk = folder / check.name
        desk.mkdir()
        wrong = _said(check.wrong, subject, desk)
        yield Finding(check=check.name, asks=check.asks, wrong=wrong)


def _said(wrong: Callable[[Subject, Path], str], subject: Subject, desk: Path) -> str:
    try:
        return wrong(subject, desk)
    except RushesError as error:
        return f"it cannot be done: {error}"
    except Exception as error:  # noqa: BLE001 - code of others may raise anything, and fails its check
        return f"it raises {type(error).__name__}: {error}"


def conformance(
    preset: Preset, portrait: Path, sound: Path | None, folder: Path
) -> Iterator[Finding]:
    """The suite on a preset's renderer, with a portrait and a sound, or a voice made for it."""
    files = conformance_take(portrait, sound, preset, folder / "material")
    return findings(Subject(preset=preset, files=files), folder)
