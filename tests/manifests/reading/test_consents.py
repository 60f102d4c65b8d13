"""A register of consents: what is read of it, and the sentence where it cannot be."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # pyarrow has no types
import pytest

from manifests.consent import ALWAYS, Consent
from manifests.errors import ManifestUnusable
from manifests.reading.consents import ConsentRules, register_at
from manifests.storage import overwrite
from tests.manifests.builders import NOON, a_job
from tests.s3_server import S3Server

HEADER = "id,person,portraits,languages,territories,valid_from,valid_to,revoked\n"
A, B = "a" * 64, "B" * 64
QUOTED = (
    f'c-1,Ada Lovelace,"[""{A}"",""{B}""]","en,pt-BR","GB, US-CA",2026-01-01T01:00:00+01:00,'
    "2027-01-01T00:00:00Z,2026-06-01T12:00:00+02:00"
)
WHOLE = Consent(
    id="c-1",
    person="Ada Lovelace",
    portraits=frozenset({A, B.lower()}),
    languages=("en", "pt-BR"),
    territories=("GB", "US-CA"),
    begins=datetime(2026, 1, 1, tzinfo=UTC),
    ends=datetime(2027, 1, 1, tzinfo=UTC),
    revoked=datetime(2026, 6, 1, 10, tzinfo=UTC),
)


def a_register(folder: Path, text: str, name: str = "register.csv") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    "line",
    [
        f"c-1,Ada Lovelace,{A} {B},en pt-BR,GB;US-CA,2026-01-01,2026-12-31,2026-06-01T10:00:00Z",
        QUOTED,
    ],
)
def test_a_register_in_csv_is_read_whole_and_a_day_ends_with_its_last_moment(
    tmp_path: Path, line: str
) -> None:
    found = register_at(a_register(tmp_path, f"{HEADER}{line}\n"))
    assert found.consents == {"c-1": WHOLE}


@pytest.mark.parametrize(("column", "code"), [("territories", "NA"), ("languages", "nan")])
def test_a_code_that_tools_write_for_nothing_opens_no_consent_to_everything(
    tmp_path: Path, column: str, code: str
) -> None:
    text = f"id,person,{column}\nc-1,Ada,"
    with pytest.raises(ManifestUnusable, match=rf'row 1, column {column}.*write \["{code}"\]'):
        register_at(a_register(tmp_path, f"{text}{code}\n"))
    found = register_at(a_register(tmp_path, f'{text}"[""{code}""]"\n'))
    assert getattr(found.consents["c-1"], column) == (code,)
    assert getattr(register_at(a_register(tmp_path, f"{text}\n")).consents["c-1"], column) == ()


def test_a_register_of_a_spreadsheet_has_semicolons(tmp_path: Path) -> None:
    text = "sep=;\nid;person;languages;revoked\nc-1;Ada;en,de;TRUE\nc-2;Eve;;false\n"
    found = register_at(a_register(tmp_path, text)).consents
    assert found["c-1"] == Consent(id="c-1", person="Ada", languages=("en", "de"), revoked=ALWAYS)
    assert found["c-2"] == Consent(id="c-2", person="Eve")


def test_a_register_in_parquet_has_days_times_truths_and_lists(tmp_path: Path) -> None:
    rows = [
        {
            "id": "c-1",
            "person": "Ada Lovelace",
            "portraits": [A, B],
            "languages": ["en", "pt-BR"],
            "territories": ["GB", "US-CA"],
            "valid_from": datetime(2026, 1, 1, tzinfo=UTC),
            "valid_to": date(2026, 12, 31),
            "revoked": datetime(2026, 6, 1, 10, tzinfo=UTC),
        },
        {"id": "c-2", "person": "Eve"},
    ]
    path = tmp_path / "register.parquet"
    pq.write_table(pa.Table.from_pylist(rows), path)
    assert register_at(str(path)).consents == {"c-1": WHOLE, "c-2": Consent(id="c-2", person="Eve")}
    pq.write_table(pa.table({"id": ["c"], "person": ["E"], "revoked": [True]}), path)
    assert register_at(str(path)).consents["c"].revoked == ALWAYS


def test_a_register_in_json_lines_is_read(tmp_path: Path) -> None:
    row = {"id": "c-1", "person": "Ada", "languages": ["en"], "revoked": True}
    found = register_at(a_register(tmp_path, json.dumps(row) + "\n", "register.jsonl"))
    assert found.consents["c-1"] == Consent(
        id="c-1", person="Ada", languages=("en",), revoked=ALWAYS
    )


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("id,person,revokd\n", "", "'revokd' is not known; did you mean revoked?"),
        ("id,person,hair\n", "", "'hair' is not known; there are: id,"),
        ("id,person,id\n", "", "the column id twice"),
        ("id,languages\nc,en\n", "", "no column person"),
        ("id,person\nc,Ada\nd,Eve\nc,Ada\n", ", row 3, column id", "is the id of row 1 too"),
        ("id,person\n,Ada\n", ", row 1, column id", "there is no value"),
        ("id,person\nc,\n", ", row 1, column person", "there is no value"),
        ("id,person,portraits\nc,Ada,abc\n", ", row 1, column portraits", "is no SHA-256"),
        ("id,person,languages\nc,Ada,english_uk\n", ", row 1, column languages", "language tag"),
        ("id,person,territories\nc,Ada,UK\n", ", row 1, column territories", "write GB"),
        ("id,person,territories\nc,Ada,Germany\n", ", row 1, column territories", "ISO 3166"),
        ("id,person,valid_to\nc,Ada,31/12/2026\n", ", row 1, column valid_to", "two ways"),
        ("id,person,valid_to\nc,Ada,2026-02-30\n", ", row 1, column valid_to", "no day"),
        ("id,person,valid_to\nc,Ada,2026-12-31T10:00:00\n", ", row 1, column valid_to", "zone"),
        ("id,person,revoked\nc,Ada,perhaps\n", ", row 1, column revoked", "neither true nor"),
        (
            "id,person,valid_from,valid_to\nc,Ada,2026-02-01,2026-01-31\n",
            ", row 1, column valid_to",
            "ends before it begins",
        ),
        ("id,person\nc,Ada,more\n", ", row 1", "3 cells for 2 columns"),
        ('id,person\nc,"Ada\n', ", row 1", "quote"),
        ("", "", "does not begin with a line of column names"),
    ],
)
def test_a_broken_register_is_told_by_file_row_and_column(
    tmp_path: Path, text: str, place: str, why: str
) -> None:
    uri = a_register(tmp_path, text)
    with pytest.raises(ManifestUnusable) as caught:
        register_at(uri)
    assert caught.value.code == "consents_unusable"
    assert caught.value.message.startswith(f"the register of consents {uri}{place}: ")
    assert why in caught.value.message


@pytest.mark.parametrize("name", ["none.csv", "register.xlsx", "register.parquet"])
def test_a_register_that_is_missing_or_of_another_kind_is_told(tmp_path: Path, name: str) -> None:
    if name != "none.csv":
        a_register(tmp_path, "something else", name)
    with pytest.raises(ManifestUnusable, match=name):
        register_at(str(tmp_path / name))


def test_one_day_is_a_whole_day(tmp_path: Path) -> None:
    text = "id,person,valid_from,valid_to\nc,Ada,2026-02-01,2026-02-01\n"
    found = register_at(a_register(tmp_path, text)).consents["c"]
    assert (found.begins, found.ends) == (
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 2, 2, tzinfo=UTC),
    )


def test_a_register_is_read_again_when_its_file_has_changed(tmp_path: Path) -> None:
    uri = a_register(tmp_path, f"{HEADER}c-1,Ada,,,,,,\n")
    rules, job = ConsentRules(register=uri), a_job(consent_id="c-1")
    assert rules.refusal(job, None, NOON) is None
    assert rules.read() is rules.read(), "an unchanged file is not read again"
    a_register(tmp_path, f"{HEADER}c-1,Ada,,,,,,true\n", "next.csv")
    os.replace(tmp_path / "next.csv", uri)  # noqa: PTH105 - as editors do
    refused = rules.refusal(job, None, NOON)
    assert refused is not None
    assert refused.code == "consent_revoked"


def test_a_register_lies_in_a_bucket_too(s3: S3Server) -> None:
    uri = f"s3://{s3.bucket}/rights/register.csv"
    overwrite(uri, f"{HEADER}c-1,Ada,,en,,,,\n".encode())
    rules = ConsentRules(register=uri)
    assert rules.refusal(a_job(consent_id="c-1", language="en"), None, NOON) is None
    overwrite(uri, f"{HEADER}c-1,Ada,,de,,,,\n".encode())
    refused = rules.refusal(a_job(consent_id="c-1", language="en"), None, NOON)
    assert refused is not None
    assert refused.code == "consent_out_of_scope"
