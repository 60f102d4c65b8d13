"""Whole runs on the executor of this process, with real media and every real stage."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import av
import numpy as np
import pytest

from jobs.config import RunConfig
from jobs.engine.executor import InProcess, Report
from jobs.engine.phases import Failure
from jobs.engine.worker import Outcome
from jobs.report.collect import collect
from jobs.reporting.status import run_status
from jobs.run import run
from manifests import Attempt, Job
from manifests.errors import ManifestUnusable
from pipeline.media.probe import probe_video
from pipeline.workspace.workspace import Workspace
from tests.night import (
    CUT_OFTEN,
    Media,
    a_manifest,
    attempts,
    frames_digest,
    results,
    run_here,
)
from tests.said_once import said_once
from tests.sketched import DrawsNothing


class Killed(BaseException):
    """Stands for kill -9: nothing catches it, nothing is cleaned up."""


class DiesAfter(InProcess):
    """An executor whose driver is killed when it asks for the n-th segment's report."""

    segments = 2

    def reports(self, timeout_s: float) -> Sequence[Report]:
        found = super().reports(timeout_s)
        self.segments -= sum(report.task.generates for report in found)
        if self.segments < 0:
            raise Killed
        return found


class Flaky(DrawsNothing):
    """Loses the first attempt of every task."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace)
        self.lost: set[str] = set()

    def reports(self, timeout_s: float) -> Sequence[Report]:
        if self._begun and self._begun[0].fingerprint not in self.lost:
            task = self._begun.pop(0)
            self.lost.add(task.fingerprint)
            failure = Failure(kind="Preempted", code="preempted", message="the machine went away")
            outcome = Outcome(result=None, failure=failure, seconds=0.0, worker="w", host="h")
            return [Report(task=task, outcome=outcome)]
        return super().reports(timeout_s)


def test_a_script_becomes_a_checked_video(undisturbed: Path) -> None:
    result = results(undisturbed)["long"]
    facts = probe_video(undisturbed / "videos" / "long.mp4")
    assert result.status == "done"
    assert result.chunks > 1
    assert facts.frames == result.frames
    assert (facts.video_codec, facts.audio_codec) == ("h264", "aac")
    assert (facts.color_primaries, facts.color_trc, facts.colorspace) == (1, 1, 1)
    assert facts.faststart
    assert abs(facts.audio_duration_s - facts.frames / 25) < 0.001
    assert result.sha256 is not None
    assert (undisturbed / "videos" / "long.json").exists()


def test_a_killed_driver_is_resumed_to_the_same_frames(
    undisturbed: Path, long_manifest: str, tmp_path: Path, scratch: Path
) -> None:
    config = RunConfig(scratch=scratch, split=CUT_OFTEN)
    with pytest.raises(Killed), said_once(scratch):
        run([long_manifest], str(tmp_path / "out"), config, executor=DiesAfter)
    summary = run_here(long_manifest, tmp_path / "out", scratch, split=CUT_OFTEN)
    assert summary.complete
    made = frames_digest(tmp_path / "out/videos/long.mp4")
    assert made == frames_digest(undisturbed / "videos/long.mp4")
    generated = [a for a in attempts(tmp_path / "out") if a.stage == "generate"]
    segments = results(tmp_path / "out")["long"].segments
    assert sum(a.segments_reused for a in generated) >= 2
    assert sum(a.segments_made for a in generated) <= segments  # none was rendered twice


@pytest.fixture(scope="module")
def sketched_out(long_manifest: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An undisturbed run where nothing is drawn."""
    folder = tmp_path_factory.mktemp("sketched")
    run_here(long_manifest, folder / "out", folder / "scratch", DrawsNothing, split=CUT_OFTEN)
    return folder / "out"


@pytest.fixture(scope="module")
def sketched(sketched_out: Path) -> str | None:
    """The digest of what it delivers."""
    return results(sketched_out)["long"].sha256


def test_lost_workers_cost_nothing_but_time(
    sketched: str, long_manifest: str, tmp_path: Path, scratch: Path
) -> None:
    summary = run_here(long_manifest, tmp_path / "out", scratch, Flaky, split=CUT_OFTEN)
    assert summary.complete
    assert results(tmp_path / "out")["long"].sha256 == sketched
    failed = [a for a in attempts(tmp_path / "out") if a.state == "failed"]
    assert {a.error for a in failed} == {"Preempted"}


def test_a_finished_manifest_does_nothing(
    sketched_out: Path, long_manifest: str, scratch: Path
) -> None:
    before = (sketched_out / "results.parquet").stat().st_mtime_ns
    summary = run_here(long_manifest, sketched_out, scratch, split=CUT_OFTEN)
    assert (summary.done, summary.kept) == (0, 1)
    assert (sketched_out / "results.parquet").stat().st_mtime_ns == before


def test_a_changed_last_sentence_renders_only_the_tail(
    media: Media, tmp_path: Path, scratch: Path
) -> None:
    opening = "This sentence stays as it is, and it is not a short one. "
    for script in (opening + "The end.", opening + "Another end."):
        job = Job(job_id="a", portrait_uri=str(media.portrait), script=script)
        run_here(a_manifest(tmp_path, [job]), tmp_path / "out", scratch)
    last = max((a for a in attempts(tmp_path / "out") if a.stage == "generate"), key=finished)
    assert (last.segments_reused, last.segments_made) == (1, 2)


def finished(attempt: Attempt) -> datetime:
    return attempt.finished


def test_an_interrupted_run_ends_between_segments_and_can_go_on(
    sketched: str, long_manifest: str, tmp_path: Path, scratch: Path
) -> None:
    asked = iter([False] * 6)
    config = RunConfig(scratch=scratch, split=CUT_OFTEN)
    with said_once(scratch):
        summary = run(
            [long_manifest],
            str(tmp_path / "out"),
            config,
            executor=DrawsNothing,
            stopping=lambda: next(asked, True),
        )
    assert summary.left == 1
    again = run_here(long_manifest, tmp_path / "out", scratch, DrawsNothing, split=CUT_OFTEN)
    assert again.complete
    assert results(tmp_path / "out")["long"].sha256 == sketched


def test_the_delivered_sound_lines_up_with_the_input(
    media: Media, tmp_path: Path, scratch: Path
) -> None:
    job = Job(job_id="a", portrait_uri=str(media.portrait), audio_uri=str(media.narration))
    run_here(a_manifest(tmp_path, [job]), tmp_path / "out", scratch)
    delivered = sound(tmp_path / "out/videos/a.mp4")
    asked = sound(media.narration)
    length = min(len(delivered), len(asked))
    spectrum = np.fft.rfft(delivered[:length]) * np.conj(np.fft.rfft(asked[:length]))
    shift = int(np.argmax(np.fft.irfft(spectrum)))
    assert min(shift, length - shift) < 48_000 / 25 / 10


def sound(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("fltp", "mono", 48_000)
        blocks = [
            out.to_ndarray()[0]
            for frame in container.decode(audio=0)
            for out in resampler.resample(frame)
        ]
    return np.concatenate(blocks)


def test_an_unwritable_output_stops_before_anything_starts(
    long_manifest: str, tmp_path: Path, scratch: Path
) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ManifestUnusable, match="cannot be written"):
        run_here(long_manifest, tmp_path / "file" / "out", scratch)


def two_rows(media: Media, folder: Path, **second: object) -> str:
    same = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration)}
    rows = [Job(job_id="a", **same), Job(job_id="b", **{**same, **second})]  # type: ignore[arg-type]
    return a_manifest(folder, rows)


def test_results_follow_a_manifest_that_changes(
    media: Media, tmp_path: Path, scratch: Path
) -> None:
    out = tmp_path / "out"
    manifest = two_rows(media, tmp_path)
    assert run_here(manifest, out, scratch, DrawsNothing).done == 2
    assert {a.reused for a in attempts(out) if a.stage == "prepare"} == {False, True}

    spoiled = two_rows(media, tmp_path, audio_uri=None)
    assert run_here(spoiled, out, scratch, DrawsNothing).invalid == 1
    assert results(out)["b"].error_code == "one_speech_source"

    other = tmp_path / "other"
    other.mkdir()
    missing = {"audio_uri": str(tmp_path / "no.wav")}
    assert run_here(two_rows(media, tmp_path, **missing), out, scratch, DrawsNothing).invalid == 1
    assert "of an earlier request" not in str(results(out)["b"].error_message)
    run_here(
        a_manifest(other, [Job(job_id="c", portrait_uri="x.png", script="x")]),
        out,
        scratch,
        DrawsNothing,
    )
    assert {name: r.status for name, r in results(out).items()} == {
        "a": "done",
        "b": "invalid",
        "c": "invalid",
    }
    standing = run_status(str(out))
    assert (standing.rows, standing.rows_of_others) == (1, 2)
    assert collect(str(out)).rows == 3


def test_a_published_file_that_was_lost_is_published_again(
    media: Media, tmp_path: Path, scratch: Path
) -> None:
    manifest = two_rows(media, tmp_path)
    run_here(manifest, tmp_path / "out", scratch, DrawsNothing)
    (tmp_path / "out/videos/b.json").unlink()
    summary = run_here(manifest, tmp_path / "out", scratch, DrawsNothing)
    assert (summary.done, summary.kept) == (1, 1)
    assert (tmp_path / "out/videos/b.json").exists()


def test_rows_with_the_same_bytes_under_other_names_keep_their_own_names(
    media: Media, tmp_path: Path, scratch: Path
) -> None:
    copy = tmp_path / "copy of it.png"
    copy.write_bytes(media.portrait.read_bytes())
    manifest = two_rows(media, tmp_path, portrait_uri=str(copy), prompt="A forest")
    run_here(manifest, tmp_path / "out", scratch, DrawsNothing)
    told = json.loads((tmp_path / "out/videos/b.json").read_text())
    assert told["inputs"][0]["uri"] == str(copy)
    assert any(w.startswith("prompt_unused") for w in results(tmp_path / "out")["b"].warnings)
    (unsigned,) = results(tmp_path / "out")["a"].warnings
    assert unsigned.startswith("unsigned: ")


def test_urgent_rows_are_worked_on_first(tmp_path: Path, scratch: Path) -> None:
    rows = [
        Job(job_id=f"{n:02}", portrait_uri=f"no-{n}.png", script="x", priority=int(n == 29))
        for n in range(30)
    ]
    run_here(a_manifest(tmp_path, rows), tmp_path / "out", scratch)
    began = {a.job_id: a.started for a in attempts(tmp_path / "out")}
    assert min(began, key=lambda name: began[name]) == "29"


def test_an_empty_manifest_is_told_and_has_results(tmp_path: Path, scratch: Path) -> None:
    summary = run_here(a_manifest(tmp_path, []), tmp_path / "out", scratch)
    assert summary.complete
    assert results(tmp_path / "out") == {}
