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
from pipeline.workspace.workspace import Workplace, artifacts_of
from tests.noun_builders import a_take, an_artifact
from tests.s3_server import S3Server


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


def a_kept_master(place: Workplace, name: str = "f" * 40, content: bytes = b"video") -> Master:
    source = place.scratch / "source"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(content)
    file = place.keep(source, name, "web.mp4")
    return Master(
        fingerprint=name, profile="web", file=file, frames=1, fps=25.0, width=2, height=2,
        duration_s=0.04,
    )  # fmt: skip


def test_a_record_is_found_again(place: Workplace) -> None:
    made = place.settle("f" * 40, a_kept_master(place))
    assert place.recorded("f" * 40, Master) == made
    assert place.found == ["Master"]


def test_what_was_said_first_counts(place: Workplace) -> None:
    first = place.settle("f" * 40, a_kept_master(place))
    other = a_kept_master(place, content=b"other bytes")
    assert place.settle("f" * 40, other) == first


def test_a_record_whose_file_is_gone_is_no_record(place: Workplace) -> None:
    made = place.settle("f" * 40, a_kept_master(place))
    Path(made.file.uri).unlink()
    assert place.recorded("f" * 40, Master) is None
    again = place.settle("f" * 40, a_kept_master(place, content=b"again"))
    assert place.recorded("f" * 40, Master) == again


def test_a_record_whose_file_was_cut_short_is_no_record(place: Workplace) -> None:
    made = place.settle("f" * 40, a_kept_master(place))
    Path(made.file.uri).write_bytes(b"vi")
    assert place.recorded("f" * 40, Master) is None
    again = place.settle("f" * 40, a_kept_master(place))
    assert again.file == made.file
    assert Path(again.file.uri).read_bytes() == b"video"


def test_a_record_whose_file_was_changed_is_no_record_and_it_is_said(place: Workplace) -> None:
    made = place.settle("f" * 40, a_kept_master(place))
    Path(made.file.uri).write_bytes(b"vidEo")
    assert place.recorded("f" * 40, Master) is None
    assert place.dropped == [made.file.uri]
    assert not Path(made.file.uri).exists()
    assert place.settle("f" * 40, a_kept_master(place)) == made


def test_a_record_over_files_of_other_work_leaves_those_alone(place: Workplace) -> None:
    """They may have been made anew since, with other bytes, and are whole."""
    other = a_kept_master(place, "o" * 40).file
    borrower = replace(a_kept_master(place), file=replace(other, sha256="0" * 64))
    place.settle("f" * 40, borrower)
    assert place.recorded("f" * 40, Master) is None
    assert Path(other.uri).read_bytes() == b"video"


def test_what_no_record_vouches_for_is_stored_over_what_differs(place: Workplace) -> None:
    source = place.scratch / "source"
    source.parent.mkdir(parents=True)
    source.write_bytes(b"captions")
    made = place.keep_derived(source, "f" * 40, "captions.srt")
    assert place.keep_derived(source, "f" * 40, "captions.srt") == made
    assert place.dropped == []
    Path(made.uri).write_bytes(b"damaged!")
    assert place.keep_derived(source, "f" * 40, "captions.srt") == made
    assert Path(made.uri).read_bytes() == b"captions"
    assert place.dropped == [made.uri]


def test_a_local_file_is_compared_when_it_is_fetched(place: Workplace) -> None:
    file = a_kept_master(place).file
    Path(file.uri).write_bytes(b"vidEo")
    with place.desk() as desk, pytest.raises(Transient, match="was changed") as refused:
        place.fetch(file, desk)
    assert refused.value.code == "work_damaged"


def test_a_damaged_record_is_made_anew(place: Workplace) -> None:
    place.settle("f" * 40, a_kept_master(place))
    Path(place.work("f" * 40, "master.json")).write_text('{"fingerprint": 3')
    assert place.recorded("f" * 40, Master) is None


def test_a_file_of_ours_that_is_gone_is_never_the_studios_fault(place: Workplace) -> None:
    with place.desk() as desk, pytest.raises(Transient, match="gone"):
        place.fetch(an_artifact(), desk)


def test_artifacts_are_found_however_deep() -> None:
    assert len(list(artifacts_of(a_take()))) == 6


def test_a_copy_that_is_dropped_stays_with_its_reader(s3: S3Server, tmp_path: Path) -> None:
    place = Workplace(out=f"s3://{s3.bucket}/w", scratch=tmp_path / "s", scratch_bytes=8)
    first = a_kept_master(place, "1" * 40, b"first!").file
    second = a_kept_master(place, "2" * 40, b"second").file
    with place.desk() as desk:
        held = place.fetch(first, desk)
        place.fetch(second, desk)
        assert [copy.name for copy in (place.scratch / "copies").iterdir()] == [second.sha256]
        assert held.read_bytes() == b"first!"


def test_a_copy_that_somebody_changed_is_fetched_again(s3: S3Server, tmp_path: Path) -> None:
    place = Workplace(out=f"s3://{s3.bucket}/c", scratch=tmp_path / "s")
    file = a_kept_master(place, "1" * 40, b"first!").file
    with place.desk() as desk:
        place.fetch(file, desk)
    (copy,) = (place.scratch / "copies").iterdir()
    copy.write_bytes(b"forged")
    with place.desk() as desk:
        assert place.fetch(file, desk).read_bytes() == b"first!"


def test_a_damaged_object_is_dropped_and_one_made_anew_is_left(
    s3: S3Server, tmp_path: Path
) -> None:
    place, client = Workplace(out=f"s3://{s3.bucket}/d", scratch=tmp_path / "s"), boto3.client("s3")
    file = a_kept_master(place, "1" * 40, b"first!").file
    key = file.uri.removeprefix(f"s3://{s3.bucket}/")
    client.put_object(Bucket=s3.bucket, Key=key, Body=b"forged", Metadata={"sha256": file.sha256})
    with place.desk() as desk, pytest.raises(Transient, match="made again"):
        place.fetch(file, desk)
    assert place.storage.stat(file.uri) is None
    anew = a_kept_master(place, "1" * 40, b"anew!!").file
    with place.desk() as desk, pytest.raises(Transient, match="made again"):
        place.fetch(file, desk)
    with place.desk() as desk:
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
    place = Workplace(out="", scratch=tmp_path / "file" / "scratch")
    with pytest.raises(ManifestUnusable, match="scratch folder"):
        place.open()


def test_scratch_is_for_its_user_alone(tmp_path: Path) -> None:
    place = Workplace(out="", scratch=tmp_path / "scratch")
    place.open()
    with place.desk() as desk:
        folders = (place.scratch, place.scratch / "copies", desk)
        assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 3


def test_a_scratch_of_the_version_before_is_closed(tmp_path: Path) -> None:
    (tmp_path / "scratch" / "copies").mkdir(parents=True, mode=0o755)
    Workplace(out="", scratch=tmp_path / "scratch").open()
    assert stat.S_IMODE((tmp_path / "scratch" / "copies").stat().st_mode) == 0o700


@pytest.mark.parametrize("name", ["scratch", "scratch/copies"])
def test_a_scratch_that_is_a_link_or_a_strangers_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Its name is known: somebody else could have made it first, with files under our names."""
    theirs, ours = tmp_path / "theirs", tmp_path / name
    theirs.mkdir()
    ours.parent.mkdir(exist_ok=True)
    ours.symlink_to(theirs)
    place = Workplace(out="", scratch=tmp_path / "scratch")
    for work in (place.open, lambda: place.desk().__enter__()):
        with pytest.raises(ManifestUnusable, match="link or belongs to somebody else"):
            work()
    ours.unlink()
    ours.mkdir()
    monkeypatch.setattr("os.getuid", lambda: 4242)
    if ours.stat().st_uid == 0 and name == "scratch":
        os.chown(ours, 4243, -1)
    with pytest.raises(ManifestUnusable, match="somebody else"):
        place.open()


def test_desks_of_killed_workers_are_swept_when_a_process_first_works_there(tmp_path: Path) -> None:
    left = tmp_path / "fresh" / "desk-left"
    left.mkdir(parents=True)
    (left / ".in-use").touch()
    with Workplace(out="", scratch=tmp_path / "fresh").desk():
        assert not left.exists()


def test_a_scratch_that_somebody_removed_is_made_again(place: Workplace) -> None:
    with place.desk():
        pass
    shutil.rmtree(place.scratch)
    with place.desk() as desk:
        assert desk.is_dir()


def test_the_end_of_a_run_clears_the_desks_of_those_who_are_just_dying(place: Workplace) -> None:
    place.open()
    left = place.scratch / "desk-left"
    left.mkdir()
    lock = (left / ".in-use").open("wb")
    fcntl.flock(lock, fcntl.LOCK_EX)
    dying = threading.Timer(0.1, lock.close)
    dying.start()
    place.close()
    dying.join()
    assert not left.exists()
