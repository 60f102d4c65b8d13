"""Finished work that was damaged in its folder is found out, told, and made again as it was."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.engine.attempts import Tally
from jobs.engine.phases import Admitted, Failure, Prepared
from jobs.engine.retry_budget import ANEW, next_try
from jobs.engine.window import ActiveJob
from manifests import Job
from manifests.errors import Transient
from manifests.storage import LocalStorage
from pipeline.media.video import read_frames
from pipeline.presets import ANIMATIC
from tests.night import (
    CUT_OFTEN,
    Media,
    a_manifest,
    attempts,
    frames_digest,
    results,
    run_here,
)
from tests.noun_builders import a_take, an_order

TWO_CHUNKS = "The first sentence is here to be spoken. The second one follows after a pause."


def overwrite_here_and_there(path: Path) -> None:
    """16 bytes of every 4 KiB in the middle half; the size stays."""
    content = bytearray(path.read_bytes())
    quarter = len(content) // 4
    for start in range(quarter, max(3 * quarter, quarter + 1), 4096):
        content[start : start + 16] = b"\xa5" * len(content[start : start + 16])
    path.write_bytes(content)


def forget_the_deliverable(out: Path) -> None:
    """As if the night had ended before its last step."""
    shutil.rmtree(out / "videos")
    (out / "results.parquet").unlink()
    for name in ("web.mp4", "master.json"):
        for path in out.glob(f"_run/work/*/{name}"):
            path.unlink()


@pytest.fixture(scope="module")
def manifest(media: Media, tmp_path_factory: pytest.TempPathFactory) -> str:
    job = Job(job_id="long", portrait_uri=str(media.portrait), script=TWO_CHUNKS, continuity="cut")
    return a_manifest(tmp_path_factory.mktemp("damage"), [job])


@pytest.fixture(scope="module")
def night(manifest: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run of one's own: each test damages it, and what it claims makes it whole."""
    folder = tmp_path_factory.mktemp("night")
    run_here(manifest, folder / "out", folder / "scratch", split=CUT_OFTEN)
    return folder


def segments_made(out: Path) -> int:
    return sum(attempt.segments_made for attempt in attempts(out))


@pytest.mark.parametrize(
    ("name", "rendered"),
    [("frames.mkv", 1), ("state.npy", 1), ("portrait.png", 0), ("speech.wav", 0), ("mix.wav", 0)],
)
def test_damaged_work_is_made_again_and_the_video_is_the_same(
    night: Path, manifest: str, name: str, rendered: int
) -> None:
    out = night / "out"
    frames, before = frames_digest(out / "videos/long.mp4"), segments_made(out)
    video = (out / "videos/long.mp4").read_bytes()
    damaged = min(out.glob(f"_run/work/*/{name}"))
    whole = damaged.read_bytes()
    overwrite_here_and_there(damaged)
    forget_the_deliverable(out)
    run_here(manifest, out, night / "scratch", split=CUT_OFTEN)
    (result,) = results(out).values()
    assert result.status == "done"
    (told,) = [warning for warning in result.warnings if warning.startswith("work_damaged")]
    assert str(damaged) in told
    assert frames_digest(out / "videos/long.mp4") == frames
    assert (out / "videos/long.mp4").read_bytes() == video
    assert damaged.read_bytes() == whole
    assert segments_made(out) - before == rendered


def test_work_that_is_damaged_while_the_night_goes_on_is_made_again(
    manifest: str, night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The damage comes between the last segment and its use: the job goes back and mends it."""
    create: Callable[..., bool] = LocalStorage.create
    hit: list[Path] = []

    def tearing(storage: LocalStorage, uri: str, source: Path | bytes) -> bool:
        made = create(storage, uri, source)
        if uri.endswith("reel.json") and not hit:
            hit.append(min((tmp_path / "out/_run/work").glob("*/frames.mkv")))
            overwrite_here_and_there(hit[0])
        return made

    monkeypatch.setattr(LocalStorage, "create", tearing)
    run_here(manifest, tmp_path / "out", tmp_path / "scratch", split=CUT_OFTEN)
    assert results(tmp_path / "out")["long"].status == "done"
    (lost,) = [a for a in attempts(tmp_path / "out") if a.state == "failed"]
    assert (lost.stage, lost.error_code) == ("master", "work_damaged")
    assert str(hit[0]) in lost.error_message
    video = tmp_path / "out/videos/long.mp4"
    assert frames_digest(video) == frames_digest(night / "out/videos/long.mp4")


def test_a_segment_with_damaged_bytes_is_not_decoded(night: Path, tmp_path: Path) -> None:
    """A decoder would conceal it: the wall behind the digests."""
    source = min((night / "out").glob("_run/work/*/frames.mkv"))
    path = tmp_path / "frames.mkv"
    shutil.copyfile(source, path)
    assert sum(len(batch) for batch in read_frames(path)) > 0
    overwrite_here_and_there(path)
    with pytest.raises(Transient, match="not a whole video"):
        list(read_frames(path))


def test_a_file_that_only_calls_itself_a_segment_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "frames.mkv"
    path.write_text("#EXTM3U\n#EXTINF:1\nfile:///etc/hostname\n")
    with pytest.raises(Transient, match="not a whole video"):
        list(read_frames(path))


def test_a_job_begins_anew_only_when_nothing_runs_for_it() -> None:
    order = an_order()
    active = ActiveJob(phase=Prepared(order=order, take=a_take()), tally=Tally(), anew=True)
    active.running.add("another chunk")
    active.begin_anew()
    assert isinstance(active.phase, Prepared)
    active.running.clear()
    active.begin_anew()
    assert active.phase == Admitted(order=order)
    assert not active.anew


def test_a_disk_that_gives_nothing_back_as_it_took_it_ends_the_job() -> None:
    lost = Failure(kind="Transient", code="work_damaged", message="")
    again = next_try([lost] * ANEW, ANIMATIC)
    assert again is not None
    assert again.anew
    assert next_try([lost] * (ANEW + 1), ANIMATIC) is None
