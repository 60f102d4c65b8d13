"""Versions keep their numbers whoever writes them, and a run that was taken over writes none."""

from __future__ import annotations

from pathlib import Path

import pytest

from manifests.errors import Preempted, Transient
from manifests.lease import Epoch, Holder, begin
from manifests.storage import overwrite, storage_of
from manifests.storage.local import LocalStorage
from pipeline.nouns import Chunk
from pipeline.quality import versions
from pipeline.quality.versions import Drawn, VersionRecord, read_versions, write_versions
from tests.noun_builders import a_clip


def drawn(seed: int, *, delivered: bool = True) -> Drawn:
    clips = (a_clip(Chunk(index=0, start=0, stop=47)),)
    return Drawn(
        job_id="a",
        row="r",
        preset="p",
        seed=seed,
        retakes=(),
        clips=clips,
        gates=(),
        delivered=delivered,
    )


def told(record: VersionRecord) -> list[tuple[int, int, str]]:
    return [(each.number, each.recipe.seed, each.state) for each in record.versions]


def test_what_another_writes_meanwhile_is_kept_under_its_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, read, others = str(tmp_path), versions.read_versions, [drawn(2), drawn(3)]

    def read_late(out: str, job: str) -> VersionRecord:
        """Another driver writes once this one has read."""
        found = read(out, job)
        if others:
            one = others.pop(0)
            write_versions(out, one)
        return found

    monkeypatch.setattr(versions, "read_versions", read_late)
    write_versions(out, drawn(1))
    assert sorted(told(read(out, "a"))) == [
        (1, 3, "earlier"),
        (2, 2, "earlier"),
        (3, 1, "delivered"),
    ]


def test_a_run_that_was_taken_over_says_nothing_is_delivered(tmp_path: Path) -> None:
    out = str(tmp_path)
    for number in (1, 2):
        assert begin(out, Epoch(number=number, holder=Holder.here(), since=""))
    write_versions(out, drawn(2), 2)
    with pytest.raises(Preempted):
        write_versions(out, drawn(1), 1)
    assert told(read_versions(out, "a")) == [(1, 2, "delivered")]
    assert write_versions(out, drawn(2), 2) == read_versions(out, "a")


def test_where_others_write_all_the_time_it_is_tried_again_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LocalStorage, "replace", lambda *_, **__: False)
    with pytest.raises(Transient, match="written by others"):
        write_versions(str(tmp_path), drawn(1))


def test_a_damaged_record_is_written_anew(tmp_path: Path) -> None:
    uri = versions.versions_uri(str(tmp_path), "a")
    overwrite(uri, b"{")
    write_versions(str(tmp_path), drawn(1))
    assert told(read_versions(str(tmp_path), "a")) == [(1, 1, "delivered")]
    assert storage_of(uri).read(uri).startswith(b"{")
