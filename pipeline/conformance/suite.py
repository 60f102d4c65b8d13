"""All checks, one after the other, on one renderer; and what they found, as people read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from pipeline.conformance.checks import CHECKS, Check
from pipeline.conformance.material import conformance_take
from pipeline.conformance.subject import Subject
from pipeline.presets import Preset


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
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


Attempt = Callable[[Callable[[], str]], str]
"""Carries a check out: the sentence that it returns, or one about what it raised."""


def check_results(
    subject: Subject, folder: Path, attempt: Attempt, checks: Iterable[Check] = CHECKS
) -> Iterator[CheckResult]:
    """One for each check, as it ends."""
    for check in checks:
        desk = folder / check.name
        desk.mkdir()
        wrong = attempt(partial(check.wrong, subject, desk))
        yield CheckResult(check=check.name, asks=check.asks, wrong=wrong)


def conformance_subject(
    preset: Preset, portrait: Path, sound: Path | None, folder: Path
) -> Subject:
    """A preset's renderer with a portrait and a sound, or a voice made for it."""
    return Subject(preset=preset, files=conformance_take(portrait, sound, preset, folder))
