"""Rows that are expected after they are due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobs.quote.forecast import WorkerCounts
from jobs.quote.lengths import Length
from jobs.quote.quote import Asked, Quote, quote_of
from jobs.quote.render import in_words
from jobs.quote.workload import LoadBuilder
from pipeline.presets import ANIMATIC
from tests.jobs.quote.quote_builders import PLAIN, SEGMENT_S, SPLIT
from tests.noun_builders import a_job

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COST = replace(PLAIN, cold_s=5.0, desk_take_s=3.0)


def a_quote(due_s: dict[str, float], workers: int, *, asked: bool = True) -> Quote:
    """Rows of 10 s each; those without a time are due never."""
    builder = LoadBuilder(split=SPLIT)
    for name in "abcd":
        due = NOW + timedelta(seconds=due_s[name]) if name in due_s else None
        builder.add(a_job(job_id=name, due=due), ANIMATIC, Length(SEGMENT_S))
    counts = WorkerCounts(workers=workers, cpus=8)
    now_s = NOW.timestamp() if asked else None
    return quote_of(builder.load(), [COST], Asked(counts=counts, device="d", now_s=now_s))


@pytest.mark.parametrize(
    ("workers", "late"), [(1, [("c", 4.0), ("d", 14.0)]), (2, [("c", 4.0), ("d", 4.0)])]
)
def test_rows_are_late_by_when_they_are_drawn_and_made(
    workers: int, late: list[tuple[str, float]]
) -> None:
    """What is due first is drawn first, after a start of 5 s, and is there 3 s after that."""
    found = a_quote({"c": 14.0, "d": 14.0, "b": 60.0}, workers).late
    assert [(row.job_id, pytest.approx(row.late_s)) for row in found] == late


def test_who_is_late_is_told_by_name() -> None:
    lines = [*in_words(a_quote({"a": -3600.0}, 1), NOW)]
    assert (
        "1 row expected to be late, the first a by 1.0 h: begin earlier or with more workers"
        in lines
    )
    assert a_quote({}, 1).late == ()
    assert a_quote({"a": 3600.0}, 1).late == ()
    assert a_quote({"a": -3600.0}, 1, asked=False).late == ()
