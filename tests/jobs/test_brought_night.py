"""Networks of the settings measure takes of a night: figures, gates, and nothing drawn anew."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from manifests import Job
from tests.night import Media, a_manifest, results, run_here
from tests.pipeline.quality.brought.networks import coded_networks

FIGURES = {"sync_confidence", "sync_distance", "sync_offset"}


def test_a_finished_row_is_measured_when_it_is_delivered_anew_and_its_gate_is_asked(
    media: Media, tmp_path: Path
) -> None:
    torch.set_num_threads(1)

    def asked(*deliverables: str) -> str:
        job = Job(
            job_id="a",
            portrait_uri=str(media.portrait),
            audio_uri=str(media.narration),
            deliverables=deliverables,
        )
        return a_manifest(tmp_path, [job])

    out, scratch = tmp_path / "out", tmp_path / "scratch"
    run_here(asked("web"), out, scratch)
    before, said = results(out)["a"], (out / "videos/a.json").read_text()
    assert before.status == "done"
    assert not FIGURES & set(before.quality)

    named = coded_networks(tmp_path, brightness=0, energy=100)  # always another code
    assert run_here(asked("web"), out, scratch, backbones=named).kept == 1

    gates = tmp_path / "gates.toml"
    gates.write_text('[[gate]]\nmeasure = "sync_offset"\nwarn = 2\nfail = 3\n')
    run_here(asked("web", "srt"), out, scratch, backbones=named, gates=(gates,))
    ended = results(out)["a"]
    assert (ended.status, ended.error_code) == ("rejected", "take_failed")
    assert "sync_offset is 15 frames, above 3" in ended.error_message
    assert not (out / "videos/a.en.srt").exists()

    run_here(asked("web", "srt"), out, scratch, backbones=named)
    after = results(out)["a"]
    told, was = json.loads((out / "videos/a.json").read_text()), json.loads(said)
    assert set(after.quality) >= FIGURES
    assert after.quality["sync_offset"] == 15  # lips and sound are furthest apart in their place
    assert told["quality"] == pytest.approx(was["quality"] | {k: after.quality[k] for k in FIGURES})
    assert told["segments"] == was["segments"]
    assert told["fingerprints"]["take"] == was["fingerprints"]["take"]
