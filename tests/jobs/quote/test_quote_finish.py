"""What enlarging frames takes: in quotes, in deadlines and in how long a task may go on."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jobs.cluster.cpu_task import limit_s
from jobs.config import RunConfig
from jobs.engine.attempts import RunCounters
from jobs.engine.deadlines import Deadlines
from jobs.engine.phases import Prepared
from jobs.engine.tasks import StageSettings
from jobs.engine.worker_health import HealthPolicy
from jobs.output.run_file import FORMAT, run_file
from jobs.quote.finish_history import paces_of
from jobs.quote.forecast import WorkerCounts
from jobs.quote.lengths import Length
from jobs.quote.made import NOTHING_MADE
from jobs.quote.quote import Asked, Quote, quote_of
from jobs.quote.record import record_used
from jobs.quote.render import as_json, in_words
from jobs.quote.workload import LoadBuilder
from jobs.quote.workload_reader import WorkloadReader
from manifests.costs import Cost, read_costs, read_finish_costs, write_costs
from manifests.storage import overwrite
from pipeline.cutting.cuts import SplitParams
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.finishing.finishers import CARRIED_FINISHERS, Finishing, finishing_of
from pipeline.delivery.finishing.pace import (
    UNKNOWN_AT_MOST,
    distinct_finishings,
    finish_pace,
    finishing_s,
    seen_megapixels,
)
from pipeline.delivery.settings import DeliverySettings
from pipeline.media.framing import Size
from pipeline.nouns import FinishedSegment, FinishSpent, Reel
from pipeline.presets import TINY
from pipeline.workspace.workspace import Workspace
from tests.jobs.quote.quote_builders import PLAIN
from tests.noun_builders import a_job, a_take, an_order

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = finishing_of(1080, "animevideov3", sharpen=0, grain=0)
SLOW = finishing_of(1080, "x4plus", sharpen=0, grain=0)
OWN = Finishing(lines=1080, network="own.onnx", digest="ab" * 32, path="/own.onnx")
DRAWN = Size(width=128, height=128)
PROFILES = """
[large]
container = "mp4"
video = "h264"
sound = "aac"
finish = "1080p"
finish_network = "x4plus"
grain = 2.0

[larger]
container = "mov"
video = "prores_422hq"
sound = "pcm24"
finish = "1080p"
finish_network = "x4plus"
"""


def a_quote(*asked: Finishing, paces: dict[str, float] | None = None) -> Quote:
    """Of a minute that `tiny` draws."""
    builder = LoadBuilder(split=SplitParams())
    builder.add(a_job(), TINY, Length(60.0), finishes=asked)
    counts = WorkerCounts(workers=1, cpus=1)
    cost = replace(PLAIN, preset="tiny")
    return quote_of(builder.load(), [cost], Asked(counts=counts, device="d", paces=paces or {}))


@pytest.fixture
def settings(tmp_path: Path) -> StageSettings:
    (tmp_path / "house.toml").write_text(PROFILES)
    config = RunConfig(profiles=(tmp_path / "house.toml",))
    return StageSettings(limits=config.limits, split=config.split, delivery=config.delivery)


def test_each_set_of_finished_frames_counts_once_and_what_is_not_enlarged_not_at_all() -> None:
    grained = replace(QUICK, grain=2.0)
    assert distinct_finishings([None, QUICK, grained, SLOW, SLOW]) == (QUICK, SLOW)
    assert seen_megapixels(QUICK, DRAWN, 100) == pytest.approx(1.6384)
    assert seen_megapixels(QUICK, Size(width=1920, height=1080), 100) == 0.0
    assert seen_megapixels(QUICK, Size(width=720, height=480), 1) == (720 + 80) * (480 + 40) / 1e6
    row = CARRIED_FINISHERS["x4plus"]
    assert finishing_s([SLOW, None, SLOW], DRAWN, 100) == pytest.approx(1.6384 * row.seconds)
    assert finishing_s([OWN], DRAWN, 100) == 0.0
    assert finishing_s([OWN], DRAWN, 100, {OWN.digest: 10.0}) == pytest.approx(16.384)


def test_a_pace_is_the_measured_one_else_the_tables_else_not_known() -> None:
    assert finish_pace(SLOW) == CARRIED_FINISHERS["x4plus"].seconds
    assert finish_pace(SLOW, {SLOW.digest: 50.0}) == 50.0
    assert finish_pace(OWN) is None
    assert finish_pace(replace(OWN, network="x4plus")) is None, (
        "a file of this name is another network"
    )


def test_a_quote_tells_the_hours_of_finishing_and_what_nobody_measured() -> None:
    plain, quick, both = a_quote(), a_quote(QUICK), a_quote(SLOW, OWN)
    assert plain.finishing == ()
    [told] = quick.finishing
    assert told.hours == pytest.approx(1500 * 128 * 128 / 1e6 * 5.4 / 3600)
    assert "finishing to 1080 lines by animevideov3: 0.03686 hours of one core (assumed)" in [
        *in_words(quick, NOW)
    ]
    assert quick.forecast.finish_s > plain.forecast.finish_s + 100
    assert quick.forecast.gpu_h == plain.forecast.gpu_h, "it is no work of generators"
    assert any("5.4 s of one core for a million pixels" in each for each in quick.assumed)
    told_as_json = json.loads(as_json(both, NOW))
    assert [each["hours"] is None for each in told_as_json["finishing"]] == [True, False]
    assert told_as_json["finish"].startswith("2026-01-01T"), "the end, as before"
    lines = [*in_words(both, NOW)]
    assert "finishing to 1080 lines by own.onnx: hours not known" in lines
    assert any("own.onnx takes is not known until a run of it" in each for each in both.assumed)


def test_what_runs_measured_is_no_assumption() -> None:
    found = a_quote(OWN, paces={OWN.digest: 36.0})
    [told] = found.finishing
    assert told.measured
    assert told.hours == pytest.approx(1500 * 128 * 128 / 1e8)
    assert not [each for each in found.assumed if "finish" in each]
    assert "finishing to 1080 lines by own.onnx: 0.2458 hours of one core (measured)" in [
        *in_words(found, NOW)
    ]


def test_rows_are_read_with_what_their_profiles_enlarge(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text(PROFILES)
    config = RunConfig(profiles=(tmp_path / "house.toml",))
    reader = WorkloadReader(config=config, presets=config.presets)
    builder = LoadBuilder(split=SplitParams())
    row = {"audio_uri": None, "script": "Good morning, and good night."}
    jobs = [
        a_job(job_id="plain", preset="tiny", **row),
        a_job(job_id="both", preset="tiny", deliverables=("large", "larger"), **row),
        a_job(job_id="as-large-as-its-portrait", deliverables=("large",), **row),
    ]
    reader.add(builder, jobs, [NOTHING_MADE] * 3)
    load = reader.load(builder)
    [(asked, megapixels)] = load.finish.items()
    frames = next(iter(reader.lengths_of(jobs[:1]))).seconds * 25  # type: ignore[union-attr]
    assert asked == SLOW
    assert megapixels[0] == 0
    assert megapixels.sum() == pytest.approx(frames * (128**2 + 572**2) / 1e6, rel=0.05)
    assert load.unsized == 1
    counts = WorkerCounts(workers=1, cpus=1)
    assumed = quote_of(load, [], Asked(counts=counts, device="d")).assumed
    assert any("1 rows are drawn as large as their portraits" in each for each in assumed)


def a_record(workspace: Workspace, name: str, seconds: float) -> None:
    spent = FinishSpent(network="own.onnx", digest=OWN.digest, seconds=seconds, megapixels=2.0)
    with workspace.scratch_dir() as desk:
        (desk / "finished.mkv").write_bytes(name.encode())
        video = workspace.store(desk / "finished.mkv", name, "finished.mkv")
    made = FinishedSegment(fingerprint=name, video=video, frames=47, take="t", spent=spent)
    workspace.commit(name, made)


def test_a_run_learns_what_finishing_took_and_keeps_it_when_the_work_goes(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    told = {"format": FORMAT, "run_id": "run", "started": "", "manifests": [], "rows": 0}
    overwrite(run_file(out), json.dumps(told).encode())
    workspace = Workspace(out=out, scratch=tmp_path / "scratch")
    for number, seconds in enumerate((10.0, 30.0)):
        a_record(workspace, f"{number}" * 40, seconds)
    record_used(out, "run", 1.0, whole=True, finishes=True)
    [cost] = read_finish_costs(out)
    assert (cost.segments, cost.pace) == (2, 10.0)
    assert paces_of([out, str(tmp_path / "nowhere")]) == {OWN.digest: 10.0}
    for number in range(2):
        workspace.storage.delete(workspace.work(f"{number}" * 40, "finishedsegment.json"))
    record_used(out, "again", 1.0, whole=True, finishes=True)
    assert read_finish_costs(out) == (cost,)


def test_costs_of_before_are_read_and_have_no_finishes(tmp_path: Path) -> None:
    cost = Cost(preset="tiny", device="d", segment_s=1.0, take_s=0.0, cold_s=0.0, segments=1)
    write_costs([cost], str(tmp_path))
    assert (read_costs(str(tmp_path)), read_finish_costs(str(tmp_path))) == ((cost,), ())
    assert "finishes" not in (tmp_path / "_run/costs.json").read_text()


def test_a_take_is_cut_so_that_its_finished_file_is_on_time(settings: StageSettings) -> None:
    quick = Cost(preset="animatic", device="", segment_s=1.0, take_s=0.0, cold_s=0.0)
    drawn = replace(a_take(47 * 50), width=128, height=128)
    for deliverables, cut in (((), False), (("large",), True)):
        order = an_order("a", due=NOW + timedelta(seconds=300), deliverables=deliverables)
        phase = Prepared(order=order, take=drawn)
        known = Deadlines(RunCounters(), lambda _: quick, settings.finish_s)
        assert bool(known.longest(phase, [], 8, NOW)) == cut


def test_a_task_that_finishes_may_take_as_long_as_its_network(settings: StageSettings) -> None:
    """Else x4plus at 480 x 720 would be ended after ten minutes, and again."""
    drawn = replace(a_take(1500), width=720, height=480)
    health, reel = HealthPolicy(), Reel(take=drawn, pieces=(), joins=())
    plain = MasterRequest(
        reel=reel, profile="web", aspect="source", language="en", delivery=settings.delivery
    )
    large = replace(plain, further=("large",))
    assert limit_s(plain, health) == 600 + 5 * 60
    assert limit_s(large, health) > 2 * 1500 * 0.3456 * CARRIED_FINISHERS["x4plus"].seconds
    table = tuple(
        replace(profile, finish=OWN) if profile.name == "large" else profile
        for profile in settings.delivery.profiles
    )
    own = replace(large, delivery=DeliverySettings(profiles=table))
    assert limit_s(own, health) > 1500 * 0.3456 * UNKNOWN_AT_MOST
