"""A part of a finished video once more, between two words: all outside stays what it was."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from jobs.output.work_records import read_work_record
from jobs.verify.rerender import SegmentVerifier
from jobs.verify.sample import SampledSegment
from manifests import Job, read_results
from pipeline.delivery.encode import reel_frames
from pipeline.nouns import Reel, Take
from pipeline.presets import ANIMATIC
from pipeline.sidecar import Sidecar, read_sidecar
from pipeline.stitch import reel_name_of
from pipeline.workspace.workspace import Workspace
from tests.jobs.test_cli import call
from tests.night import Media, a_manifest, attempts, run_here

SCRIPT = "The first one is here. Then comes another sentence. And this is the last one."

GATE = 6.0
"""A finished join must score below this (the studio's quality gate)."""


def shown(out: Path, workspace: Workspace) -> tuple[Sidecar, Reel, list[str]]:
    """The video as it is now, and a digest of each frame of it before it is encoded."""
    sidecar = read_sidecar(str(out / "videos/a.json"))
    heads = [(head.segment, head.stop) for head in sidecar.heads]
    name = reel_name_of(sidecar.fingerprints.take, sidecar.segments, heads)
    reel = read_work_record(str(out), name, Reel)
    frames = np.concatenate(list(reel_frames(reel, workspace)))
    return sidecar, reel, [hashlib.sha256(frame.tobytes()).hexdigest() for frame in frames]


def require_seen_between(
    reel: Reel, start: int, stop: int, pictures: tuple[list[str], list[str]]
) -> None:
    """Both joins score below the gate, and outside of them and their bridges no frame differs."""
    joins = {join.at: join for join in reel.joins}
    assert set(joins) == {start, stop}
    assert all(join.inside and join.z_after < GATE for join in reel.joins)
    begin = start - joins[start].bridged_frames // 2
    end = stop + joins[stop].bridged_frames // 2
    differs = [old != new for old, new in zip(*pictures, strict=True)]
    assert differs.index(True) == begin
    assert not any(differs[end:])
    assert sum(differs) > 0.9 * (end - begin)


def test_only_what_is_between_two_words_is_made_again(
    media: Media,
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    workspace = Workspace(out=str(out), scratch=scratch / "again")
    job = Job(job_id="a", portrait_uri=str(media.portrait), script=SCRIPT, continuity="chain")
    manifest = a_manifest(tmp_path, [job])
    run_here(manifest, out, scratch)
    before, _, pictures = shown(out, workspace)
    take = read_work_record(str(out), before.fingerprints.take, Take)

    assert call(monkeypatch, "retake", out, "a", "--words", "7-9") == 0
    told = capsys.readouterr().out
    assert "The words are: comes another sentence." in told
    assert run_here(manifest, out, scratch).done == 1
    after, reel, again = shown(out, workspace)
    (retake,) = after.retakes
    assert retake.to is not None
    assert f"In the pause at {retake.to / 25:.2f} s the video of before goes on" in told
    # the pause lies inside a segment, behind the second sentence
    assert retake.to % 47
    assert take.spans[1].stop_s < retake.to / 25 < take.spans[2].start_s

    made = [each.segments_made for each in attempts(out) if each.stage == "generate"]
    first, last = retake.at // 47, retake.to // 47
    assert made == [len(before.segments), last + 1 - first]
    same = [old == new for old, new in zip(before.segments, after.segments, strict=True)]
    assert same == [not first <= index < last for index in range(len(same))]
    assert [head.stop for head in after.heads] == [retake.to]

    require_seen_between(reel, first * 47, retake.to, (pictures, again))

    (result,) = read_results(str(out))
    assert (result.frames, after.fingerprints.take) == (take.frames, before.fingerprints.take)
    studio = SegmentVerifier(str(out), {"animatic": ANIMATIC}, workspace)
    for number in (first, last):
        place = SampledSegment(
            job_id="a", asked="", sidecar=str(out / "videos/a.json"), number=number
        )
        assert studio.remake(place).verdict == "same"
    assert run_here(manifest, out, scratch).kept == 1
