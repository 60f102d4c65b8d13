"""Consents that end after delivery: who finds the videos, and what goes with a person."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.keeping.erase import erased
from jobs.keeping.erasing import erasing
from jobs.output.lease_holder import lease_unless_busy
from jobs.reporting.status import run_status, status_lines
from manifests.errors import ManifestUnusable
from pipeline.workspace.workspace import Workspace
from tests.jobs.consented_night import Ticking, a_register, a_row, night


def test_status_names_the_delivered_videos_that_a_revocation_touches(tmp_path: Path) -> None:
    register = a_register(tmp_path, "ada,Ada Lovelace,,,", "eve,Eve,,,")
    out = str(tmp_path / "out")
    night(tmp_path, [a_row("first", "ada"), a_row("second", "eve")], consents=register)
    assert run_status(out).touched == ()
    a_register(tmp_path, "ada,Ada Lovelace,2026-11-28,,", "eve,Eve,,,")
    status = run_status(out, clock=Ticking())
    assert [(video.job_id, video.person, video.code) for video in status.touched] == [
        ("first", "Ada Lovelace", "consent_revoked")
    ]
    assert f"{out}/videos/first.mp4" in status.touched[0].files
    assert any("first.mp4" in line and "Ada" in line for line in status_lines(status))
    summary = night(tmp_path, [a_row("first", "ada"), a_row("second", "eve")], consents=register)
    assert summary.kept == 2, "what was delivered is not made undone by a run"
    (tmp_path / "register.csv").unlink()
    assert "does not exist" in run_status(out).unasked
    with pytest.raises(ManifestUnusable):
        run_status(out, register)


def test_a_delivered_video_is_named_and_erased_though_its_row_was_refused_or_taken_out(
    tmp_path: Path,
) -> None:
    register = a_register(tmp_path, "ada,Ada Lovelace,,,", "eve,Eve,,,")
    out, videos = str(tmp_path / "out"), tmp_path / "out/videos"
    night(tmp_path, [a_row("first", "ada"), a_row("second", "eve")], consents=register)
    a_register(tmp_path, "ada,Ada Lovelace,2026-11-28,,", "eve,Eve,,,")
    changed = a_row("first", "ada", seed=7)
    for rows in ([changed, a_row("second", "eve")], [a_row("second", "eve")]):
        night(tmp_path, rows, consents=register)
        touched = run_status(out, clock=Ticking()).touched
        assert [(video.job_id, video.code) for video in touched] == [("first", "consent_revoked")]
        assert set(touched[0].files) == {f"{out}/videos/first.mp4", f"{out}/videos/first.json"}
    workspace = Workspace(out=out, scratch=tmp_path / "scratch")
    found = erasing(out, "consent", "ada", RunConfig(scratch=tmp_path / "scratch"), workspace)
    assert found.jobs == {"first"}
    assert found.files[-1] == f"{out}/videos/first.json", "what tells whose the rest is goes last"
    with lease_unless_busy(out, 30.0) as lease:
        erased(found, lease, workspace)
    assert not any(path.name.startswith("first") for path in videos.iterdir())
    assert (videos / "second.mp4").exists()


def test_a_sidecar_of_a_stranger_leads_an_erasure_to_no_other_file(tmp_path: Path) -> None:
    night(tmp_path, [a_row("second", "eve")])
    out, videos = str(tmp_path / "out"), tmp_path / "out/videos"
    told = json.loads((videos / "second.json").read_text()) | {"job_id": "x", "consent_id": "ada"}
    told["deliverables"] = [{"name": name} for name in ("../results.parquet", "second.mp4")]
    (videos / "x.json").write_text(json.dumps(told))
    workspace = Workspace(out=out, scratch=tmp_path / "scratch")
    found = erasing(out, "consent", "ada", RunConfig(scratch=tmp_path / "scratch"), workspace)
    delivered = tuple(file for file in found.files if not file.startswith(f"{out}/report/"))
    assert delivered == (f"{out}/videos/x.json",)
