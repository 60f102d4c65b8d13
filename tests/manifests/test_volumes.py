"""Many small files become few, and each row counts once whatever dies and whoever else binds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests.errors import Transient
from manifests.ledger import Attempt, Ledger
from manifests.volumes import MANY_VOLUMES, LedgerFiles, binding
from tests.manifests.builders import NOON, an_attempt


class Died(Exception):
    """The machine, in the middle of something."""


def filled(folder: Path, files: int, start: int = 0) -> tuple[Ledger, list[Attempt]]:
    ledger = Ledger(str(folder))
    written = [
        an_attempt(chunk=n, finished=NOON + timedelta(seconds=n))
        for n in range(start, start + files)
    ]
    for attempt in written:
        ledger.append([attempt])
    return ledger, written


def files_of(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "_run" / "ledger").glob("*.parquet"))


def test_bound_files_go_when_the_next_volume_is_due(tmp_path: Path) -> None:
    ledger, first = filled(tmp_path, 10)
    ledger.compact(at_least=5)
    assert len(files_of(tmp_path)) == 11
    assert list(ledger.read()) == first
    _, second = filled(tmp_path, 5, start=10)
    ledger.compact(at_least=5)
    assert len(files_of(tmp_path)) == 7  # two volumes, and what the second holds
    assert list(ledger.read()) == first + second


def test_few_loose_files_are_left_alone(tmp_path: Path) -> None:
    ledger, _ = filled(tmp_path, 4)
    ledger.compact(at_least=5)
    assert len(files_of(tmp_path)) == 4


def test_many_volumes_become_one(tmp_path: Path) -> None:
    written = []
    for n in range(MANY_VOLUMES + 2):
        ledger, more = filled(tmp_path, 1, start=n)
        written += more
        ledger.compact(at_least=1)
    assert list(ledger.read()) == written
    assert len(files_of(tmp_path)) < MANY_VOLUMES + 2 + 2


def test_two_that_bind_other_files_at_once_count_no_row_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, first = filled(tmp_path, 3)
    early = ledger._shelf()
    ledger.compact(at_least=1)
    _, second = filled(tmp_path, 2, start=3)
    names = frozenset(files_of(tmp_path)) - frozenset(early.names)
    slow = LedgerFiles(names=early.names | {n for n in names if "volume" not in n}, holds={})
    monkeypatch.setattr(Ledger, "_shelf", lambda _: slow)
    ledger.compact(at_least=1)  # knows nothing of the other's volume
    monkeypatch.undo()
    assert sorted(ledger.read(), key=lambda a: a.chunk) == first + second
    filled(tmp_path, 1, start=5)
    ledger.compact(at_least=1)
    assert sorted(a.chunk for a in ledger.read()) == [0, 1, 2, 3, 4, 5]


@settings(max_examples=25, deadline=None)
@given(
    acts=st.lists(st.sampled_from(["append", "bind", "die", "die early"]), max_size=25),
)
def test_each_row_counts_once_whatever_dies(
    tmp_path_factory: pytest.TempPathFactory, acts: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("ledger")
    ledger, written = Ledger(str(folder)), 0
    for act in acts:
        if act == "append":
            filled(folder, 1, start=written)
            written += 1
        else:
            binds_until(ledger, act)
        assert sorted(a.chunk for a in ledger.read()) == list(range(written))


def binds_until(ledger: Ledger, act: str) -> None:
    """Bind, and die when the first file is to go, or when the volume is to be stored."""
    from manifests.storage.local import LocalStorage  # noqa: PLC0415 - beside its fault

    def dies(*_: object, **__: object) -> None:
        raise Died

    with pytest.MonkeyPatch.context() as patch:
        if act == "die":
            patch.setattr(LocalStorage, "create", dies)
        elif act == "die early":
            patch.setattr(LocalStorage, "delete", dies)
        try:
            ledger.compact(at_least=2)
        except Died:
            return


def test_files_that_go_while_they_are_read_are_told(tmp_path: Path) -> None:
    ledger, _ = filled(tmp_path, 40)
    reading = ledger.read()
    next(reading)
    for name in files_of(tmp_path)[20:]:
        (tmp_path / "_run" / "ledger" / name).unlink()
    with pytest.raises(Transient, match="read again"):
        list(reading)


def test_nothing_is_bound_of_nothing() -> None:
    assert binding(LedgerFiles(names=frozenset(), holds={}), 1) is None
