from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # pyarrow has no types
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import Invalid, Job, examine, read_jobs
from manifests.errors import BadInput, ManifestUnusable
from manifests.reading.rows import Row
from manifests.results import Result, write_results
from manifests.rules import language_fault
from manifests.schema import COLUMNS
from manifests.validate import KnownNames, _examine
from tests.manifests.builders import a_csv, a_jsonl, a_parquet, a_row, codes_of

KNOWN = KnownNames(presets=["tiny"], profiles=["web", "srt", "vtt", "ttml"])


def problems_of(**changes: object) -> list[tuple[str, str]]:
    """Column and code of all problems of one row."""
    row = Row(number=1, manifest="/night/m.parquet", values=a_row(**changes))
    (found,) = _examine([row], KNOWN)
    return (
        [(each.column, each.code) for each in found.problems] if isinstance(found, Invalid) else []
    )


def test_a_row_becomes_a_job_with_defaults_and_absolute_uris(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row())
    (job,) = examine([uri])
    assert job == Job(
        job_id="reel-4",
        portrait_uri=f"{tmp_path}/ada.png",
        script="Good evening.",
        row=1,
        manifest=uri,
    )


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"job_id": None}, "job_id", "missing_value"),
        ({"job_id": 7}, "job_id", "wrong_type"),
        ({"job_id": "a/b"}, "job_id", "bad_job_id"),
        ({"job_id": ".."}, "job_id", "bad_job_id"),
        ({"job_id": "-rf"}, "job_id", "bad_job_id"),
        ({"job_id": ".hidden"}, "job_id", "bad_job_id"),
        ({"job_id": "a\n"}, "job_id", "bad_job_id"),
        ({"job_id": "é"}, "job_id", "bad_job_id"),
        ({"job_id": "x" * 129}, "job_id", "bad_job_id"),
        ({"portrait_uri": "  "}, "portrait_uri", "missing_value"),
        ({"portrait_uri": "https://x.example/a.png"}, "portrait_uri", "bad_uri"),
        ({"portrait_uri": "take.AVI"}, "portrait_uri", "not_yet"),
        ({"script": " \n"}, "script", "one_speech_source"),
        ({"audio_uri": "a.wav"}, "script", "one_speech_source"),
        ({"script": "x" * 200_001}, "script", "script_too_long"),
        ({"script": "a\0b"}, "script", "wrong_type"),
        ({"script": "\ud800"}, "script", "wrong_type"),
        ({"script": b"x"}, "script", "wrong_type"),
        ({"script": "nan"}, "script", "wrong_type"),
        ({"script": "#NAME?"}, "script", "wrong_type"),
        ({"script": "It\x92s"}, "script", "wrong_type"),
        ({"speaker": "A\x1b[2J"}, "speaker", "wrong_type"),
        ({"speaker": "Ada\nByron"}, "speaker", "wrong_type"),
        ({"speaker": "Ada\ufffe"}, "speaker", "wrong_type"),
        ({"metadata": {"a": "b\uffff"}}, "metadata", "wrong_type"),
        ({"voice": "x" * 1001}, "voice", "text_too_long"),
        ({"prompt": "x" * 4001}, "prompt", "text_too_long"),
        ({"portrait_uri": "x" * 4097}, "portrait_uri", "text_too_long"),
        ({"deliverables": ["srt"] * 65}, "deliverables", "text_too_long"),
        ({"metadata": {"a": "x" * 250_001}}, "metadata", "text_too_long"),
        ({"metadata": {str(n): "" for n in range(65)}}, "metadata", "text_too_long"),
        ({"language": "english"}, "language", "bad_language"),
        ({"language": "en_US"}, "language", "bad_language"),
        ({"language": "en-"}, "language", "bad_language"),
        ({"preset": "hallo4"}, "preset", "unknown_preset"),
        ({"framing": "Face"}, "framing", "unknown_value"),
        ({"aspect": "4:3"}, "aspect", "unknown_value"),
        ({"continuity": "none"}, "continuity", "unknown_value"),
        ({"seed": 7.5}, "seed", "wrong_type"),
        ({"seed": 2.0**60}, "seed", "wrong_type"),
        ({"seed": math.inf}, "seed", "wrong_type"),
        ({"seed": "1E+05"}, "seed", "wrong_type"),
        ({"seed": True}, "seed", "wrong_type"),
        ({"seed": 1 << 63}, "seed", "wrong_type"),
        ({"priority": 1 << 31}, "priority", "wrong_type"),
        ({"due": "tomorrow"}, "due", "wrong_type"),
        ({"due": "01/02/2027 06:00"}, "due", "wrong_type"),
        ({"due": 1_801_202_400_000}, "due", "wrong_type"),
        ({"due": datetime(2027, 1, 1)}, "due", "wrong_type"),  # noqa: DTZ001 - the point
        ({"metadata": {"a": 1}}, "metadata", "wrong_type"),
        ({"metadata": "a"}, "metadata", "wrong_type"),
        ({"deliverables": "web (720p)"}, "deliverables", "wrong_type"),
        ({"deliverables": {"web": "x"}}, "deliverables", "wrong_type"),
        ({"deliverables": [1]}, "deliverables", "wrong_type"),
        ({"deliverables": ["web", "reel"]}, "deliverables", "unknown_profile"),
        ({"bed_uri": "ftp://a.wav"}, "bed_uri", "bad_uri"),
        ({"target_duration_s": 0}, "target_duration_s", "bad_duration"),
        ({"target_duration_s": -4.0}, "target_duration_s", "bad_duration"),
        ({"target_duration_s": 1e9}, "target_duration_s", "bad_duration"),
        ({"target_duration_s": math.inf}, "target_duration_s", "wrong_type"),
        ({"target_duration_s": "12,5"}, "target_duration_s", "wrong_type"),
        ({"target_duration_s": 10**400}, "target_duration_s", "wrong_type"),
        ({"territories": ["DE", "UK"]}, "territories", "bad_territory"),
        ({"territories": ["Germany"]}, "territories", "bad_territory"),
    ],
)
def test_each_trouble_has_its_code(changes: dict[str, object], column: str, code: str) -> None:
    assert problems_of(**changes) == [(column, code)]


@pytest.mark.parametrize(
    "changes",
    [
        {"job_id": "_A.b-c_0" + "x" * 120},
        {"script": None, "audio_uri": "a.wav"},
        {"script": "", "audio_uri": "s3://studio/a.wav"},
        {"script": "x" * 200_000},
        {"language": "zh-Hant-TW"},
        {"language": "sl-rozaj-biske-1994"},
        {"language": "es-419"},
        {"language": "de-DE-u-co-phonebk-x-a"},
        {"seed": -(1 << 63), "priority": -(1 << 31)},
        {"deliverables": ["web"]},
        {"deliverables": ["srt", "vtt", "ttml"]},
        {"portrait_uri": "take.MOV"},
        {"bed_uri": "music.wav", "target_duration_s": 4},
        {"deliverables": []},
        {"deliverables": "web"},
        {"preset": "tiny"},
        {"script": "One\ttwo,\r\nthree."},
        {"speaker": "Nan"},
        {"seed": 1.0, "priority": "7.0"},
        {"seed": math.nan, "target_duration_s": "nan", "due": "NaT", "metadata": "None"},
        {"metadata": {str(n): "x" for n in range(64)}},
        {"metadata": {"transcript": "x" * 200_000}},
    ],
)
def test_what_the_manifest_allows_is_a_job(changes: dict[str, object]) -> None:
    assert problems_of(**changes) == []


def test_all_problems_of_a_row_come_at_once(tmp_path: Path) -> None:
    uri = a_jsonl(tmp_path, {"job_id": "a b", "seed": "x", "language": "??", "lexicon_uri": "b"})
    assert sorted(codes_of(uri)) == [
        ("job_id", "bad_job_id"),
        ("language", "bad_language"),
        ("portrait_uri", "missing_value"),
        ("script", "one_speech_source"),
        ("seed", "wrong_type"),
    ]


def test_a_message_names_row_column_value_and_remedy(tmp_path: Path) -> None:
    uri = a_jsonl(tmp_path, a_row(), a_row(job_id="b", seed="12x"))
    _, found = examine([uri])
    assert isinstance(found, Invalid)
    assert found.problems[0].message == (
        "Row 2, column seed: '12x' is not a whole number; write an integer such as 7."
    )


def test_a_preset_is_looked_at_only_when_presets_are_given(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row(preset="mine"))
    assert codes_of(uri) == []
    assert codes_of(uri, presets=["mine"]) == []
    assert codes_of(uri, presets=["tiny"]) == [("preset", "unknown_preset")]


def test_ids_are_unique_over_all_manifests_whatever_their_case(tmp_path: Path) -> None:
    one = a_csv(tmp_path, a_row(job_id="Reel-4"), name="1.csv")
    two = a_csv(tmp_path, a_row(job_id="b"), a_row(job_id="reel-4"), name="2.csv")
    first, second, third = examine([one, two])
    assert isinstance(first, Job)
    assert isinstance(second, Job)
    assert isinstance(third, Invalid)
    assert third.problems[0].code == "duplicate_job_id"
    assert f"row 1 of {one}" in third.problems[0].message


def test_a_manifest_given_twice_is_all_duplicates_the_second_time(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row())
    assert [type(item) for item in examine([uri, uri])] == [Job, Invalid]


def test_a_manifest_that_cannot_be_read_ends_it_before_the_first_row(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row())
    with pytest.raises(ManifestUnusable):
        examine([uri, str(tmp_path / "none.csv")])


def test_csv_cells_are_read_by_their_column(tmp_path: Path) -> None:
    row = a_row(
        seed=" 7",
        priority="-1",
        due="2027-01-31T08:00:00+02:00",
        deliverables='["web"]',
        metadata='{"reel": "4"}',
    )
    (job,) = examine([a_csv(tmp_path, row)])
    assert isinstance(job, Job)
    assert (job.seed, job.priority) == (7, -1)
    assert job.due == datetime(2027, 1, 31, 6, tzinfo=UTC)
    assert job.deliverables == ("web",)
    assert job.metadata == {"reel": "4"}


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("seed", "1_000"),
        ("seed", "9" * 5000),
        ("due", "2027-01-31"),
        ("due", "2027-01-31T06:00:00"),
        ("due", "0001-01-01T00:00:00+14:00"),
        ("metadata", "{"),
        ("deliverables", "[" * 100_000),
        ("target_duration_s", "inf"),
    ],
)
def test_csv_cells_that_cannot_be_read_are_of_the_wrong_type(
    tmp_path: Path, column: str, cell: str
) -> None:
    assert codes_of(a_csv(tmp_path, a_row(**{column: cell}))) == [(column, "wrong_type")]


def test_namibia_is_not_taken_for_a_cell_that_a_tool_left_empty(tmp_path: Path) -> None:
    assert codes_of(a_csv(tmp_path, a_row(territories="NA"))) == [("territories", "bad_territory")]
    (job,) = examine([a_csv(tmp_path, a_row(territories='["NA"]'))])
    assert isinstance(job, Job)
    assert job.territories == ("NA",)


def test_a_parquet_column_of_another_type_is_told_by_its_type(tmp_path: Path) -> None:
    columns = {
        "job_id": pa.array([7, None, 9]),
        "portrait_uri": ["a.png"] * 3,
        "script": ["x"] * 3,
        "deliverables": pa.array([[1], None, [2]], pa.list_(pa.int8())),
    }
    found = list(examine([a_parquet(tmp_path, columns)]))
    problems = [each for item in found if isinstance(item, Invalid) for each in item.problems]
    assert {(each.row, each.column, each.code, each.of_column) for each in problems} == {
        (row, column, "wrong_type", f"Column {column}: {detail}.")
        for row in (1, 3)
        for column, detail in {
            "job_id": "the column is of the type int64 and should hold text; cast it to string "
            "(zeros in front, as in 007, are lost in numbers: look at them)",
            "deliverables": "the column is of the type list<element: int8> and should hold lists "
            "of text; cast it to list<string>",
        }.items()
    } | {(2, "job_id", "missing_value", "")}


def test_times_of_any_resolution_and_zone_become_utc(tmp_path: Path) -> None:
    uri = a_parquet(
        tmp_path,
        {
            "job_id": ["a"],
            "portrait_uri": ["a.png"],
            "script": ["x"],
            "due": pa.array([1_800_000_000_000_000_001], pa.timestamp("ns", "Europe/Rome")),
        },
    )
    (job,) = examine([uri])
    assert isinstance(job, Job)
    assert job.due == datetime.fromtimestamp(1_800_000_000, UTC)


def test_reading_jobs_stops_at_the_first_row_that_is_none(tmp_path: Path) -> None:
    uri = a_csv(tmp_path, a_row(), a_row(job_id="b", script=""))
    jobs = read_jobs(uri)
    assert next(jobs).job_id == "reel-4"
    with pytest.raises(BadInput, match="Row 2, column script"):
        next(jobs)


CELLS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.datetimes(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=4,
)


@given(st.dictionaries(st.sampled_from(sorted(COLUMNS)), CELLS))
def test_every_row_whatever_it_holds_is_a_job_or_invalid(values: dict[str, object]) -> None:
    row = Row(number=3, manifest="/night/m.parquet", values=values)
    (found,) = _examine([row], KnownNames())
    if isinstance(found, Invalid):
        assert found.problems
        assert all(problem.message.startswith("Row 3") for problem in found.problems)


def test_an_id_that_is_no_text_is_refused_and_can_be_written_all_the_same(tmp_path: Path) -> None:
    (found,) = examine([a_jsonl(tmp_path, a_row(job_id="a\ud800"))])
    assert isinstance(found, Invalid)
    assert found.job_id == "a?"
    now = datetime(2026, 11, 26, tzinfo=UTC)
    refused = Result(job_id=found.job_id, status="invalid", started=now, finished=now)
    assert write_results([refused], str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("tag", "told"),
    [("en_US", "write 'en-US'"), ("de_DE.UTF-8", "write 'de-DE'"), ("english", "en or pt-BR")],
)
def test_a_locale_is_refused_with_the_tag_that_it_means(tag: str, told: str) -> None:
    fault = language_fault(tag)
    assert fault is not None
    assert told in fault.detail
