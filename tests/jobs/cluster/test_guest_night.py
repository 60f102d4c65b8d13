"""Rows by renderers of other packages, from the command line to the video, by workers of Ray."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sysconfig
from pathlib import Path

import pytest

from manifests import Job
from tests.guests import a_package
from tests.night import UNJUDGED, Media, a_manifest, attempts, results
from tests.pipeline.conformance.planted import PLANTED
from tests.ray_heads import a_head

RUSHES = Path(sysconfig.get_path("scripts")) / "rushes"


def a_studio_package(folder: Path, version: str = "1.0.0") -> Path:
    """One renderer that draws, and one whose package cannot be imported."""
    entries = {"blinking": "planted_guests:GUEST", "broken": "planted_nowhere:GUEST"}
    a_package(folder, "planted-guests", entries, version)
    (folder / "planted_guests.py").write_text(
        PLANTED.read_text().replace("planted/1", f"planted/{version[0]}")
    )
    return folder


def a_night(
    media: Media, folder: Path, presets: list[str], package: Path, *words: str
) -> subprocess.CompletedProcess[str]:
    """`rushes run` of a row for each preset, by a machine that has this package."""
    given = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration)}
    folder.mkdir()
    jobs = [Job(job_id=name, preset=name, **given) for name in presets]
    config = folder / "night.toml"
    config.write_text(
        f'scratch = "{folder / "scratch"}"\ngates = ["{UNJUDGED}"]\nreport = false\n'
        '[hearing]\nengine = "none"\n'
    )
    asked = ["run", a_manifest(folder, jobs), "--out", folder / "out", "--config", config, *words]
    return subprocess.run(  # noqa: S603 - our own program
        [str(RUSHES), *map(str, asked)],
        env=os.environ | {"PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.ray
def test_a_row_by_a_guest_becomes_a_video_and_a_broken_guest_costs_its_own_row(
    media: Media, tmp_path: Path
) -> None:
    package = a_studio_package(tmp_path / "package")
    run = a_night(media, tmp_path / "night", ["blinking", "broken"], package)
    out = tmp_path / "night/out"
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


@pytest.mark.ray
def test_a_worker_with_another_version_than_was_planned_costs_the_rows_of_that_guest_alone(
    media: Media, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The renderer is installed where it draws, and not where the rest is made."""
    package = a_studio_package(tmp_path / "first")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    cluster = a_head(2)
    try:
        monkeypatch.setenv("PYTHONPATH", str(package))
        cluster.add_node(num_cpus=1, num_gpus=1)
        monkeypatch.delenv("PYTHONPATH")
        words = ("--address", cluster.address)

        run = a_night(media, tmp_path / "same", ["blinking"], package, *words)
        out = tmp_path / "same/out"
        assert run.returncode == 0, run.stderr
        told = json.loads((out / "videos/blinking.json").read_text())["preset"]
        assert told["guest"]["package"] == "planted-guests 1.0.0"

        newer = a_studio_package(tmp_path / "second", "2.0.0")
        run = a_night(media, tmp_path / "other", ["blinking", "animatic"], newer, *words)
        ended = results(tmp_path / "other/out")
        assert run.returncode == 1, run.stderr
        assert {name: row.status for name, row in ended.items()} == {
            "blinking": "failed",
            "animatic": "done",
        }
        assert ended["blinking"].error_code == "renderer_unusable"
        assert (
            f"the renderer blinking on {socket.gethostname()} is version planted/1 of "
            "planted-guests 1.0.0, not version planted/2 of planted-guests 2.0.0, with which"
        ) in str(ended["blinking"].error_message)
    finally:
        cluster.shutdown()
