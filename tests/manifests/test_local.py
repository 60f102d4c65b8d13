from __future__ import annotations

import errno
import fcntl
import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from manifests.errors import BadInput, Forbidden, Missing, Transient
from manifests.storage import LocalStorage, local, storage_of

STORAGE = LocalStorage()


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_uri_is_the_path_it_names(tmp_path: Path) -> None:
    uri = f"file://{tmp_path}/a%20b"
    assert storage_of(uri).create(uri, b"x")
    assert (tmp_path / "a b").read_bytes() == b"x"


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(Missing, match="no-source"):
        STORAGE.create(str(tmp_path / "a"), tmp_path / "no-source")
    assert names_in(tmp_path) == []


def test_the_source_may_change_afterwards(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"one")
    STORAGE.create(str(tmp_path / "a"), source)
    source.write_bytes(b"two")
    assert (tmp_path / "a").read_bytes() == b"one"


def test_hidden_files_of_ours_are_not_listed(tmp_path: Path) -> None:
    found = STORAGE.stat(str(tmp_path / "a"))
    assert found is None
    STORAGE.create(str(tmp_path / "a"), b"one")
    found = STORAGE.stat(str(tmp_path / "a"))
    assert found is not None
    STORAGE.replace(str(tmp_path / "a"), b"two", expected=found.version)
    assert names_in(tmp_path) == [".rushes-lock", "a"]
    assert list(STORAGE.list(str(tmp_path))) == [str(tmp_path / "a")]


def test_a_file_system_without_links_still_creates_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    uri = str(tmp_path / "a")
    assert STORAGE.create(uri, b"one")
    assert not STORAGE.create(uri, b"two")
    assert STORAGE.read(uri) == b"one"
    assert names_in(tmp_path) == [".rushes-lock", "a"]


def test_replace_compares_only_when_no_other_writes(tmp_path: Path) -> None:
    uri = str(tmp_path / "a")
    STORAGE.create(uri, b"one")
    found = STORAGE.stat(uri)
    assert found is not None
    with ThreadPoolExecutor(1) as pool:
        with (tmp_path / ".rushes-lock").open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            late = pool.submit(STORAGE.replace, uri, b"late", expected=found.version)
            time.sleep(0.2)
            assert not late.done()
            (tmp_path / "a").write_bytes(b"another")
        assert not late.result(timeout=10)
    assert STORAGE.read(uri) == b"another"


def test_a_version_is_new_although_the_clock_stands_still(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 10**18)
    uri, dates = str(tmp_path / "a"), []
    STORAGE.create(uri, b"0")
    for content in (b"1", b"2"):
        found = STORAGE.stat(uri)
        assert found is not None
        STORAGE.replace(uri, content, expected=found.version)
        dates.append((tmp_path / "a").stat().st_mtime_ns)
    assert dates == [10**18 + 1, 10**18 + 2]


@pytest.mark.timeout(10)
def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert STORAGE.stat(str(tmp_path / "pipe")) is None
    with pytest.raises(BadInput, match="not a regular file"):
        STORAGE.read(str(tmp_path / "pipe"))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert STORAGE.stat(str(tmp_path)) is None
    with pytest.raises(BadInput):
        STORAGE.read(str(tmp_path))


def test_a_file_cannot_be_made_below_a_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x")
    with pytest.raises(BadInput):
        STORAGE.create(str(tmp_path / "a" / "b"), b"x")


def test_a_name_too_long_is_missing(tmp_path: Path) -> None:
    assert STORAGE.stat(str(tmp_path / ("x" * 300))) is None


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (errno.EACCES, Forbidden, "forbidden"),
        (errno.EROFS, Forbidden, "forbidden"),
        (errno.ENOSPC, Transient, "disk_full"),
        (errno.EIO, Transient, "storage_unavailable"),
    ],
)
def test_errors_of_the_system_say_who_must_act(
    number: int, kind: type[Exception], code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(local, "fill", fails)  # the disk of the test machine is neither
    with pytest.raises(kind) as caught:
        STORAGE.create(str(tmp_path / "a"), b"x")
    assert getattr(caught.value, "code", "") == code
    assert str(tmp_path / "a") in str(caught.value)
    assert names_in(tmp_path) == []


def test_a_file_where_a_folder_is_needed_is_told(tmp_path: Path) -> None:
    (tmp_path / "night.csv").write_text("x")
    with pytest.raises(Missing, match="what stands above it is a file"):
        STORAGE.create(str(tmp_path / "night.csv" / "a" / "b"), b"x")
