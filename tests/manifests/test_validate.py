"""What a row may say: each trouble has its code, and all else is a job."""

from __future__ import annotations

import math
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests import Invalid
from manifests.reading.rows import Row
from manifests.rules import language_fault
from manifests.schema import COLUMNS
from manifests.validate import KnownNames, _examine
from tests.manifests.builders import a_row

KNOWN = KnownNames(presets=["tiny"], profiles=["web", "srt", "vtt", "ttml"])


def problems_of(**changes: object) -> list[tuple[str, str]]:
    """Column and code of all problems of one row."""
    row = Row(number=1, manifest="/night/m.parquet", values=a_row(**changes))
    (found,) = _examine([row], KNOWN)
    return (
        [(each.column, each.code) for each in found.problems] if isinstance(found, Invalid) else []
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


@pytest.mark.parametrize(
    ("tag", "told"),
    [("en_US", "write 'en-US'"), ("de_DE.UTF-8", "write 'de-DE'"), ("english", "en or pt-BR")],
)
def test_a_locale_is_refused_with_the_tag_that_it_means(tag: str, told: str) -> None:
    fault = language_fault(tag)
    assert fault is not None
    assert told in fault.detail
