"""A page that was told only what changed shows what a page shows that was told everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jobs.serve.deltas import SeenNight, changes_since, seen_again
from jobs.serve.live import LiveNight, ToldNight

nights = st.lists(
    st.tuples(st.integers(0, 2), st.dictionaries(st.sampled_from("abcd"), st.integers(0, 2))),
    max_size=8,
)


def shown(page: dict[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """What a page shows that showed `page` and is told what changed."""
    kept = {} if told["whole"] else {n: r for n, r in page.items() if n not in told["gone"]}
    rows = kept | {row["job_id"]: row for row in told["jobs"]}
    return {name: rows[name] for name in told["order"] or rows}


@given(nights, st.sets(st.integers(0, 7)))
def test_changes_add_up_to_the_whole(
    found: list[tuple[int, dict[str, int]]], looks: set[int]
) -> None:
    night, page, number = SeenNight(), dict[str, Any](), 0
    for turn, (head, jobs) in enumerate(found):
        rows = [(name, {"job_id": name, "says": said}) for name, said in jobs.items()]
        night = seen_again(night, {"head": head}, rows)
        if turn in looks:
            told = changes_since(night, number)
            page, number = shown(page, told), night.number
            assert list(page.items()) == rows
            assert told["night"] == {"head": head}


@given(nights)
def test_a_night_has_another_number_only_when_something_changed(
    found: list[tuple[int, dict[str, int]]],
) -> None:
    night = SeenNight()
    for head, jobs in found:
        rows = [(name, {"job_id": name, "says": said}) for name, said in jobs.items()]
        night = seen_again(night, {"head": head}, rows)
        assert seen_again(night, {"head": head}, rows) is night
        assert changes_since(night, night.number)["jobs"] == []


def test_a_folder_is_looked_at_for_a_fifth_of_the_time_and_at_once_after_a_decision() -> None:
    now, looks = [0.0], list[float]()

    def look() -> ToldNight:
        looks.append(now[0])
        now[0] += 3.0
        return ToldNight(head={"looks": len(looks)}, rows=(), files={})

    night = LiveNight(look, clock=lambda: now[0])
    first = night.tag()
    for _ in range(11):
        now[0] += 1.0
        assert night.tag() == first
    now[0] += 1.0
    second = night.tag()
    assert (looks, second != first) == ([0.0, 15.0], True)
    night.outdate()
    assert night.tag() != second
    assert looks == [0.0, 15.0, 18.0]


def test_a_decision_during_a_look_is_looked_for_again() -> None:
    looks: list[int] = []

    def look() -> ToldNight:
        looks.append(1)
        if len(looks) == 1:
            night.outdate()
        return ToldNight(head={}, rows=(), files={})

    night = LiveNight(look, clock=lambda: 1.0)
    night.tag()
    night.tag()
    night.tag()
    assert len(looks) == 2
