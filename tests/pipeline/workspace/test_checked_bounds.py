"""What checks keep for runs is bounded by age and by size, the oldest goes first."""

from __future__ import annotations

import os
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from pipeline.workspace.scratch import WORK_S, surplus
from pipeline.workspace.workspace import CHECKED_SHARE, Workspace

NOW_S = 1e9
DAY_S = 86_400.0

Work = tuple[float, int, Path]


def made(age_s: float, used_bytes: int, name: str) -> Work:
    return (NOW_S - age_s, used_bytes, Path(name))


def dropped(*works: Work, limit_bytes: int = 100) -> list[str]:
    return sorted(str(work) for work in surplus(works, now_s=NOW_S, limit_bytes=limit_bytes))


def test_a_work_is_dropped_when_it_is_older_than_seven_days() -> None:
    assert WORK_S == 7 * DAY_S
    assert dropped(made(WORK_S, 1, "just"), made(0, 1, "new")) == []
    assert dropped(made(WORK_S + 1, 1, "over"), made(0, 1, "new")) == ["over"]


def test_works_that_fill_the_room_to_the_byte_are_kept() -> None:
    works = (made(3, 20, "oldest"), made(2, 30, "old"), made(1, 50, "new"))
    assert dropped(*works) == []
    assert dropped(*works, limit_bytes=99) == ["oldest"]
    assert dropped(*works, limit_bytes=80) == ["oldest"]
    assert dropped(*works, limit_bytes=79) == ["old", "oldest"]
    assert dropped(*works, limit_bytes=49) == ["new", "old", "oldest"]


def test_a_work_that_is_larger_than_the_room_is_not_kept() -> None:
    assert dropped(made(0, 101, "large")) == ["large"]


@given(
    st.lists(st.tuples(st.floats(0, 2 * WORK_S), st.integers(0, 60)), max_size=12),
    st.integers(0, 200),
)
def test_what_is_kept_is_young_fits_and_is_newer_than_all_that_goes(
    facts: list[tuple[float, int]], limit_bytes: int
) -> None:
    works = [made(age_s, used, str(at)) for at, (age_s, used) in enumerate(facts)]
    gone = set(surplus(works, now_s=NOW_S, limit_bytes=limit_bytes))
    kept = [work for work in works if work[2] not in gone]
    assert sum(used for _, used, _ in kept) <= limit_bytes
    assert all(NOW_S - made_at <= WORK_S for made_at, _, _ in kept)
    newest_gone = max((made_at for made_at, _, work in works if work in gone), default=0.0)
    assert all(made_at >= newest_gone for made_at, _, _ in kept)


def test_a_place_drops_what_checks_made_long_ago_and_what_is_over_its_quarter(
    tmp_path: Path,
) -> None:
    place = Workspace(out=str(tmp_path / "out"), scratch=tmp_path, scratch_bytes=400)
    works = tmp_path / "checked/_run/work"
    for name, days, used in (("week", 8, 1), ("old", 3, 1), ("mid", 2, 60), ("new", 1, 40)):
        (works / name).mkdir(parents=True)
        (works / name / "mix.wav").write_bytes(bytes(used))
        at = time.time() - days * DAY_S
        os.utime(works / name, (at, at))
    place.sweep_checked()
    assert CHECKED_SHARE == 4
    assert sorted(work.name for work in works.iterdir()) == ["mid", "new"]
    place.sweep_checked()
    assert sorted(work.name for work in works.iterdir()) == ["mid", "new"]
