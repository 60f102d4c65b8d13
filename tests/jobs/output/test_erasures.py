"""What records of erasures come to: for each consent and job the last word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jobs.output.erasures import Erasure, end_erasure, erased_from, read_erasures, remember_erasure
from tests.noun_builders import an_order

NIGHT = datetime(2026, 11, 28, 22, tzinfo=UTC)
OF_ADA = Erasure(whose="consent", id="ada", begun=NIGHT, jobs=("one", "two"))
OF_ONE = Erasure(whose="job", id="one", begun=NIGHT, jobs=("one",))


def flag_of(job_id: str, consent_id: str | None, *records: Erasure) -> str:
    return erased_from(records).flag_of(an_order(job_id, consent_id=consent_id))


@pytest.mark.parametrize(
    ("job_id", "consent_id", "flag"),
    [
        ("one", "ada", "--consent ada"),
        ("new", "ada", "--consent ada"),
        ("two", None, "--consent ada"),
        ("two", "eve", ""),
        ("new", "eve", ""),
    ],
)
def test_rows_of_an_erased_consent_are_refused_and_rows_of_another_are_not(
    job_id: str, consent_id: str | None, flag: str
) -> None:
    assert flag_of(job_id, consent_id, OF_ADA) == flag


def test_a_job_that_was_named_is_refused_whatever_consent_it_names() -> None:
    assert flag_of("one", "eve", OF_ONE) == "--job one"
    assert flag_of("two", "eve", OF_ONE) == ""


def test_the_last_word_counts_for_each_by_itself() -> None:
    lifted = replace(OF_ADA, lifted=True)
    assert flag_of("one", "ada", OF_ADA, lifted) == ""
    assert flag_of("one", "ada", OF_ADA, lifted, OF_ADA) == "--consent ada"
    assert flag_of("one", "ada", OF_ADA, OF_ONE, lifted) == "--job one"


def test_records_are_read_in_their_order_and_ended_in_their_place(tmp_path: Path) -> None:
    out = str(tmp_path)
    uri = remember_erasure(out, OF_ADA)
    remember_erasure(out, replace(OF_ONE, begun=NIGHT.replace(hour=21)))
    ended = end_erasure(uri, OF_ADA)
    assert ended.ended is not None
    assert [record.id for record in read_erasures(out).values()] == ["one", "ada"]
    assert read_erasures(out)[uri] == ended
