"""Whether a consent holds for a row: its borders in time and its scope, drawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from manifests.consent import ALWAYS, Consent, ConsentRegister, consent_refusal, covers, end_warning
from tests.manifests.builders import NOON, a_job

SECOND = timedelta(seconds=1)
TICK = timedelta(microseconds=1)
TIMES = st.datetimes(
    datetime(2001, 1, 1),  # noqa: DTZ001 - the zone is the next line's
    datetime(2099, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def registered(**fields: object) -> ConsentRegister:
    consent = Consent(id="c-1", person="Ada", **fields)  # type: ignore[arg-type]  # by name
    return ConsentRegister(uri="register.csv", consents={"c-1": consent})


def code_at(
    when: datetime,
    register: ConsentRegister | None,
    *,
    portrait: str | None = None,
    required: bool = False,
    **columns: object,
) -> str | None:
    job = a_job(**{"consent_id": "c-1", **columns})
    found = consent_refusal(job, portrait, when, register, required=required)
    return found.code if found else None


@given(end=TIMES)
def test_a_consent_ends_at_the_very_moment_that_the_register_says(end: datetime) -> None:
    register = registered(ends=end)
    assert code_at(end - TICK, register) is None
    assert code_at(end, register) == "consent_expired"
    assert code_at(end + SECOND, register) == "consent_expired"


@given(end=TIMES)
def test_the_column_alone_ends_a_consent_without_a_register(end: datetime) -> None:
    for consent_id in ("c-1", None):
        told = {"consent_id": consent_id, "consent_expires": end}
        assert code_at(end - TICK, None, **told) is None
        assert code_at(end, None, **told) == "consent_expired"


@given(column=TIMES, entry=TIMES, when=TIMES)
def test_of_column_and_register_the_earlier_end_counts(
    column: datetime, entry: datetime, when: datetime
) -> None:
    found = code_at(when, registered(ends=entry), consent_expires=column)
    assert found == ("consent_expired" if when >= min(column, entry) else None)


@given(column=TIMES, entry=st.none() | TIMES)
def test_ends_that_differ_are_told(column: datetime, entry: datetime | None) -> None:
    job = a_job(consent_id="c-1", consent_expires=column)
    told = end_warning(job, registered(ends=entry))
    assert told.startswith("consent_ends_differ: ") == (column != entry)
    assert not end_warning(a_job(consent_id="c-1"), registered(ends=entry))
    assert not end_warning(job, None)


@given(begin=TIMES)
def test_a_consent_holds_from_the_moment_that_it_begins(begin: datetime) -> None:
    register = registered(begins=begin)
    assert code_at(begin - TICK, register) == "consent_not_yet"
    assert code_at(begin, register) is None


@given(revoked=TIMES, end=TIMES, when=TIMES)
def test_a_revocation_counts_from_its_moment_on_whatever_else_holds(
    revoked: datetime, end: datetime, when: datetime
) -> None:
    found = code_at(when, registered(revoked=revoked, ends=end))
    assert (found == "consent_revoked") == (when >= revoked)
    assert (found is None) == (when < min(revoked, end))


def test_a_revocation_without_a_time_counts_always() -> None:
    assert code_at(datetime.min.replace(tzinfo=UTC), registered(revoked=ALWAYS)) == (
        "consent_revoked"
    )


@pytest.mark.parametrize(
    ("register", "required", "consent_id", "code"),
    [
        (None, False, None, None),
        (None, False, "c-9", None),
        (registered(), False, None, None),
        (registered(), True, None, "consent_missing"),
        (registered(), True, "c-1", None),
        (registered(), True, "c-9", "consent_unknown"),
        (registered(), False, "c-9", "consent_unknown"),
    ],
)
def test_an_id_is_asked_for_where_it_is_required_and_known_where_there_is_a_register(
    register: ConsentRegister | None, *, required: bool, consent_id: str | None, code: str | None
) -> None:
    assert code_at(NOON, register, required=required, consent_id=consent_id) == code


@pytest.mark.parametrize(
    ("scope", "columns", "portrait", "column"),
    [
        ({"languages": ("en",)}, {"language": "en-GB"}, None, None),
        ({"languages": ("EN-gb",)}, {"language": "en-GB"}, None, None),
        ({"languages": ("en-GB",)}, {"language": "en"}, None, "language"),
        ({"languages": ("en",)}, {"language": "enm"}, None, "language"),
        ({"languages": ("de", "*")}, {"language": "fr"}, None, None),
        ({"territories": ("DE", "AT")}, {"territories": ("AT",)}, None, None),
        ({"territories": ("DE", "AT")}, {"territories": ("AT", "CH")}, None, "territories"),
        ({"territories": ("US",)}, {"territories": ("US-CA",)}, None, None),
        ({"territories": ("US-CA",)}, {"territories": ("US",)}, None, "territories"),
        ({"territories": ("DE",)}, {}, None, None),
        ({"portraits": frozenset({"a" * 64})}, {}, None, None),
        ({"portraits": frozenset({"a" * 64})}, {}, "a" * 64, None),
        ({"portraits": frozenset({"a" * 64})}, {}, "A" * 64, None),
        ({"portraits": frozenset({"a" * 64})}, {}, "b" * 64, "portrait_uri"),
        ({}, {"language": "fr", "territories": ("CH",)}, "b" * 64, None),
    ],
)
def test_a_row_outside_what_was_agreed_to_is_refused_by_the_column_that_says_so(
    scope: dict[str, object],
    columns: dict[str, object],
    portrait: str | None,
    column: str | None,
) -> None:
    job = a_job(consent_id="c-1", **columns)
    found = consent_refusal(job, portrait, NOON, registered(**scope))
    assert (found.column if found else None) == column
    assert found is None or found.code == "consent_out_of_scope"


TAGS = st.lists(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=4), min_size=1, max_size=3
)


@given(parts=TAGS, others=st.lists(TAGS, max_size=3))
def test_a_range_covers_itself_and_what_is_narrower_and_nothing_else(
    parts: list[str], others: list[list[str]]
) -> None:
    tag, ranges = "-".join(parts), tuple("-".join(other) for other in others)
    assert covers(tag, (tag.upper(),))
    assert covers(f"{tag}-x", (tag,))
    assert covers(tag, ranges) == (
        not ranges or any(parts[: len(other)] == other for other in others)
    )
    assume(len(parts) > 1)
    assert not covers(parts[0], (tag,))
