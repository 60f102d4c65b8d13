"""The contract of storage: the same for a folder and for a real S3 server."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from manifests.errors import Missing
from manifests.storage import Storage, join, overwrite, storage_of


@pytest.fixture(params=["folder", "s3"])
def base(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "folder":
        return str(tmp_path / "base")
    bucket = request.getfixturevalue("s3").bucket
    return f"s3://{bucket}/{uuid4().hex}"


@pytest.fixture
def storage(base: str) -> Storage:
    return storage_of(base)


def test_a_created_file_reads_back(storage: Storage, base: str) -> None:
    uri = join(base, "a", "b c+é.bin")
    assert storage.create(uri, b"0123456789")
    assert storage.read(uri) == b"0123456789"
    found = storage.stat(uri)
    assert found is not None
    assert found.bytes == 10


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(3, 5, b"34"), (8, 99, b"89"), (10, None, b""), (50, 60, b""), (5, 5, b""), (7, None, b"789")],
)
def test_a_range_is_cut_at_the_end_of_the_file(
    storage: Storage, base: str, start: int, stop: int | None, expected: bytes
) -> None:
    uri = join(base, "a")
    storage.create(uri, b"0123456789")
    assert storage.read(uri, start, stop) == expected


def test_an_empty_file_is_a_file(storage: Storage, base: str, tmp_path: Path) -> None:
    uri = join(base, "empty")
    assert storage.create(uri, b"")
    assert storage.read(uri) == b""
    storage.download(uri, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b""


def test_what_is_not_there_has_no_stat_and_cannot_be_read(
    storage: Storage, base: str, tmp_path: Path
) -> None:
    uri = join(base, "nothing")
    assert storage.stat(uri) is None
    with pytest.raises(Missing, match="nothing"):
        storage.read(uri)
    with pytest.raises(Missing, match="nothing"):
        storage.download(uri, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


def test_create_leaves_a_taken_name_alone(storage: Storage, base: str) -> None:
    uri = join(base, "a")
    assert storage.create(uri, b"first")
    assert not storage.create(uri, b"second")
    assert not storage.create(uri, b"first")
    assert storage.read(uri) == b"first"


def test_one_of_many_creators_wins(storage: Storage, base: str) -> None:
    uri = join(base, "lease")
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda n: storage.create(uri, b"%d" % n), range(8)))
    assert sum(won) == 1
    assert storage.read(uri) == b"%d" % won.index(True)


def test_replace_needs_the_version_that_is_there(storage: Storage, base: str) -> None:
    uri = join(base, "a")
    assert storage.replace(uri, b"one", expected=None)
    assert not storage.replace(uri, b"two", expected=None)
    first = storage.stat(uri)
    assert first is not None
    assert storage.replace(uri, b"two", expected=first.version)
    assert not storage.replace(uri, b"three", expected=first.version)
    assert storage.read(uri) == b"two"


def test_replace_does_not_bring_back_a_deleted_file(storage: Storage, base: str) -> None:
    uri = join(base, "a")
    storage.create(uri, b"one")
    found = storage.stat(uri)
    assert found is not None
    storage.delete(uri)
    assert not storage.replace(uri, b"two", expected=found.version)
    assert storage.stat(uri) is None


def test_one_of_many_replacers_wins(storage: Storage, base: str) -> None:
    uri = join(base, "a")
    storage.create(uri, b"start")
    found = storage.stat(uri)
    assert found is not None
    with ThreadPoolExecutor(8) as pool:
        won = list(
            pool.map(lambda n: storage.replace(uri, b"%d" % n, expected=found.version), range(8))
        )
    assert sum(won) == 1
    assert storage.read(uri) == b"%d" % won.index(True)


def test_versions_differ_although_sizes_do_not(storage: Storage, base: str) -> None:
    uri = join(base, "a")
    storage.create(uri, b"00")
    versions = set()
    for number in range(10, 40):
        found = storage.stat(uri)
        assert found is not None
        versions.add(found.version)
        assert storage.replace(uri, b"%d" % number, expected=found.version)
    assert len(versions) == 30


def test_a_file_is_stored_and_downloaded_as_it_is(
    storage: Storage, base: str, tmp_path: Path
) -> None:
    source, uri = tmp_path / "source", join(base, "video.mp4")
    source.write_bytes(os.urandom(3_000_000))
    assert storage.create(uri, source)
    source_bytes = source.read_bytes()
    storage.download(uri, tmp_path / "new" / "copy")
    assert (tmp_path / "new" / "copy").read_bytes() == source_bytes
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["copy"]


def test_list_names_all_files_below_a_folder_and_no_others(storage: Storage, base: str) -> None:
    names = ["run/b", "run/a/2", "run/a/1", "run.json", "running/x"]
    for name in names:
        storage.create(join(base, name), b"x")
    expected = [join(base, name) for name in ("run/a/1", "run/a/2", "run/b")]
    assert list(storage.list(join(base, "run"))) == expected
    assert list(storage.list(join(base, "run/"))) == expected
    assert list(storage.list(join(base, "none"))) == []


def test_deleting_twice_is_no_error(storage: Storage, base: str) -> None:
    uri = join(base, "gone", "a")
    storage.delete(uri)
    storage.create(uri, b"x")
    storage.delete(uri)
    storage.delete(uri)
    assert storage.stat(uri) is None


def test_overwrite_stores_over_anything(base: str) -> None:
    uri = join(base, "a")
    overwrite(uri, b"one")
    overwrite(uri, b"two")
    assert storage_of(uri).read(uri) == b"two"


def test_a_storage_travels_to_another_process(storage: Storage, base: str) -> None:
    storage.create(join(base, "a"), b"x")
    assert pickle.loads(pickle.dumps(storage)).read(join(base, "a")) == b"x"  # noqa: S301 - ours


def test_files_are_listed_with_their_sizes_and_the_times_of_the_storage(
    storage: Storage, base: str
) -> None:
    before = storage.stat(_created(storage, join(base, "clock"), b""))
    for name, size in (("a/b", 1), ("a/c", 2), ("d", 3)):
        _created(storage, join(base, name), b"x" * size)
    assert before is not None
    found = list(storage.stats(base))
    assert [uri for uri, _ in found] == list(storage.list(base))
    for uri, stat in found:
        alone = storage.stat(uri)
        assert alone is not None
        assert (stat.bytes, stat.version) == (alone.bytes, alone.version)
        # S3 tells whole seconds in one of the two answers
        assert abs(stat.modified_s - alone.modified_s) < 1
        assert stat.modified_s >= before.modified_s - 1
    assert list(storage.stats(join(base, "nothing"))) == []


def test_many_files_are_removed_with_the_folders_that_this_leaves_empty(
    storage: Storage, base: str
) -> None:
    uris = [_created(storage, join(base, f"{n % 3}", f"{n}"), b"x") for n in range(7)]
    kept = _created(storage, join(base, "0", "kept"), b"x")
    storage.delete_all([*uris, join(base, "9", "missing")])
    storage.delete_all([])
    assert list(storage.list(base)) == [kept]
    if not base.startswith("s3:"):
        assert [path.name for path in Path(base).iterdir()] == ["0"]


def _created(storage: Storage, uri: str, content: bytes) -> str:
    assert storage.create(uri, content)
    return uri
