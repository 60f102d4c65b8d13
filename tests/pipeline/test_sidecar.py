"""What a sidecar says of a video is read back as it was written."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from manifests.errors import BadInput, Transient
from pipeline.nouns import Master, Reel, Retake
from pipeline.presets import ANIMATIC
from pipeline.sidecar import (
    Delivered,
    PublishRequest,
    chunks_from_cuts,
    located,
    read_sidecar,
    sidecar_text,
)
from tests.noun_builders import a_chunk, a_clip, a_job, a_take, an_artifact

CHUNKS = (a_chunk(0, 0, 50), a_chunk(1, 50, 120))
RELEASE = PublishRequest(
    job=a_job(prompt="in the rain", portrait_uri="/in/face.png", script="Gr\u00fc\u00dfe."),
    asked="a",
    master=Master(
        fingerprint="m",
        profile="web",
        file=an_artifact(),
        frames=120,
        fps=25.0,
        width=64,
        height=64,
        duration_s=4.8,
    ),
    reel=Reel(take=replace(a_take(120), inputs=("1" * 64,)), pieces=(), joins=()),
    clips=tuple(map(a_clip, CHUNKS)),
    preset=ANIMATIC,
    seed=7,
    row="r",
    retakes=(Retake(at=50, seed=9),),
    timings={"prepare": 1.5},
)


def test_a_sidecar_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    file.write_text(sidecar_text(RELEASE, Delivered()), encoding="utf-8")
    found = read_sidecar(str(file))
    assert (found.preset.name, found.preset.digest) == (ANIMATIC.name, ANIMATIC.digest)
    assert (found.seed, found.prompt, found.retakes) == (7, "in the rain", RELEASE.retakes)
    assert found.segments == tuple(s.fingerprint for c in RELEASE.clips for s in c.segments)
    names = found.fingerprints
    assert (names.take, names.asked, names.row) == ("take", "a", "r")
    assert chunks_from_cuts(found.cuts_s, 120) == CHUNKS
    last = sum(chunk.cost for chunk in CHUNKS) - 1
    assert located(last, CHUNKS) == (CHUNKS[1], CHUNKS[1].segments[-1])
    with pytest.raises(Transient, match="fewer segments"):
        located(last + 1, CHUNKS)


def test_a_sidecar_is_json_that_people_can_read_and_compare() -> None:
    text = sidecar_text(RELEASE, Delivered())
    said = json.loads(text)
    assert list(said) == sorted(said)
    assert text.endswith("}\n")
    assert "Gr\u00fc\u00dfe." in text
    assert said["synthetic"] is True


def test_a_sidecar_that_is_damaged_or_gone_is_told_as_that(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    with pytest.raises(BadInput):
        read_sidecar(str(file))
    file.write_text('{"seed": 1}')
    with pytest.raises(Transient, match="damaged or of another version"):
        read_sidecar(str(file))
