"""Which finished work goes: laws that hold for any stock."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.keeping.letting import DAY_S, Letting, WorkInStock, letting_go
from jobs.output.work_of_jobs import FinishedRow, StoredWork
from pipeline.workspace.keep_work import KeepWork

NOW_S = 100 * DAY_S

names = st.sampled_from("abcdefgh")
works = st.dictionaries(
    names,
    st.builds(
        StoredWork,
        files=st.just(()),
        bytes=st.integers(0, 9),
        modified_s=st.integers(80, 105).map(lambda day: day * DAY_S),
    ),
)
keeps = st.builds(KeepWork, days=st.integers(0, 20), bytes=st.one_of(st.none(), st.integers(0, 40)))


def a_row(job_id: str, has: frozenset[str], finished_day: float = 0.0) -> FinishedRow:
    return FinishedRow(
        job_id=job_id,
        asked=job_id,
        row=job_id,
        finished_s=finished_day * DAY_S,
        seed=1,
        seeds=frozenset({1}),
        retakes=(),
        inputs=(),
        names=has,
    )


@st.composite
def stocks(draw: st.DrawFn) -> WorkInStock:
    ids = draw(st.lists(st.sampled_from("123456"), unique=True))
    rows = [a_row(i, draw(st.frozensets(names)), draw(st.integers(80, 105))) for i in ids]
    needed = {i: "held" for i in ids if draw(st.booleans())}
    return WorkInStock(
        works=draw(works),
        rows=rows,
        needed=needed,
        closed=not needed and draw(st.booleans()),
        now_s=NOW_S,
        prepared_bytes=draw(st.integers(0, 3)),
    )


def without(stock: WorkInStock, letting: Letting) -> WorkInStock:
    left = {name: work for name, work in stock.works.items() if name not in letting.names}
    return WorkInStock(
        works=left,
        rows=stock.rows,
        needed=stock.needed,
        closed=stock.closed,
        now_s=stock.now_s,
        prepared_bytes=stock.prepared_bytes,
    )


@given(stocks(), keeps)
def test_what_a_row_needs_never_goes_nor_what_nobody_is_known_to_have_while_a_row_is_open(
    stock: WorkInStock, keep: KeepWork
) -> None:
    gone = set(letting_go(stock, keep).names)
    assert gone <= stock.works.keys()
    for row in stock.rows:
        if row.job_id in stock.needed:
            assert not gone & row.names
    if not stock.closed:
        assert gone <= {name for row in stock.rows for name in row.names}


@given(stocks(), st.integers(0, 20))
def test_without_a_limit_of_bytes_nothing_goes_that_is_younger_than_the_days(
    stock: WorkInStock, days: int
) -> None:
    gone = set(letting_go(stock, KeepWork(days=days)).names)
    for name in gone:
        assert stock.now_s - stock.works[name].modified_s >= days * DAY_S
    for row in stock.rows:
        if row.names & gone:
            assert stock.now_s - row.finished_s >= days * DAY_S


@given(stocks(), keeps)
def test_what_is_told_is_what_goes_and_the_rest_of_it_stays_by_the_same_rule(
    stock: WorkInStock, keep: KeepWork
) -> None:
    letting = letting_go(stock, keep)
    gone = set(letting.names)
    assert letting.bytes == sum(stock.works[name].bytes for name in gone)
    assert set(letting.rows) == {row.job_id for row in stock.rows if row.names & gone}
    had = {name for row in stock.rows for name in row.names}
    assert letting.others == len(gone - had)
    assert letting_go(without(stock, letting), keep).names == ()


@given(stocks(), keeps)
def test_after_it_all_work_fits_the_bytes_or_all_that_is_left_is_needed(
    stock: WorkInStock, keep: KeepWork
) -> None:
    left = without(stock, letting_go(stock, keep))
    may_go = letting_go(left, KeepWork(days=0, bytes=0))
    dated_ahead = [work for work in left.works.values() if work.modified_s > NOW_S]
    if keep.bytes is not None:
        assert left.bytes <= keep.bytes or not may_go.names or dated_ahead


@given(stocks(), st.integers(0, 40))
def test_a_row_goes_before_every_younger_one(stock: WorkInStock, most: int) -> None:
    gone = set(letting_go(stock, KeepWork(days=1e9, bytes=most)).names)

    def made_s(row: FinishedRow) -> float:
        return max(
            [row.finished_s, *(stock.works[n].modified_s for n in row.names & stock.works.keys())]
        )

    free = [r for r in stock.rows if r.job_id not in stock.needed and r.names & stock.works.keys()]
    youngest_gone = max((made_s(row) for row in free if row.names & gone), default=0.0)
    for row in free:
        if made_s(row) < youngest_gone:
            shared = {n for other in stock.rows if other is not row for n in other.names}
            assert (row.names & stock.works.keys()) - shared <= gone


def test_shared_work_goes_with_the_last_row_that_has_it() -> None:
    stored = {n: StoredWork(files=(), bytes=1, modified_s=80 * DAY_S) for n in ("own", "shared")}
    rows = [a_row("old", frozenset({"own", "shared"}), 80), a_row("new", frozenset({"shared"}), 99)]
    stock = WorkInStock(works=stored, rows=rows, needed={}, closed=True, now_s=NOW_S)
    assert letting_go(stock, KeepWork(days=7)).names == ("own",)
    assert letting_go(stock, KeepWork(days=7)).rows == {"old": 1}
    assert letting_go(stock, KeepWork(days=1)).rows == {"old": 2, "new": 1}


def test_a_clock_that_dates_work_far_ahead_makes_it_new_and_not_old() -> None:
    ahead = {"a": StoredWork(files=(), bytes=1, modified_s=1000 * DAY_S)}
    stock = WorkInStock(
        works=ahead, rows=[a_row("1", frozenset("a"), 1)], needed={}, closed=True, now_s=NOW_S
    )
    assert letting_go(stock, KeepWork(days=0)).names == ()
    old = {"a": StoredWork(files=(), bytes=1, modified_s=1)}
    late = WorkInStock(
        works=old, rows=[a_row("1", frozenset("a"), 1000)], needed={}, closed=True, now_s=NOW_S
    )
    assert letting_go(late, KeepWork(days=0)).names == ()


@pytest.mark.parametrize("wrong", [{"days": -1.0}, {"days": float("nan")}, {"bytes": -1}])
def test_a_negative_span_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="0 or more"):
        KeepWork(**wrong)  # type: ignore[arg-type]  # wrong on purpose
