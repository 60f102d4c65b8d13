"""A row by a renderer of another package, from the command line to the video, by workers of Ray."""

from __future__ import annotations

import os
import subprocess
import sysconfig
from pathlib import Path

import pytest

from manifests import Job
from tests.guests import a_package
from tests.night import UNJUDGED, Media, a_manifest, attempts, results
from tests.pipeline.conformance.planted import PLANTED

RUSHES = Path(sysconfig.get_path("scripts")) / "rushes"


def a_studio_package(folder: Path) -> Path:
    """One renderer that draws, and one whose package cannot be imported."""
    entries = {"blinking": "planted_guests:GUEST", "broken": "planted_nowhere:GUEST"}
    a_package(folder, "planted-guests", entries)
    (folder / "planted_guests.py").write_text(PLANTED.read_text())
    return folder


@pytest.mark.ray
def test_a_row_by_a_guest_becomes_a_video_and_a_broken_guest_costs_its_own_row(
    media: Media, tmp_path: Path
) -> None:
    given = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration)}
    jobs = [Job(job_id=name, preset=name, **given) for name in ("blinking", "broken")]
    config = tmp_path / "night.toml"
    config.write_text(
        f'scratch = "{tmp_path / "scratch"}"\ngates = ["{UNJUDGED}"]\nreport = false\n'
        '[hearing]\nengine = "none"\n'
    )
    out = tmp_path / "out"
    command = [RUSHES, "run", a_manifest(tmp_path, jobs), "--out", out, "--config", config]
    package = a_studio_package(tmp_path / "package")
    run = subprocess.run(  # noqa: S603 - our own program
        [str(word) for word in command],
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert run.returncode == 1, run.stderr
    ended = results(out)
    assert {name: row.status for name, row in ended.items()} == {
        "blinking": "done",
        "broken": "invalid",
    }
    assert (out / "videos/blinking.mp4").stat().st_size == ended["blinking"].bytes
    assert ended["blinking"].preset == "blinking"
    assert ended["broken"].error_code == "renderer_unusable"
    told = ended["broken"].error_message or ""
    assert "the renderer broken of planted-guests 1.0.0 cannot be imported" in told
    drawn = [attempt for attempt in attempts(out) if attempt.stage == "generate"]
    assert sum(attempt.segments_made for attempt in drawn) == ended["blinking"].segments
    assert all(":" in attempt.worker for attempt in drawn)
