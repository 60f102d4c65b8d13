"""What is said of a night before it begins, and how it is learned from nights that are over."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from jobs.cli import app
from jobs.config import RunConfig
from jobs.quote.advice import Cut, advice_for
from jobs.quote.best_cuts import middle_cut
from jobs.quote.cost_fit import CostSample, fitted
from jobs.quote.forecast import (
    HOUR_S,
    Forecast,
    WorkerCounts,
    finishes,
    forecast,
    night_of,
)
from jobs.quote.history import learned, quotes_uri
from jobs.quote.lengths import Length, declared_length, pace_of, script_length
from jobs.quote.quote import Asked, quote_of
from jobs.quote.render import in_words, place, span
from jobs.quote.workload import LoadBuilder, Workload, chain_segments, chains_of
from jobs.quote.workload_reader import survey
from manifests import Attempt, Job, Ledger, read_jobs
from manifests.costs import Cost, costs_uri, read_costs, write_costs
from manifests.errors import BadInput
from model.shapes import NEW_FRAMES
from pipeline.cutting.cuts import Pause, SplitParams
from pipeline.media.remote import stored_length_s
from pipeline.media.sound.wav import MixWriter
from pipeline.presets import ANIMATIC
from tests.night import SHORT, Media, a_manifest, run_here
from tests.noun_builders import a_job

NOW = datetime(2026, 1, 1, tzinfo=UTC)
COST = Cost(preset="animatic", device="d", segment_s=10.0, take_s=3.0, cold_s=40.0, segments=100)


def a_load(
    lengths_s: list[float], continuity: str = "auto", priorities: tuple[int, ...] = ()
) -> Workload:
    builder = LoadBuilder(split=SplitParams())
    for index, seconds in enumerate(lengths_s):
        priority = priorities[index % len(priorities)] if priorities else 0
        job = a_job(job_id=f"job-{index}", continuity=continuity, priority=priority)
        builder.add(job, ANIMATIC, Length(seconds))
    return builder.load()


def a_try(number: int, **fields: object) -> Attempt:
    given = {
        "task": f"task-{number}",
        "stage": "generate",
        "job_id": "j",
        "job": f"asked-{number}",
        "chunk": 0,
        "state": "done",
        "worker": f"w{number % 3}",
        "run_id": "r",
        "started": NOW + timedelta(seconds=number),
        "finished": NOW + timedelta(seconds=number + 1),
    } | fields
    return Attempt(**given)  # type: ignore[arg-type]  # the fields' names are the test's business


def seen_tries(tries: list[Attempt]) -> list[CostSample]:
    return [CostSample(attempt=attempt, preset="animatic", device="d") for attempt in tries]


lengths = st.lists(st.floats(0.2, 400), max_size=30)


@given(lengths, st.integers(1, 12), st.lists(st.integers(0, 2), max_size=3))
@settings(deadline=None, max_examples=30)
def test_more_workers_never_end_later(
    lengths_s: list[float], workers: int, priorities: list[int]
) -> None:
    night = night_of(a_load(lengths_s, priorities=tuple(priorities)), {"animatic": COST})
    few = finishes(night, WorkerCounts(workers=workers, cpus=8))
    more = finishes(night, WorkerCounts(workers=workers + 1, cpus=8))
    assert (more <= few + 1e-6).all()


@given(lengths)
@settings(deadline=None, max_examples=30)
def test_estimates_add_up(lengths_s: list[float]) -> None:
    """A night is all its takes, each quoted alone on one worker, with no start beyond the first."""

    def alone(lengths_s: list[float]) -> Forecast:
        load = a_load(lengths_s)
        return forecast(load, night_of(load, {"animatic": COST}), WorkerCounts(workers=1, cpus=8))

    whole, parts = alone(lengths_s), [alone([seconds]) for seconds in lengths_s]
    assert whole.segments == sum(part.segments for part in parts)
    assert whole.chunks == sum(part.chunks for part in parts)
    assert whole.takes == len(lengths_s)
    cold_s = COST.cold_s * max(0, len(parts) - 1)
    assert whole.gpu_h * HOUR_S == pytest.approx(sum(p.gpu_h for p in parts) * HOUR_S - cold_s)
    assert whole.earliest_s <= whole.finish_s <= whole.latest_s


@given(st.floats(0.04, 5000), st.integers(1, 40))
def test_chunks_tile_a_take(seconds: float, chains: int) -> None:
    segments = chain_segments(seconds, chains)
    assert len(segments) == chains
    assert sum(segments) * NEW_FRAMES >= seconds * 25 - 1e-6
    assert sum(segments) <= np.ceil(seconds * 25) / NEW_FRAMES + 2 * chains


def test_a_chain_that_was_asked_for_stays_one() -> None:
    split = SplitParams()
    assert chains_of(500.0, "chain", 28.0, split) == 1
    assert chains_of(27.0, "auto", 28.0, split) == 1
    assert chains_of(27.0, "cut", 28.0, split) > 0
    assert 500 / chains_of(500.0, "auto", 28.0, split) <= split.longest_s


def test_an_empty_manifest_costs_nothing() -> None:
    quote = quote_of(a_load([]), (), Asked(counts=WorkerCounts(workers=2, cpus=2), device="d"))
    assert quote.forecast.gpu_h == quote.forecast.finish_s == quote.forecast.latest_s == 0
    assert quote.advice.chains == ()
    assert "Nothing is left to be rendered." in list(in_words(quote, NOW))


def test_the_longest_chain_bounds_a_night_and_its_cut_ends_it_earlier() -> None:
    load = a_load([600.0, 20.0, 20.0], continuity="chain")
    counts = WorkerCounts(workers=2, cpus=16)
    night = night_of(load, {"animatic": COST})
    advice = advice_for(load, night, counts, {"job-0": Cut(at_s=300.0, share=0.5)})
    longest = advice.chains[0]
    assert longest.job_id == "job-0"
    assert longest.critical
    assert longest.cut_s == 300.0
    assert longest.earlier_s == pytest.approx(longest.seconds / 2, rel=0.1)
    assert [chain.critical for chain in advice.chains[1:]] == [False, False]
    assert advice.one_more_s == 0


def test_where_work_bounds_a_night_workers_help() -> None:
    load = a_load([20.0] * 64)
    advice = advice_for(
        load, night_of(load, {"animatic": COST}), WorkerCounts(workers=2, cpus=99), {}
    )
    assert not any(chain.critical for chain in advice.chains)
    assert 0 < advice.one_more_s < advice.twice_s


def test_costs_are_learned_from_attempts() -> None:
    tries = [
        a_try(n, segments_made=1 + n % 7, gpu_s=10.0 * (1 + n % 7) + 3.0 + 40.0 * (n < 3))
        for n in range(40)
    ]
    (cost,) = fitted(seen_tries(tries))
    assert (cost.segment_s, cost.take_s, cost.cold_s) == pytest.approx((10.0, 3.0, 40.0))
    assert (cost.waste, cost.runs) == (0.0, 1)
    assert cost.segment_spread == pytest.approx(0.0, abs=1e-6)


def test_nothing_rendered_teaches_nothing() -> None:
    assert fitted(seen_tries([a_try(1, stage="prepare", seconds=2.0)])) == ()


def test_what_nobody_measured_is_said() -> None:
    load = a_load([20.0])
    asked = Asked(counts=WorkerCounts(workers=1, cpus=8), device="d")
    assert any("UNMEASURED" in line for line in in_words(quote_of(load, (), asked), NOW))
    assert not quote_of(load, (COST,), asked).assumed
    assert not any("9 of 10" in line for line in in_words(quote_of(load, (), asked), NOW))
    assert any("9 of 10" in line for line in in_words(quote_of(load, (COST,), asked), NOW))
    other = quote_of(load, (replace(COST, device="another"),), asked)
    assert "UNMEASURED" in other.assumed[0]


def test_a_price_is_for_the_hours() -> None:
    asked = Asked(counts=WorkerCounts(workers=2, cpus=8), device="d", usd_per_gpu_hour=3.0)
    quote = quote_of(a_load([20.0] * 9), (COST,), asked)
    assert quote.price_usd == pytest.approx(3 * quote.forecast.gpu_h)
    assert quote.held_usd == pytest.approx(6 * quote.forecast.finish_s / HOUR_S)


def test_a_script_is_as_long_as_its_characters() -> None:
    job = a_job(script="x" * 1500)
    assert script_length(job).seconds == pytest.approx(1500 / pace_of("en"))
    assert pace_of("zh-Hans") < pace_of("de") == pace_of("fr-CA")


def test_a_declared_length_needs_no_probe(tmp_path: Path) -> None:
    there_is_none = str(tmp_path / "none.wav")
    fields = {"script": None, "audio_uri": there_is_none}
    declared = a_job(**fields, metadata={"audio_duration_s": "94"})
    assert declared_length(declared) == Length(94.0)
    assert declared_length(a_job(**fields, metadata={"audio_duration_s": "long"})) is None
    load = survey([a_manifest(tmp_path, [declared])], RunConfig())
    assert load.seconds == 94.0


def test_a_recording_is_measured_by_its_header(tmp_path: Path) -> None:
    wav = tmp_path / "narration.wav"
    with MixWriter(wav, channels=1) as writer:
        writer.append(np.zeros((3 * 48_000, 1), np.int32))
    assert stored_length_s(str(wav)) == pytest.approx(3.0)
    text = tmp_path / "text.wav"
    text.write_text("no sound")
    with pytest.raises(BadInput):
        stored_length_s(str(text))


def test_a_recording_that_cannot_be_read_is_counted_and_not_rendered(tmp_path: Path) -> None:
    job = a_job(script=None, audio_uri=str(tmp_path / "none.wav"))
    load = survey([a_manifest(tmp_path, [job])], RunConfig())
    assert (load.rows, load.invalid, len(load.segments)) == (1, 1, 0)


def test_the_cut_lies_in_the_pause_nearest_to_the_middle() -> None:
    pauses = [Pause(first=at, last=at, length_s=0.4) for at in (10, 130, 240)]
    assert middle_cut(pauses, 250) == Cut(at_s=130 / 25, share=130 / 250)
    assert middle_cut([], 250) is None


def test_times_are_told_as_people_say_them() -> None:
    assert place(192.4) == "03:12.4"
    assert [span(seconds) for seconds in (42, 90, 7560)] == ["42 s", "1.5 min", "2.1 h"]


def test_costs_are_kept_and_a_damaged_file_is_named(tmp_path: Path) -> None:
    out = str(tmp_path)
    assert read_costs(out) == ()
    write_costs([COST], out)
    assert read_costs(out) == (COST,)
    Path(costs_uri(out)).write_text('{"format": 1, "costs": [{}]}')
    with pytest.raises(BadInput, match="delete it"):
        read_costs(out)


@pytest.fixture(scope="module")
def a_night(media: Media, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("quoted")
    job = Job(job_id="one", portrait_uri=str(media.portrait), script=SHORT)
    manifest = a_manifest(folder, [job])
    run_here(manifest, folder / "out", folder / "scratch")
    return manifest, folder / "out"


def test_a_run_keeps_its_quote_beside_what_it_used(a_night: tuple[str, Path]) -> None:
    _, out = a_night
    (run,) = json.loads(Path(quotes_uri(str(out))).read_text())["runs"]
    made = sum(attempt.segments_made for attempt in Ledger(str(out)).read())
    assert run["used"]["segments"] == made > 0
    assert run["used"]["whole"]
    assert not run["foretold"]["measured"]
    assert run["off"]["segments"] == run["foretold"]["segments"] / made - 1
    (cost,) = read_costs(str(out))
    assert (cost.preset, cost.device, cost.segments) == ("animatic", run["device"], made)
    assert learned([str(out)]) == (cost,)


def test_a_redo_quotes_only_what_is_left(a_night: tuple[str, Path], tmp_path: Path) -> None:
    manifest, out = a_night
    done = survey([manifest], RunConfig(), str(out))
    assert (done.finished, len(done.segments)) == (1, 0)
    assert len(survey([manifest], RunConfig()).segments) == 1
    (old,) = read_jobs(manifest)
    more = [old, replace(old, job_id="two", script=f"{SHORT} And more.")]
    redo = survey([a_manifest(tmp_path, more)], RunConfig(), str(out))
    assert (redo.finished, list(redo.names), redo.changed) == (1, ["two"], 0)
    edited = a_manifest(tmp_path, [replace(old, script=f"{SHORT} And more.")])
    load = survey([edited], RunConfig(), str(out))
    assert (load.finished, load.changed) == (0, 1)
    asked = Asked(counts=WorkerCounts(workers=1, cpus=8), device="")
    told = list(in_words(quote_of(load, (), asked), NOW))
    assert any("at most" in line for line in told)


def test_the_command_tells_people_and_programs(a_night: tuple[str, Path]) -> None:
    manifest, out = a_night
    call = ["quote", manifest, "--history", str(out), "--workers", "2"]
    told = CliRunner().invoke(app, call)
    assert told.exit_code == 0, told.output
    assert "1 takes, 1 chunks" in told.output
    assert "UNMEASURED" not in told.output
    found = json.loads(CliRunner().invoke(app, [*call, "--json"]).output)
    assert found["forecast"]["takes"] == 1
    assert found["costs"][0] == asdict(learned([str(out)])[0])
    left = CliRunner().invoke(app, ["quote", manifest, "--out", str(out)])
    assert "Nothing is left to be rendered." in left.output
