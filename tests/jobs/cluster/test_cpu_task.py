"""How long a task on a CPU may take: the base, and a multiple of the sound in it."""

from __future__ import annotations

from dataclasses import replace
from math import inf, nan
from pathlib import Path

import pytest

from jobs.cluster.cpu_task import limit_s, seconds_of
from jobs.engine.worker_health import HealthPolicy
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from manifests.job import Job
from pipeline.delivery.encode import MasterRequest
from pipeline.nouns import Reel, TakeClips
from tests.noun_builders import a_take

CARE = HealthPolicy(cpu_hang_s=100.0, cpu_hang_times=2.0)


def test_a_script_is_given_a_tenth_of_a_second_for_a_letter_and_two_hours_at_most() -> None:
    job = Job(job_id="a", portrait_uri="portrait.png", script="x" * 300)
    assert seconds_of(job) == 30.0
    assert limit_s(job, CARE) == 160.0
    endless = Job(job_id="a", portrait_uri="portrait.png", script="x" * 100_000)
    assert seconds_of(endless) == 7200.0


def test_a_recording_and_a_video_are_as_long_as_their_size_allows_and_a_picture_is_nothing(
    tmp_path: Path,
) -> None:
    for name, size in (("a.wav", 40_000), ("bed.wav", 8_000), ("p.png", 10**6), ("p.mp4", 4_000)):
        (tmp_path / name).write_bytes(bytes(size))

    def row(portrait: str) -> Job:
        return Job(
            job_id="a",
            portrait_uri=str(tmp_path / portrait),
            audio_uri=str(tmp_path / "a.wav"),
            bed_uri=str(tmp_path / "bed.wav"),
            lexicon_uri=str(tmp_path / "p.png"),
        )

    assert seconds_of(row("p.png")) == 12.0
    assert seconds_of(row("p.mp4")) == 13.0
    gone = Job(job_id="a", portrait_uri="portrait.png", audio_uri=str(tmp_path / "none.wav"))
    assert limit_s(gone, CARE) == 100.0


def test_what_is_made_of_a_take_is_given_its_length() -> None:
    take = a_take(frames=250)
    assert seconds_of(TakeClips(take=take, clips=())) == 10.0


def test_each_file_of_a_take_is_given_its_length() -> None:
    reel = Reel(take=a_take(frames=250), pieces=(), joins=())
    request = MasterRequest(reel=reel, profile="web", aspect="source", language="en")
    assert seconds_of(request) == 10.0
    assert seconds_of(replace(request, further=("vertical", "audio"))) == 30.0


@pytest.mark.parametrize("value", [0.0, -1.0, inf, nan])
def test_a_limit_that_is_none_is_refused(value: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cpu_memory_gb"):
        HealthPolicy(cpu_memory_gb=value)
    settings = tmp_path / "c.toml"
    settings.write_text(f"[pool]\ncpu_hang_s = {value}\n")
    with pytest.raises(ManifestUnusable, match="cpu_hang_s"):
        load_config(settings)
