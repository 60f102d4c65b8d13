"""The rest of a finished video once more with another seed; what is before it stays to the bit."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.engine.steering import RetakeFrom, steering_from
from jobs.orders import with_retakes
from jobs.verify.rerender import SegmentVerifier
from jobs.verify.sample import SampledSegment
from manifests import Job, read_results
from model.shapes import NEW_FRAMES
from pipeline.nouns import Retake
from pipeline.presets import ANIMATIC
from pipeline.workspace.workspace import Workspace
from tests.jobs.test_cli import call
from tests.night import Media, a_manifest, attempts, frames_digest, run_here
from tests.noun_builders import a_chunk, a_shot, an_order

NOW = datetime(2026, 11, 26, 20, tzinfo=UTC)

SEEN_SAME = NEW_FRAMES - 40
"""Frames of the delivered video that are the same to the bit: its encoder looks 40 frames ahead."""

retakes = st.lists(st.tuples(st.integers(0, 99), st.integers(1, 3)), max_size=5)


def said(given_: list[tuple[int, int]]) -> tuple[Retake, ...]:
    """What instructions to retake a job come to."""
    words = {
        f"{index:02}": RetakeFrom(jobs=("a",), given=NOW, from_s=at / 25, seed=seed)
        for index, (at, seed) in enumerate(given_)
    }
    return steering_from(words).retakes.get("a", ())


@given(retakes)
def test_each_segment_has_the_seed_of_the_last_retake_that_was_said_of_it(
    asked: list[tuple[int, int]],
) -> None:
    order = with_retakes(an_order(), said(asked))
    shot = replace(a_shot(a_chunk(0, 0, 100)), seed=order.seed, retakes=order.retakes)
    for segment, number in zip(shot.chunk.segments, shot.lines.last, strict=True):
        # an earlier word counts behind a later one only before that one's place
        seeds = [order.seed, *(seed for at, seed in asked if at < segment.stop)]
        assert shot.lines.drawings[number].seed == seeds[-1]


@given(retakes)
def test_a_request_is_another_one_only_when_a_retake_changes_it(
    asked: list[tuple[int, int]],
) -> None:
    order = an_order()
    assert with_retakes(order, said([*asked, (0, order.seed)])) == order
    changed = with_retakes(order, said([*asked, (0, 99)]))
    assert changed.request_id != order.request_id
    assert changed == with_retakes(order, said([(0, 99)]))


def segments_of(out: Path) -> list[str]:
    names: list[str] = json.loads((out / "videos/a.json").read_text())["segments"]
    return names


def test_a_retake_keeps_what_is_before_it_and_is_made_by_the_next_run(
    media: Media,
    tmp_path: Path,
    scratch: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    job = Job(job_id="a", portrait_uri=str(media.portrait), audio_uri=str(media.narration))
    manifest = a_manifest(tmp_path, [job])
    run_here(manifest, out, scratch)
    (before, last), pictures = segments_of(out), frames_digest(out / "videos/a.mp4")

    assert call(monkeypatch, "retake", out, "a", "--from", "2", "--seed", "11") == 0
    assert "from 1.88 s on with seed 11: 1 segment." in capsys.readouterr().out
    assert run_here(manifest, out, scratch).done == 1
    kept, anew = segments_of(out)
    assert (kept == before, anew == last) == (True, False)
    assert [a.segments_made for a in attempts(out) if a.stage == "generate"] == [2, 1]
    again = frames_digest(out / "videos/a.mp4")
    same = [old == new for old, new in zip(pictures, again, strict=True)]
    assert same[:SEEN_SAME] == [True] * SEEN_SAME
    assert not any(same[NEW_FRAMES:])

    (result,) = read_results(str(out))
    assert result.status == "done"
    workspace = Workspace(out=str(out), scratch=scratch / "again")
    studio = SegmentVerifier(str(out), {"animatic": ANIMATIC}, workspace)
    draw = SampledSegment(job_id="a", asked="", sidecar=str(out / "videos/a.json"), number=1)
    assert studio.remake(draw).verdict == "same"

    assert call(monkeypatch, "retake", out, "a", "--from", "2", "--seed", "11") == 0
    assert "nothing new" in capsys.readouterr().out
    assert run_here(manifest, out, scratch).kept == 1
    for second in ("999", "inf"):
        assert call(monkeypatch, "retake", out, "a", "--from", second, "--seed", "11") == 2
        assert "name an earlier second [retake_beyond]" in " ".join(capsys.readouterr().err.split())
    assert call(monkeypatch, "retake", out, "nobody", "--from", "1", "--seed", "11") == 2
    assert "[not_finished]" in capsys.readouterr().err
