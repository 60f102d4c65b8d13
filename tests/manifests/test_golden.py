"""Manifests that version 784a127 wrote (`write_jobs`) are read as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from manifests import Job, read_jobs

GOLDEN = Path(__file__).with_name("golden")

WRITTEN = [
    Job(
        job_id="reel-4",
        portrait_uri="s3://studio/ada.png",
        script="Good evening.\nÄ 7",
        language="pt-BR",
        voice="joe",
        lexicon_uri="/l.pls",
        speaker="Ada",
        title="Reel",
        prompt="a room",
        seed=7,
        preset="tiny",
        framing="exact",
        aspect="9:16",
        continuity="cut",
        target_duration_s=12.5,
        bed_uri="/m.wav",
        deliverables=("web", "srt"),
        priority=-1,
        due=datetime(2027, 1, 31, 6, tzinfo=UTC),
        consent_id="c",
        metadata={"reel": "4"},
    ),
    Job(job_id="b", portrait_uri="/b.png", audio_uri="/b.wav"),
]


@pytest.mark.parametrize("suffix", ["parquet", "csv", "jsonl"])
def test_a_manifest_of_the_version_before_reads_the_same(suffix: str) -> None:
    read = read_jobs(str(GOLDEN / f"jobs-1.{suffix}"))
    assert [replace(job, row=0, manifest="") for job in read] == WRITTEN
