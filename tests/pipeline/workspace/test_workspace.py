"""Records are believed only while their files are there; copies and desks come and go."""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import threading
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from manifests.errors import ManifestUnusable, Transient
from pipeline.nouns import Master
from pipeline.workspace.scratch import new_desk, sweep
from pipeline.workspace.workspace import Workspace, artifacts_of
from tests.noun_builders import a_take, an_artifact
from tests.s3_server import S3Server


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


def a_kept_master(workspace: Workspace, name: str = "f" * 40, content: bytes = b"video") -> Master:
    source = workspace.scratch / "source"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(content)
    file = workspace.store(source, name, "web.mp4")
    return Master(
        fingerprint=name, profile="web", file=file, frames=1, fps=25.0, width=2, height=2,
        duration_s=0.04,
    )  # fmt: skip


def test_a_record_is_found_again(workspace: Workspace) -> None:
    made = workspace.commit("f" * 40, a_kept_master(workspace))
    assert workspace.find_finished("f" * 40, Master) == made
    assert workspace.found == ["Master"]


def test_what_was_said_first_counts(workspace: Workspace) -> None:
    first = workspace.commit("f" * 40, a_kept_master(workspace))
    other = a_kept_master(workspace, content=b"other bytes")
    assert workspace.commit("f" * 40, other) == first


def test_a_record_whose_file_is_gone_is_no_record(workspace: Workspace) -> None:
    made = workspace.commit("f" * 40, a_kept_master(workspace))
    Path(made.file.uri).unlink()
    assert workspace.find_finished("f" * 40, Master) is None
    again = workspace.commit("f" * 40, a_kept_master(workspace, content=b"again"))
    assert workspace.find_finished("f" * 40, Master) == again


def test_a_record_whose_file_was_cut_short_is_no_record(workspace: Workspace) -> None:
    made = workspace.commit("f" * 40, a_kept_master(workspace))
    Path(made.file.uri).write_bytes(b"vi")
    assert workspace.find_finished("f" * 40, Master) is None
    again = workspace.commit("f" * 40, a_kept_master(workspace))
    assert again.file == made.file
    assert Path(again.file.uri).read_bytes() == b"video"


def test_a_record_whose_file_was_changed_is_no_record_and_it_is_said(workspace: Workspace) -> None:
    made = workspace.commit("f" * 40, a_kept_master(workspace))
    Path(made.file.uri).write_bytes(b"vidEo")
    assert workspace.find_finished("f" * 40, Master) is None
    assert workspace.dropped == [made.file.uri]
    assert not Path(made.file.uri).exists()
    assert workspace.commit("f" * 40, a_kept_master(workspace)) == made


def test_a_record_over_files_of_other_work_leaves_those_alone(workspace: Workspace) -> None:
    """They may have been made anew since, with other bytes, and are whole."""
    other = a_kept_master(workspace, "o" * 40).file
    borrower = replace(a_kept_master(workspace), file=replace(other, sha256="0" * 64))
    workspace.commit("f" * 40, borrower)
    assert workspace.find_finished("f" * 40, Master) is None
    assert Path(other.uri).read_bytes() == b"video"


def test_what_no_record_vouches_for_is_stored_over_what_differs(workspace: Workspace) -> None:
    source = workspace.scratch / "source"
    source.parent.mkdir(parents=True)
    source.write_bytes(b"captions")
    made = workspace.store_derived(source, "f" * 40, "captions.srt")
    assert workspace.store_derived(source, "f" * 40, "captions.srt") == made
    assert workspace.dropped == []
    Path(made.uri).write_bytes(b"damaged!")
    assert workspace.store_derived(source, "f" * 40, "captions.srt") == made
    assert Path(made.uri).read_bytes() == b"captions"
    assert workspace.dropped == [made.uri]


def test_a_local_file_is_compared_when_it_is_fetched(workspace: Workspace) -> None:
    file = a_kept_master(workspace).file
    Path(file.uri).write_bytes(b"vidEo")
    with workspace.scratch_dir() as desk, pytest.raises(Transient, match="was changed") as refused:
        workspace.fetch(file, desk)
    assert refused.value.code == "work_damaged"


def test_a_damaged_record_is_made_anew(workspace: Workspace) -> None:
    workspace.commit("f" * 40, a_kept_master(workspace))
    Path(workspace.work("f" * 40, "master.json")).write_text('{"fingerprint": 3')
    assert workspace.find_finished("f" * 40, Master) is None


def test_a_file_of_ours_that_is_gone_is_never_the_studios_fault(workspace: Workspace) -> None:
    with workspace.scratch_dir() as desk, pytest.raises(Transient, match="gone"):
        workspace.fetch(an_artifact(), desk)


def test_artifacts_are_found_however_deep() -> None:
    assert len(list(artifacts_of(a_take()))) == 6


def test_a_copy_that_is_dropped_stays_with_its_reader(s3: S3Server, tmp_path: Path) -> None:
    workspace = Workspace(out=f"s3://{s3.bucket}/w", scratch=tmp_path / "s", scratch_bytes=8)
    first = a_kept_master(workspace, "1" * 40, b"first!").file
    second = a_kept_master(workspace, "2" * 40, b"second").file
    with workspace.scratch_dir() as desk:
        held = workspace.fetch(first, desk)
        workspace.fetch(second, desk)
        assert [copy.name for copy in (workspace.scratch / "copies").iterdir()] == [second.sha256]
        assert held.read_bytes() == b"first!"


def test_a_copy_that_somebody_changed_is_fetched_again(s3: S3Server, tmp_path: Path) -> None:
    workspace = Workspace(out=f"s3://{s3.bucket}/c", scratch=tmp_path / "s")
    file = a_kept_master(workspace, "1" * 40, b"first!").file
    with workspace.scratch_dir() as desk:
        workspace.fetch(file, desk)
    (copy,) = (workspace.scratch / "copies").iterdir()
    copy.write_bytes(b"forged")
    with workspace.scratch_dir() as desk:
        assert workspace.fetch(file, desk).read_bytes() == b"first!"


def test_a_damaged_object_is_dropped_and_one_made_anew_is_left(
    s3: S3Server, tmp_path: Path
) -> None:
    place, client = Workspace(out=f"s3://{s3.bucket}/d", scratch=tmp_path / "s"), boto3.client("s3")
    file = a_kept_master(place, "1" * 40, b"first!").file
    key = file.uri.removeprefix(f"s3://{s3.bucket}/")
    client.put_object(Bucket=s3.bucket, Key=key, Body=b"forged", Metadata={"sha256": file.sha256})
    with place.scratch_dir() as desk, pytest.raises(Transient, match="made again"):
        place.fetch(file, desk)
    assert place.storage.stat(file.uri) is None
    anew = a_kept_master(place, "1" * 40, b"anew!!").file
    with place.scratch_dir() as desk, pytest.raises(Transient, match="made again"):
        place.fetch(file, desk)
    with place.scratch_dir() as desk:
        assert place.fetch(anew, desk).read_bytes() == b"anew!!"


def test_desks_of_the_living_are_not_swept(tmp_path: Path) -> None:
    with new_desk(tmp_path) as desk:
        (desk / "work").write_text("in hand")
        assert sweep(tmp_path) == 0
        assert (desk / "work").exists()
    assert list(tmp_path.iterdir()) == []


def test_desks_of_the_dead_are_swept(tmp_path: Path) -> None:
    left = tmp_path / "desk-left"
    left.mkdir()
    (left / ".in-use").touch()
    (left / "work").write_text("nobody's")
    assert sweep(tmp_path) == 1
    assert not left.exists()


def test_a_scratch_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    workspace = Workspace(out="", scratch=tmp_path / "file" / "scratch")
    with pytest.raises(ManifestUnusable, match="scratch folder"):
        workspace.open()


def test_scratch_is_for_its_user_alone(tmp_path: Path) -> None:
    workspace = Workspace(out="", scratch=tmp_path / "scratch")
    workspace.open()
    with workspace.scratch_dir() as desk:
        folders = (workspace.scratch, workspace.scratch / "copies", desk)
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 3


def test_a_scratch_of_the_version_before_is_closed(tmp_path: Path) -> None:
    (tmp_path / "scratch" / "copies").mkdir(parents=True, mode=0o755)
    Workspace(out="", scratch=tmp_path / "scratch").open()
    assert stat.S_IMODE((tmp_path / "scratch" / "copies").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["scratch", "scratch/copies", "scratch/spoken"])
def test_a_scratch_that_is_a_link_or_a_strangers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Its name is known: somebody else could have made it first, with files under our names."""
    theirs, ours = tmp_path / "theirs", tmp_path / name
    theirs.mkdir()
    ours.parent.mkdir(exist_ok=True)
    ours.symlink_to(theirs)
    workspace = Workspace(out="", scratch=tmp_path / "scratch")
    for work in (workspace.open, lambda: workspace.scratch_dir().__enter__()):
        with pytest.raises(ManifestUnusable, match="link or belongs to somebody else"):
            work()
    ours.unlink()
    ours.mkdir()
    monkeypatch.setattr("os.getuid", lambda: 4242)
    if ours.stat().st_uid == 0 and name == "scratch":
        os.chown(ours, 4243, -1)
    with pytest.raises(ManifestUnusable, match="somebody else"):
        workspace.open()


def test_desks_of_killed_workers_are_swept_when_a_process_first_works_there(tmp_path: Path) -> None:
    left = tmp_path / "fresh" / "desk-left"
    left.mkdir(parents=True)
    (left / ".in-use").touch()
    with Workspace(out="", scratch=tmp_path / "fresh").scratch_dir():
        assert not left.exists()


def test_a_scratch_that_somebody_removed_is_made_again(workspace: Workspace) -> None:
    with workspace.scratch_dir():
        pass
    shutil.rmtree(workspace.scratch)
    with workspace.scratch_dir() as desk:
        assert desk.is_dir()


def test_the_end_of_a_run_clears_the_desks_of_those_who_are_just_dying(
    workspace: Workspace,
) -> None:
    workspace.open()
    left = workspace.scratch / "desk-left"
    left.mkdir()
    lock = (left / ".in-use").open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    dying = threading.Timer(0.1, lock.close)
    dying.start()
    workspace.close()
    dying.join()
    assert not left.exists()
