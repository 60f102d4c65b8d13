"""Delivered files and finished segments are what was made, or are named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import numpy as np
import pytest
from pydantic import TypeAdapter

from jobs.output.work_records import read_work_record
from jobs.verify.closeness import FrameDifference, difference_of
from jobs.verify.delivered_files import Files, look_at_files, results_of
from jobs.verify.rerender import Rerendered, SegmentVerifier
from jobs.verify.sample import sample_segments
from manifests import read_results
from manifests.artifact import sha256_of
from manifests.errors import ManifestUnusable, Transient
from manifests.results import Result, write_results
from pipeline.delivery.package.mhl import mhl_findings, xxh128_of
from pipeline.media.video import read_frames, write_lossless
from pipeline.nouns import SegmentFile
from pipeline.presets import ANIMATIC
from pipeline.renderer import Frames
from pipeline.sidecar import chunks_from_cuts, located
from pipeline.workspace.workspace import Workspace
from tests.jobs.test_cli import call
from tests.pipeline.test_sidecar_schema import require_valid
from tests.s3_server import S3Server


def look(out: Path | str) -> Files:
    return look_at_files(str(out), results_of(str(out)))


def a_copy(undisturbed: Path, folder: Path) -> Path:
    """The delivered files of a run in another folder, with results that name them there."""
    out = folder / "copy"
    shutil.copytree(undisturbed / "videos", out / "videos")
    write_results(
        [moved(r, str(undisturbed), str(out)) for r in read_results(str(undisturbed))], str(out)
    )
    return out


def moved(result: Result, old: str, new: str) -> Result:
    files = tuple(replace(f, uri=f.uri.replace(old, new)) for f in result.deliverables)
    return replace(result, deliverables=files)


def test_an_untouched_run_is_all_right(undisturbed: Path) -> None:
    found = look(undisturbed)
    (result,) = read_results(str(undisturbed))
    assert (found.files, found.findings) == (2, ())
    assert found.bytes == sum(file.bytes for file in result.deliverables) > 0
    assert mhl_findings(str(undisturbed)) == ()
    assert (undisturbed / "videos/SHA256SUMS").read_text().splitlines() == [
        f"{file.sha256}  {Path(file.uri).name}" for file in result.deliverables
    ]
    assert all(file.xxh128 == xxh128_of(Path(file.uri)) for file in result.deliverables)
    require_valid((undisturbed / "videos/long.json").read_text())


def test_missing_changed_and_extra_files_are_named(undisturbed: Path, tmp_path: Path) -> None:
    out = a_copy(undisturbed, tmp_path)
    video, sidecar = out / "videos/long.mp4", out / "videos/long.json"
    content = bytearray(video.read_bytes())
    content[-1] ^= 1
    video.write_bytes(content)
    sidecar.unlink()
    (out / "videos/new.mp4").write_bytes(b"x")
    found = {(f.what, Path(f.uri).name, f.job_id) for f in look(out).findings}
    assert found == {
        ("changed", "long.mp4", "long"),
        ("missing", "long.json", "long"),
        ("extra", "new.mp4", ""),
    }
    video.write_bytes(content[:-1])
    assert "bytes, not" in next(f.detail for f in look(out).findings if f.what == "changed")


def test_files_on_s3_are_read_in_blocks(
    s3: S3Server, undisturbed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.verify.delivered_files.BLOCK_BYTES", 100_000)
    client, out = boto3.client("s3"), f"s3://{s3.bucket}/verified"
    for path in filter(Path.is_file, (undisturbed / "videos").glob("[!.]*")):
        client.upload_file(str(path), s3.bucket, f"verified/videos/{path.name}")
    results = [moved(r, str(undisturbed), out) for r in read_results(str(undisturbed))]
    write_results(results, out)
    assert look(out).findings == ()
    client.put_object(Bucket=s3.bucket, Key="verified/videos/long.json", Body=b"{}")
    assert [f.what for f in look(out).findings] == ["changed"]


def test_a_folder_that_was_moved_or_has_no_results_is_unusable(
    undisturbed: Path, tmp_path: Path
) -> None:
    with pytest.raises(ManifestUnusable, match="let a run end first"):
        look(tmp_path)
    shutil.copy(undisturbed / "results.parquet", tmp_path)
    with pytest.raises(ManifestUnusable, match="was moved"):
        look(tmp_path)


def test_the_draw_is_the_seeds_alone(undisturbed: Path) -> None:
    (one,) = read_results(str(undisturbed))
    rows = [replace(one, job_id=name, fingerprint=name, segments=9) for name in "abc"]
    found = sample_segments(rows, 5, seed=1)
    assert found == sample_segments(rows[::-1], 5, seed=1)
    assert found != sample_segments(rows, 5, seed=2)
    assert len(sample_segments(rows, 99, seed=1)) == 27


def test_segments_are_found_in_their_chunks() -> None:
    chunks = chunks_from_cuts([0.0, 4.0], 160)
    assert [(c.start, c.stop) for c in chunks] == [(0, 100), (100, 160)]
    places = [located(number, chunks) for number in range(5)]
    assert [(c.index, s.index, s.start) for c, s in places] == [
        (0, 0, 0),
        (0, 1, 47),
        (0, 2, 94),
        (1, 0, 100),
        (1, 1, 147),
    ]


def frames(*levels: int) -> Iterator[Frames]:
    for level in levels:
        yield np.full((2, 4, 4, 3), level, np.uint8)


def test_each_pixel_that_differs_is_counted() -> None:
    assert difference_of(frames(1, 2), frames(1, 2)) == FrameDifference(frames=4)
    assert difference_of(frames(1, 9), frames(1, 2)) == FrameDifference(
        frames=4, differing_frames=2, differing_pixels=32, largest=7, mean=7.0
    )
    assert difference_of(frames(1, 2), frames(1)).differing_frames == 2


def remade(out: Path, scratch: Path, number: int = 3) -> list[Rerendered]:
    workspace = Workspace(out=str(out), scratch=scratch)
    studio = SegmentVerifier(str(out), {"animatic": ANIMATIC}, workspace)
    return [studio.remake(draw) for draw in sample_segments(read_results(str(out)), number, seed=0)]


def tree(out: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_every_finished_segment_comes_out_the_same_and_nothing_is_touched(
    undisturbed: Path, scratch: Path
) -> None:
    before = tree(undisturbed)
    (result,) = read_results(str(undisturbed))
    found = remade(undisturbed, scratch, number=100)
    assert len(found) == result.segments
    assert {(each.verdict, each.detail) for each in found} == {("same", "")}
    assert sum(each.difference.frames for each in found) == result.frames
    assert tree(undisturbed) == before


@pytest.fixture
def own_run(undisturbed: Path, tmp_path: Path) -> Path:
    """The whole output of a run, with its work, to be damaged; all that names it names the copy."""
    out = tmp_path / "out"
    shutil.copytree(undisturbed, out, ignore=shutil.ignore_patterns("results.parquet"))
    for record in out.glob("_run/work/*/*.json"):
        record.write_text(record.read_text().replace(str(undisturbed), str(out)))
    found = read_results(str(undisturbed))
    write_results([moved(each, str(undisturbed), str(out)) for each in found], str(out))
    return out


def test_a_segment_that_was_another_is_found_by_the_command(
    own_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "verify", own_run, "--sample", 1) == 0
    assert "All is right" in capsys.readouterr().out
    assert call(monkeypatch, "verify", own_run, "--sample", 1, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["right"], told["files"]["files"], len(told["segments"])) == (True, 2, 1)

    name = told["segments"][0]["fingerprint"]
    paint_a_pixel(own_run / "_run/work" / name)
    assert call(monkeypatch, "verify", own_run, "--sample", 1, "--json") == 1
    (segment,) = json.loads(capsys.readouterr().out)["segments"]
    assert (segment["fingerprint"], segment["verdict"]) == (name, "differs")
    assert segment["difference"]["differing_frames"] == 1
    assert segment["difference"]["differing_pixels"] == 1

    (own_run / "_run/work" / name / "frames.mkv").write_bytes(b"x")
    assert call(monkeypatch, "verify", own_run, "--sample", 1) == 1
    said = capsys.readouterr().out
    assert "damaged" in said
    assert "was changed" in said
    assert call(monkeypatch, "verify", own_run, "--sample", 0) == 0


def paint_a_pixel(work: Path) -> None:
    """Store another picture as if it had been rendered: its digests are right."""
    record, video = work / "segmentfile.json", work / "frames.mkv"
    pixels = np.concatenate(list(read_frames(video)))
    pixels[0, 0, 0] ^= 1
    video.unlink()
    write_lossless([pixels], video, width=pixels.shape[2], height=pixels.shape[1])
    adapter = TypeAdapter(SegmentFile)
    made = adapter.validate_json(record.read_bytes())
    changed = replace(made.video, sha256=sha256_of(video), bytes=video.stat().st_size)
    record.write_bytes(adapter.dump_json(replace(made, video=changed)))


def test_what_another_version_made_is_not_compared(undisturbed: Path, scratch: Path) -> None:
    newer = replace(ANIMATIC, weights="another")
    studio = SegmentVerifier(
        str(undisturbed), {"animatic": newer}, Workspace(out="", scratch=scratch)
    )
    (draw,) = sample_segments(read_results(str(undisturbed)), 1, seed=0)
    assert studio.remake(draw).verdict == "other"


def test_a_folder_that_is_no_run_exits_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert call(monkeypatch, "verify", tmp_path) == 2
    assert "not the output of a run" in capsys.readouterr().err


def test_an_output_names_no_scratch_and_no_files_elsewhere(
    own_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An output is often a bucket that others write to."""
    foreign = tmp_path / "foreign"
    (foreign / "desk-precious").mkdir(parents=True)
    (foreign / "desk-precious" / ".in-use").touch()
    file = own_run / "_run" / "run.json"
    ran = json.loads(file.read_text())
    ran["config"]["scratch"] = str(foreign)
    file.write_text(json.dumps(ran))
    assert call(monkeypatch, "verify", own_run, "--sample", "1") == 0
    assert [path.name for path in foreign.iterdir()] == ["desk-precious"]


def test_a_record_that_names_files_elsewhere_is_damaged(undisturbed: Path, tmp_path: Path) -> None:
    (record, *_) = sorted(undisturbed.glob("_run/work/*/segmentfile.json"))
    name, out = record.parent.name, tmp_path / "out"
    shutil.copytree(record.parent, out / "_run" / "work" / name)
    with pytest.raises(Transient, match="not in"):
        read_work_record(str(out), name, SegmentFile)
    with pytest.raises(Transient, match="no name"):
        read_work_record(str(out), f"../work/{name}", SegmentFile)
