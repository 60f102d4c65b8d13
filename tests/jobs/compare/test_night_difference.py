"""What differs between two lists of results: pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.compare.night_difference import (
    ComparedRow,
    inputs_by_name,
    lines_of_changes,
    night_difference,
    row_changes,
)
from manifests.results import Deliverable, Result


def a_file(
    profile: str = "web", digest: str = "a" * 64, uri: str = "/out/videos/a.mp4"
) -> Deliverable:
    return Deliverable(profile=profile, uri=uri, sha256=digest, bytes=1)


def a_row(job: str = "a", **said: object) -> ComparedRow:
    result = Result(
        job_id=job, status="done", seed=1, preset="tiny", quality={"lips": 0.5}, frames=50,
        deliverables=(a_file(), a_file("sidecar", "b" * 64)), warnings=("late: by 2 s",),
    )  # fmt: skip
    return ComparedRow(result=replace(result, **said), inputs={"a.png": "c" * 64}, seeds=(1, 2))


def names_of(one: ComparedRow, other: ComparedRow) -> list[tuple[str, str]]:
    return [(change.kind, change.name) for change in row_changes(one, other)]


def test_the_same_row_does_not_differ_by_times_places_and_costs_of_its_run() -> None:
    moved = (a_file(uri="s3://b/videos/a.mp4"), a_file("sidecar", "d" * 64))
    later = a_row(gpu_s=9.0, attempts=4, deliverables=moved, video_uri="s3://b/videos/a.mp4")
    assert names_of(a_row(), later) == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"status": "failed"}, [("status", "status")]),
        ({"error_code": "no_face"}, [("status", "error")]),
        ({"seed": 2}, [("made_of", "seed")]),
        ({"weights_digest": "w"}, [("made_of", "weights")]),
        ({"fingerprint": "f"}, [("made_of", "request")]),
        ({"frames": 51}, [("shape", "frames")]),
        ({"quality": {"lips": 0.4}}, [("quality", "lips")]),
        ({"quality": {"lips": 0.5, "take_black": 0.0}}, [("quality", "take_black")]),
        ({"warnings": ("late: by 3 s",)}, [("warning", "late")]),
        ({"warnings": ()}, [("warning", "late")]),
        ({"deliverables": (a_file(digest="e" * 64),)}, [("file", "web")]),
        ({"deliverables": ()}, [("file", "web")]),
    ],
)
def test_each_thing_that_a_result_says_is_told(
    said: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert names_of(a_row(), a_row(**said)) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"inputs": {"a.png": "f" * 64}}, [("made_of", "input a.png")]),
        ({"seeds": (1, 3)}, [("made_of", "seed of segment 1")]),
        ({"seeds": (1,)}, [("made_of", "seed of segment 1")]),
        ({"retakes": 1}, [("made_of", "retakes")]),
        ({"chosen": 2}, [("made_of", "version chosen")]),
        ({"cuts_s": (0.0, 3.2)}, [("made_of", "cuts")]),
        ({"breaches": {"seam at 1.88 s": "warn: seam is 7"}}, [("gate", "seam at 1.88 s")]),
    ],
)
def test_each_thing_that_a_sidecar_says_is_told(
    said: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert names_of(a_row(), replace(a_row(), **said)) == found


def test_a_gate_that_a_row_passes_now_is_told_with_what_it_said() -> None:
    one = replace(a_row(), breaches={"lips": "fail: lips is 0.1, below 0.2"})
    (change,) = row_changes(one, a_row())
    assert list(lines_of_changes([change])) == ["  gate lips: fail: lips is 0.1, below 0.2 -> none"]


def test_figures_are_told_with_their_step_and_digests_short() -> None:
    changed = a_row(quality={"lips": 0.25}, deliverables=(a_file(digest="0" * 64),))
    lines = list(lines_of_changes(tuple(row_changes(a_row(), changed))))
    assert lines == [
        "  quality lips: 0.5 -> 0.25 (-0.25)",
        f"  file web: {'a' * 12}.. -> {'0' * 12}..",
    ]


def test_rows_of_one_night_alone_are_named() -> None:
    found = night_difference([a_row("a"), a_row("b")], [a_row("b"), a_row("c")])
    assert (found.only_one, found.only_other, found.same) == (("a",), ("c",), 1)
    assert found.differs


def test_of_rows_with_one_id_the_first_counts() -> None:
    refused = a_row("a", status="invalid")
    assert not night_difference([a_row("a"), refused], [a_row("a")]).differs


def test_inputs_are_known_by_their_names_wherever_they_lie() -> None:
    told = [("/one/a.png", "1"), ("s3://two/a.png", "2"), ("b.wav", "3")]
    assert inputs_by_name(told) == {"a.png": "1", "a.png (2)": "2", "b.wav": "3"}


ROWS = st.lists(
    st.builds(
        a_row,
        st.sampled_from("abcd"),
        seed=st.integers(0, 2),
        quality=st.dictionaries(st.sampled_from(["lips", "seam"]), st.floats(0, 1), max_size=2),
    ),
    max_size=5,
)


@given(ROWS, ROWS)
def test_turned_around_the_same_differs_with_its_sides_exchanged(
    ones: list[ComparedRow], others: list[ComparedRow]
) -> None:
    there, back = night_difference(ones, others), night_difference(others, ones)
    assert (there.only_one, there.only_other) == (back.only_other, back.only_one)
    assert there.same == back.same
    assert {row.job_id for row in there.rows} == {row.job_id for row in back.rows}
    turned = {(r.job_id, c.kind, c.name): (c.other, c.one) for r in back.rows for c in r.changes}
    told = {(r.job_id, c.kind, c.name): (c.one, c.other) for r in there.rows for c in r.changes}
    assert told == turned
    assert not night_difference(ones, ones).differs
