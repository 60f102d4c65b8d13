"""The register as a run sees it: looked at again, waited for, and never taken for what it was."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.output.consent_gate import EVERY, PATIENCE, ConsentGate
from manifests.errors import ManifestUnusable
from manifests.reading.consents import ConsentRules
from tests.noun_builders import an_order

NIGHT = datetime(2026, 11, 28, 22, tzinfo=UTC)
ORDER = an_order("asked", consent_id="c-1")


@dataclass
class Hand:
    """A clock that goes on when it is told to."""

    now: datetime = field(default=NIGHT)

    def __call__(self) -> datetime:
        return self.now


def written(path: Path, *entries: str) -> Path:
    path.write_text("\n".join(("id,person,revoked,valid_to", *entries)) + "\n")
    return path


@pytest.fixture
def register(tmp_path: Path) -> Path:
    return written(tmp_path / "register.csv", "c-1,Ada,,")


def a_gate(register: Path, clock: Hand) -> ConsentGate:
    return ConsentGate(ConsentRules(register=str(register)), clock)


def test_a_revocation_in_the_night_is_seen_at_the_next_look(register: Path) -> None:
    clock = Hand()
    gate = a_gate(register, clock)
    assert gate.refusal(ORDER, None) is None
    written(register, "c-1,Ada,true,")
    clock.now += EVERY
    refused = gate.refusal(ORDER, None)
    assert refused is not None
    assert (refused.kind, refused.code) == ("BadInput", "consent_revoked")


def test_a_consent_expires_between_two_looks(register: Path) -> None:
    clock = Hand()
    written(register, "c-1,Ada,,2026-11-28T22:00:01Z")
    gate = a_gate(register, clock)
    assert gate.refusal(ORDER, None) is None
    clock.now += timedelta(seconds=1)
    refused = gate.refusal(ORDER, None)
    assert refused is not None
    assert refused.code == "consent_expired"


@pytest.mark.parametrize("broken", ["gone", "half written"])
def test_a_register_that_cannot_be_read_lets_nothing_begin_and_is_forgiven(
    register: Path, broken: str
) -> None:
    clock = Hand()
    gate = a_gate(register, clock)
    register.unlink() if broken == "gone" else register.write_text("id,per")
    clock.now += EVERY
    assert gate.refusal(ORDER, None) is None
    assert gate.unsure(ORDER)
    assert not gate.unsure(an_order("another")), "a row without a consent asks no register"
    written(register, "c-1,Ada,,")
    clock.now += EVERY
    assert not gate.unsure(ORDER)


def test_rows_fail_for_a_later_run_when_the_register_stays_away(register: Path) -> None:
    clock = Hand()
    gate = a_gate(register, clock)
    register.unlink()
    clock.now += EVERY
    assert gate.unsure(ORDER)
    clock.now += PATIENCE
    failed = gate.refusal(ORDER, None)
    assert failed is not None
    assert (failed.kind, failed.code) == ("Transient", "consents_unread")
    assert gate.refusal(an_order("another"), None) is None


def test_a_register_that_is_broken_at_first_stops_the_run(register: Path) -> None:
    register.write_text("id,per\n")
    with pytest.raises(ManifestUnusable):
        a_gate(register, Hand())
