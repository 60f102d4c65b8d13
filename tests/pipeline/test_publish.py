"""Finished files get the names of the settings, each with what goes with it, and records that know
a replaced file do not outlive it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import opentimelineio as otio  # type: ignore[import-untyped]  # it ships no types
import pytest

from jobs.output.titles import write_titles
from manifests.artifact import Artifact, sha256_of
from manifests.results import Deliverable, results_version, write_results
from pipeline.delivery.naming import read_template
from pipeline.delivery.package.mhl import ListedFile, mhl_findings, write_generation, xxh128_of
from pipeline.delivery.provenance.c2pa_files import credentials_path
from pipeline.delivery.provenance.check import check_file
from pipeline.delivery.provenance.development import write_development_certificate
from pipeline.delivery.provenance.signing import SigningSettings
from pipeline.delivery.settings import DeliverySettings
from pipeline.nouns import Join, Master, Published
from pipeline.presets import ANIMATIC
from pipeline.publish import publish
from pipeline.sidecar import PublishRequest
from pipeline.words import Word, Words, save_words
from pipeline.workspace.workspace import Workspace
from tests.manifests.builders import a_result
from tests.media_builders import a_portrait
from tests.noun_builders import a_chunk, a_clip, a_job, a_reel
from tests.pipeline.delivery.provenance.builders import NOW
from tests.pipeline.test_sidecar_schema import require_valid

FRAMES = 100
ASKED = ("web", "srt", "otio", "edl", "poster", "sheet")


def a_file(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)


@pytest.fixture
def request_(tmp_path: Path) -> PublishRequest:
    """A row of two chunks whose video is made."""
    small = np.ascontiguousarray(a_portrait()[::4, ::4])
    reel = a_reel(tmp_path, np.broadcast_to(small, (FRAMES, *small.shape)))
    video, words, points = (tmp_path / name for name in ("web.mp4", "words.json", "points.npy"))
    video.write_bytes(b"a video")
    said = (Word(text="Hello.", start_s=0.4, stop_s=1.2, sentence=0),)
    save_words(Words(words=said), words)
    np.save(points, np.full((468, 3), 64, np.float32))
    take = replace(
        reel.take,
        width=128,
        height=128,
        words=a_file(words),
        landmarks=a_file(points),
        inputs=("1" * 64,),
    )
    return PublishRequest(
        job=a_job(job_id="en-1", title="Reel/4", deliverables=ASKED),
        asked="a",
        master=Master(
            fingerprint="m",
            profile="web",
            file=a_file(video),
            frames=FRAMES,
            fps=25.0,
            width=128,
            height=128,
            duration_s=FRAMES / 25,
        ),
        reel=replace(
            reel, take=take, joins=(Join(at=50, bridged_frames=4, z_before=4, z_after=1),)
        ),
        clips=(a_clip(a_chunk(0, 0, 50)), a_clip(a_chunk(1, 50, FRAMES))),
        preset=ANIMATIC,
        seed=7,
        row="r",
        retakes=(),
        timings={},
        delivery=DeliverySettings(template=read_template("{title}_{language}_{profile}")),
    )


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


def delivered(published: Published) -> dict[str, Artifact]:
    captions = {made.format: made.file for made in published.captions}
    return {
        "web": published.video,
        **captions,
        **published.companions,
        "sidecar": published.sidecar,
    }


def test_all_files_of_a_row_are_named_by_the_template_and_listed_in_its_sidecar(
    request_: PublishRequest, workspace: Workspace
) -> None:
    files = delivered(publish(request_, workspace))
    endings = {"web": "mp4", "srt": "srt", "poster": "jpg", "sheet": "jpg", "sidecar": "json"}
    assert {kind: Path(file.uri).name for kind, file in files.items()} == {
        kind: f"Reel-4_en_{kind}.{endings.get(kind, kind)}" for kind in (*ASKED, "sidecar")
    }
    for file in files.values():
        path = Path(file.uri)
        assert (file.sha256, file.xxh128) == (sha256_of(path), xxh128_of(path))
    said = require_valid(Path(files["sidecar"].uri).read_text(encoding="utf-8"))
    assert {each["profile"]: each["sha256"] for each in said["deliverables"]} == {
        kind: file.sha256 for kind, file in files.items() if kind != "sidecar"
    }


def test_a_timeline_leads_to_the_delivered_file_and_a_title_to_all_its_rows(
    request_: PublishRequest, workspace: Workspace
) -> None:
    german = replace(request_, job=replace(request_.job, job_id="de-1", language="de"))
    rows = [(each.job.job_id, publish(each, workspace)) for each in (request_, german)]
    picture = otio.adapters.read_from_file(rows[0][1].companions["otio"].uri).tracks[0]
    assert [clip.source_range.duration.value for clip in picture] == [50, 50]
    assert picture[0].media_reference.target_url == "Reel-4_en_web.mp4"
    assert [caption.comment for caption in picture.markers] == ["Hello."]
    write_results(
        [
            a_result(job_id=job_id, status="done", deliverables=(listed(published),))
            for job_id, published in rows
        ],
        workspace.out,
    )
    write_titles(workspace.out)
    title = otio.adapters.read_from_file(f"{workspace.out}/titles/Reel-4.otio")
    assert title.name == "Reel/4"
    assert [track.name for track in title.tracks] == ["en", "en", "de", "de"]
    file = Path(f"{workspace.out}/titles/Reel-4.otio")
    before = file.stat().st_mtime_ns
    write_titles(workspace.out)
    assert file.stat().st_mtime_ns == before
    key, certificate, _ = write_development_certificate(workspace.scratch / "keys", NOW)
    signing = SigningSettings(key=str(key), certificate=certificate)
    write_titles(workspace.out, signing=signing)
    assert check_file(file).untouched
    file.write_text("{}")
    write_titles(workspace.out)
    assert check_file(file).state == "none", "credentials go with what they were of"
    write_titles(workspace.out, signing=signing)
    write_results([], workspace.out, expected=results_version(workspace.out))
    write_titles(workspace.out)
    assert not file.exists(), "no row has the title any more"
    assert not credentials_path(file).exists()


def listed(published: Published) -> Deliverable:
    file = published.companions["otio"]
    return Deliverable(profile="otio", uri=file.uri, sha256=file.sha256, bytes=file.bytes)


def test_a_history_that_knows_a_file_goes_before_the_file_is_replaced(
    request_: PublishRequest, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = replace(request_, job=replace(request_.job, deliverables=("web",)))
    files = delivered(publish(row, workspace)).values()
    write_generation(
        workspace.out,
        [
            ListedFile(name=Path(f.uri).name, bytes=f.bytes, sha256=f.sha256, xxh128=f.xxh128)
            for f in files
        ],
    )
    assert mhl_findings(workspace.out) == ()
    history = Path(workspace.out, "videos/ascmhl")
    stood: list[bool] = []
    name_it = Workspace.publish_as

    def watched(place: Workspace, uri: str, path: Path) -> None:
        stood.append(history.exists())
        name_it(place, uri, path)

    monkeypatch.setattr(Workspace, "publish_as", watched)
    publish(replace(row, seed=8), workspace)
    assert stood == [False, False], "it was gone before any file got its name"


def test_a_retry_writes_the_same_bytes_of_what_goes_with_a_video(
    request_: PublishRequest, workspace: Workspace
) -> None:
    first, second = (publish(request_, workspace).companions for _ in range(2))
    assert first == second
