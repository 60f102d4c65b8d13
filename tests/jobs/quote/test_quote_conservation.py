"""A history that is quoted again takes the seconds that it took: none lost, none counted twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.quote import finish_history
from jobs.quote.cost_fit import CostSample, fitted
from jobs.quote.finish_history import finish_costs_of, together
from jobs.quote.forecast import HOUR_S, WorkerCounts, forecast, night_of
from jobs.quote.history import history_under
from jobs.quote.lengths import Length
from jobs.quote.workload import LoadBuilder, Workload
from manifests import Attempt, Ledger
from manifests.costs import FinishCost, write_costs
from manifests.storage import overwrite
from pipeline.nouns import FinishedSegment, FinishSpent
from pipeline.presets import ANIMATIC, Preset
from pipeline.workspace.workspace import Workspace
from tests.jobs.commands.test_quote import a_try
from tests.jobs.quote.quote_builders import SEGMENT_S, SPLIT
from tests.noun_builders import a_job

PRESETS = (ANIMATIC, replace(ANIMATIC, name="other"))
SEEN = FinishSpent(network="x4plus", digest="ab" * 32, seconds=10.0, megapixels=2.0)

takes = st.lists(
    st.tuples(st.sampled_from(PRESETS), st.integers(1, 40), st.floats(0.5, 30), st.floats(0, 300)),
    min_size=1,
    max_size=12,
)
"""Of each: its preset, segments, seconds of desks and of enlarging its frames."""


def a_load(rows: list[tuple[Preset, int]]) -> Workload:
    builder = LoadBuilder(split=SPLIT)
    for number, (preset, segments) in enumerate(rows):
        job = a_job(job_id=f"job-{number}", continuity="chain")
        builder.add(job, preset, Length(segments * SEGMENT_S))
    return builder.load()


@given(takes, st.booleans())
@settings(deadline=None)
def test_desks_and_enlarging_come_to_what_the_tasks_of_the_history_took(
    rows: list[tuple[Preset, int, float, float]],
    resumed: bool,
) -> None:
    """Whatever of its frames was enlarged, and whether a second run went on with the takes."""
    seen = []
    for number, (preset, segments, desks_s, enlarged_s) in enumerate(rows):
        job, first = f"{number}", segments // 2 if resumed else segments
        later = {"run_id": "second"} if resumed else {}
        tries = [
            a_try(1, job=job, stage="prepare", seconds=desks_s / 4),
            a_try(2, job=job, segments_made=first, gpu_s=first, state="done"),
            a_try(4, job=job, stage="master", seconds=desks_s / 2, state="failed", **later),
            a_try(5, job=job, stage="master", seconds=desks_s / 4 + enlarged_s, **later),
        ]
        if resumed:
            left = segments - first
            tries.append(
                a_try(3, job=job, segments_made=left, segments_reused=first, gpu_s=left, **later)
            )
        seen += [CostSample(attempt=each, preset=preset.name, device="d") for each in tries]
    enlarged_s = sum(row[3] for row in rows)
    spent_s = sum(row[2] + row[3] for row in rows)
    costs = {cost.preset: cost for cost in fitted(seen, enlarged_s)}
    night = night_of(a_load([row[:2] for row in rows]), costs)
    assert night.desk_s + enlarged_s == pytest.approx(spent_s)
    assert all(cost.desk_take_s >= 0 and cost.desk_segment_s >= 0 for cost in costs.values())


@given(
    st.lists(st.tuples(st.integers(1, 30), st.floats(0.8, 1.25)), min_size=2, max_size=20),
    st.floats(0, 500),
    st.lists(st.integers(0, 9), max_size=4),
)
@settings(deadline=None)
def test_generators_are_quoted_what_they_worked_failed_tries_and_starts_included(
    chains: list[tuple[int, float]], cold_s: float, failed: list[int]
) -> None:
    """To a hundredth, what scatters by a fourth: parts are not negative, so a fit may miss some."""
    tries: list[Attempt] = [
        a_try(n, segments_made=made, gpu_s=(10 * made + 3) * slow + cold_s * (not n), worker="w")
        for n, (made, slow) in enumerate(chains)
    ]
    tries += [
        a_try(50 + n, job=f"asked-{n}", segments_made=0, gpu_s=10.0 * lost, state="failed")
        for n, lost in enumerate(failed)
    ]
    seen = [CostSample(attempt=each, preset="animatic", device="d") for each in tries]
    costs = {cost.preset: cost for cost in fitted(seen)}
    load = a_load([(ANIMATIC, made) for made, _ in chains])
    told = forecast(load, night_of(load, costs), WorkerCounts(workers=1, cpus=1))
    assert told.gpu_h * HOUR_S == pytest.approx(sum(each.gpu_s for each in tries), rel=0.01)


@pytest.fixture
def out(tmp_path: Path) -> str:
    """Three takes of 4 segments that took 30 s of desks each, and 10 s more for each segment."""
    folder = str(tmp_path / "out")
    run = '{"format": 1, "run_id": "r", "started": "", "manifests": ["%s"], "rows": 3}'
    manifest = tmp_path / "night.csv"
    manifest.write_text(
        "job_id,portrait_uri,script,preset\n"
        + "".join(f"j{n},/a.png,Hi.,animatic\n" for n in "abc")
    )
    overwrite(f"{folder}/_run/run.json", (run % manifest).encode())
    Ledger(folder).append(
        a_try(number, stage=stage, job=name, job_id=f"j{name}", **fields)
        for number, (stage, fields) in enumerate(
            (
                ("prepare", {"seconds": 10.0}),
                ("generate", {"segments_made": 4, "gpu_s": 40.0}),
                ("master", {"seconds": 60.0}),
            )
        )
        for name in "abc"
    )
    workspace = Workspace(out=folder, scratch=tmp_path / "scratch")
    for number in range(12):
        a_finished_segment(workspace, number)
    return folder


def a_finished_segment(workspace: Workspace, number: int) -> None:
    name = f"{number:040x}"
    with workspace.scratch_dir() as desk:
        (desk / "finished.mkv").write_bytes(name.encode())
        video = workspace.store(desk / "finished.mkv", name, "finished.mkv")
    made = FinishedSegment(fingerprint=name, video=video, frames=47, take="t", spent=SEEN)
    workspace.commit(name, made)


def desks_of_three(out: str) -> float:
    history = history_under(out, finish_costs_of(out))
    [cost] = fitted(history.seen, history.enlarged_s)
    return 3 * (cost.desk_take_s + 4 * cost.desk_segment_s)


def test_finished_segments_beyond_those_that_are_read_count_all_the_same(
    out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 12 segments 5 were taken off the desks: enlarging counted 1.6 times."""
    assert desks_of_three(out) == pytest.approx(90.0)
    monkeypatch.setattr(finish_history, "NEWEST", 5)
    [cost] = finish_costs_of(out)
    assert (cost.segments, cost.seconds, cost.pace) == (12, pytest.approx(120.0), 5.0)
    assert desks_of_three(out) == pytest.approx(90.0)


def test_what_was_finished_in_earlier_runs_counts_once_also_when_its_work_is_gone(
    out: str, tmp_path: Path
) -> None:
    first = finish_costs_of(out)
    write_costs([], out, first)
    assert finish_costs_of(out) == first, "nothing was finished since"
    workspace = Workspace(out=out, scratch=tmp_path / "scratch")
    for number in range(12):
        workspace.storage.delete(workspace.work(f"{number:040x}", "finishedsegment.json"))
    assert desks_of_three(out) == pytest.approx(90.0)
    a_finished_segment(workspace, 99)
    [cost] = finish_costs_of(out)
    assert (cost.segments, cost.seconds) == (13, 130.0)


def test_where_the_oldest_attempts_are_left_out_their_enlarging_is_too(
    out: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.quote.history.LEARNED", 3)
    history = history_under(out, finish_costs_of(out))
    assert len(history.seen) == 3
    assert history.enlarged_s == pytest.approx(120.0 / 3)


def test_what_a_killed_task_finished_is_not_taken_off_tasks_that_finish_nothing() -> None:
    """The master is in no ledger: it was killed. Both takes keep what they were made ready in."""
    tries = [
        *(a_try(1, job=name, stage="prepare", seconds=10.0) for name in "ab"),
        *(a_try(2, job=name, segments_made=5, gpu_s=50.0) for name in "ab"),
        a_try(3, job="a", stage="master", seconds=40.0),
    ]
    seen = [CostSample(attempt=each, preset="animatic", device="d") for each in tries]
    [cost] = fitted(seen, 1000.0)
    assert 2 * cost.desk_take_s + 10 * cost.desk_segment_s == pytest.approx(20.0)
    [cost] = fitted(seen[:-1], 1000.0)
    assert 2 * cost.desk_take_s + 10 * cost.desk_segment_s == pytest.approx(20.0)


def test_takes_whose_segments_were_found_count_with_all_of_them(out: str) -> None:
    """A second request of the same takes, which enlarges what the first one drew."""
    again = [
        a_try(n, job=f"again-{name}", job_id=f"j{name}", run_id="second", **fields)
        for n, fields in enumerate(
            (
                {"segments_reused": 4, "reused": True, "gpu_s": 0.1},
                {"stage": "master", "seconds": 70.0},
            )
        )
        for name in "abc"
    ]
    Ledger(out).append(again)
    costs = [FinishCost(network="n", digest="d", seconds=240.0, megapixels=1.0, segments=24)]
    history = history_under(out, costs)
    [cost] = fitted(history.seen, history.enlarged_s)
    desks_s = 6 * (cost.desk_take_s + 4 * cost.desk_segment_s)
    assert desks_s + 240.0 == pytest.approx(3 * 70.0 + 3 * 70.0)


def test_costs_of_networks_are_added_up_by_their_digests() -> None:
    one = FinishCost(network="n", digest="d", seconds=2, megapixels=1, segments=1, until_s=5)
    both = replace(one, seconds=5, megapixels=4, segments=3, until_s=9)
    two = replace(one, seconds=3, megapixels=3, segments=2, until_s=9)
    assert together([one, two, replace(one, digest="a")]) == (replace(one, digest="a"), both)
    assert together([]) == ()


def test_a_row_that_has_not_ended_teaches_its_own_preset(out: str, tmp_path: Path) -> None:
    """No result says it before the run has ended; as a killed night is left."""
    manifest = tmp_path / "night.csv"
    manifest.write_text(
        "job_id,portrait_uri,script,preset\nja,/a.png,Hi.,animatic\njb,/a.png,Hi.,tiny\n"
    )
    seen = history_under(out, ()).seen
    assert {each.attempt.job_id: each.preset for each in seen} == {"ja": "animatic", "jb": "tiny"}
    manifest.unlink()
    assert history_under(out, ()).seen == (), "nobody can tell what they were"
