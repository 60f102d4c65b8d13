"""Which stored work goes with a person: drawn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jobs.keeping.erasing import owner_of
from jobs.keeping.erasure_plan import Holdings, Kind, Wanted, WorkTold, erasure_plan
from jobs.keeping.possessions import personal

ADA, EVE = frozenset({"ada"}), frozenset({"eve"})


def told(*works: WorkTold) -> dict[str, WorkTold]:
    return {work.name: work for work in works}


def a_take(name: str, digests: frozenset[str], *uses: str) -> WorkTold:
    return WorkTold(name=name, kind="take", take=name, digests=digests, uses=frozenset(uses))


def a_segment(name: str, take: str = "") -> WorkTold:
    return WorkTold(name=name, kind="segment", take=take)


TWO = told(
    a_take("take-a", ADA, "looks-a"),
    WorkTold(name="looks-a", kind="looks"),
    a_segment("seg-a"),
    a_take("take-e", EVE, "looks-e"),
    WorkTold(name="looks-e", kind="looks"),
    a_segment("seg-e"),
    a_segment("seg-both"),
)
ROWS = {
    "a": frozenset({"take-a", "looks-a", "seg-a", "seg-both"}),
    "e": frozenset({"take-e", "looks-e", "seg-e", "seg-both"}),
}


def test_all_of_a_row_goes_but_what_another_row_has() -> None:
    plan = erasure_plan(Holdings(told=TWO, rows=ROWS), Wanted(jobs=frozenset("a"), digests=ADA))
    assert plan.names == {"take-a", "looks-a", "seg-a"}


def test_what_was_left_of_tries_of_before_goes_by_the_digest_of_its_portrait() -> None:
    loose = told(
        a_take("old", ADA, "looks-a"),
        a_segment("old-seg", "old"),
        WorkTold(name="old-reel", kind="reel", take="old", uses=frozenset({"old-seg", "bridge"})),
        WorkTold(name="bridge", kind="other"),
        a_take("eves", EVE, "looks-e"),
        a_segment("eves-seg", "eves"),
        WorkTold(name="eves-cuts", kind="cuts"),
        WorkTold(name="eves-reel", kind="reel", take="eves", uses=frozenset({"eves-bridge"})),
        WorkTold(name="eves-bridge", kind="other"),
    )
    plan = erasure_plan(
        Holdings(told=TWO | loose, rows=ROWS), Wanted(jobs=frozenset("a"), digests=ADA)
    )
    gone = {"old", "old-seg", "old-reel", "bridge"}
    assert plan.names == {"take-a", "looks-a", "seg-a", *gone}


def test_work_of_which_nobody_knows_whose_it_is_goes() -> None:
    loose = told(
        a_segment("of-before"), a_segment("of-a-take-that-is-gone", "gone"),
        WorkTold(name="master", kind="other"), WorkTold(name="cuts", kind="cuts"),
    )  # fmt: skip
    plan = erasure_plan(Holdings(told=TWO | loose, rows=ROWS), Wanted(jobs=frozenset("a")))
    assert plan.names >= {"of-before", "of-a-take-that-is-gone", "master"}
    assert "cuts" not in plan.names


def test_a_take_whose_files_an_unfinished_row_names_stays_and_is_told() -> None:
    loose = told(a_take("loose", ADA, "looks-a"), a_segment("loose-seg", "loose"))
    holdings = Holdings(told=TWO | loose, rows=ROWS)
    wanted = Wanted(jobs=frozenset("a"), digests=ADA, claimed=ADA)
    plan = erasure_plan(holdings, wanted)
    assert plan.left == {"loose"}
    assert plan.names == {"take-a", "seg-a"}, "the portrait is needed by the take that stays"
    mine = Wanted(jobs=frozenset("a"), digests=ADA, claimed=ADA, takes=frozenset({"loose"}))
    assert erasure_plan(holdings, mine).names == {
        "take-a", "looks-a", "seg-a", "loose", "loose-seg",
    }  # fmt: skip


NAMES = st.sampled_from([f"w{number}" for number in range(8)])
SETS = st.frozensets(NAMES, max_size=5)


def as_recorded(
    name: str, kind: Kind, take: str, digests: frozenset[str], uses: frozenset[str]
) -> WorkTold:
    """Takes alone have digests, and belong to themselves."""
    if kind == "take":
        return WorkTold(name=name, kind=kind, take=name, digests=digests, uses=uses)
    return WorkTold(name=name, kind=kind, take=take, uses=uses if kind == "reel" else frozenset())


WORKS = st.builds(
    as_recorded,
    name=NAMES,
    kind=st.sampled_from(("take", "looks", "cuts", "reel", "segment", "finished", "other")),
    take=NAMES | st.just(""),
    digests=st.sampled_from((frozenset(), ADA, EVE, ADA | EVE)),
    uses=SETS,
)


@given(
    works=st.lists(WORKS, unique_by=lambda work: work.name),
    rows=st.dictionaries(st.sampled_from("abc"), SETS),
    jobs=st.frozensets(st.sampled_from("abc")),
    claimed=st.sampled_from((frozenset(), ADA)),
)
def test_no_finished_row_that_stays_loses_anything_and_nothing_of_the_person_is_left(
    works: list[WorkTold],
    rows: dict[str, frozenset[str]],
    jobs: frozenset[str],
    claimed: frozenset[str],
) -> None:
    holdings = Holdings(told=told(*works), rows=rows)
    plan = erasure_plan(holdings, Wanted(jobs=jobs, digests=ADA, claimed=claimed))
    kept = frozenset().union(*(names for job, names in rows.items() if job not in jobs))
    assert not plan.names & kept
    assert plan.names <= holdings.told.keys()
    left = [w for w in works if w.kind == "take" and w.name not in plan.names | plan.left | kept]
    had = frozenset().union(*rows.values())
    assert not [work for work in left if work.digests & ADA and work.name not in had]
    again = Holdings(
        told={name: w for name, w in holdings.told.items() if name not in plan.names},
        rows={job: names for job, names in rows.items() if job not in jobs},
    )
    rest = erasure_plan(again, Wanted(jobs=jobs, digests=ADA, claimed=claimed))
    assert not {name for name in rest.names if again.told[name].digests & ADA}


def test_a_file_is_of_the_job_whose_id_begins_its_name_and_of_the_longest() -> None:
    known = ["a", "a.b", "b"]
    assert owner_of("a.mp4", known) == "a"
    assert owner_of("a.b.mp4", known) == "a.b"
    assert owner_of("a.b", known) == "a.b"
    assert owner_of("ab.mp4", known) == ""


def test_a_bed_and_a_lexicon_are_nobodys_face() -> None:
    assert personal(["portrait", "bed", "lexicon"], ["piper:joe"]) == {"portrait"}
    assert personal(["portrait", "recording", "bed"], []) == {"portrait", "recording"}
