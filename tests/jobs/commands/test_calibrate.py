"""`rushes calibrate` and `rushes choose` as people call them."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.cli import app
from jobs.commands.review.calibrate import good_clips
from manifests.errors import ManifestUnusable
from pipeline.quality.gates import gates_for, gates_in
from pipeline.quality.verdict import verdict


def test_gates_are_written_from_the_figures_of_finished_rows(
    undisturbed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, file = str(undisturbed), tmp_path / "house.toml"
    with pytest.raises(ManifestUnusable, match="too few") as raised:
        CliRunner().invoke(app, ["calibrate", out], catch_exceptions=False)
    assert raised.value.code == "nothing_measured"
    monkeypatch.setattr("pipeline.quality.calibration.FEWEST_FIGURES", 3)
    said = CliRunner().invoke(app, ["calibrate", out, "--write", str(file), "--quantile", "0"])
    assert said.exit_code == 0
    gates = gates_in(file)
    assert f"{len(gates)} gates from" in said.output
    assert {"face_present", "colour_drift"} <= {gate.measure for gate in gates}
    held = gates_for(gates, "animatic", "en")
    assert all(verdict(clip.figures, held).level == "pass" for clip in good_clips(out))
    assert gates_for(gates, "tiny", "en") == ()


def test_versions_of_a_job_are_listed_with_what_their_gates_say(undisturbed: Path) -> None:
    said = CliRunner().invoke(app, ["choose", str(undisturbed), "long"])
    assert said.output.startswith("1  delivered  pass")
    said = CliRunner().invoke(app, ["choose", str(undisturbed), "nobody"])
    assert "No version is written down" in said.output
