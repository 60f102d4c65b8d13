from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.phones import NO_PHONES, Phones, Source, concatenate, load_phones, save_phones


def some_phones(*names: str, start_s: float = 0.0, source: Source = "aligned") -> Phones:
    """Phones of 0.1 s each, one after the other."""
    starts = start_s + 0.1 * np.arange(len(names))
    return Phones(start_s=starts, stop_s=starts + 0.1, names=names, source=source)


def same(first: Phones, second: Phones) -> bool:
    return (
        np.array_equal(first.start_s, second.start_s)
        and np.array_equal(first.stop_s, second.stop_s)
        and (first.names, first.source) == (second.names, second.source)
    )


@given(
    names=st.lists(st.sampled_from(["SIL", "AA", "CH", "ø", "abcdef"]), max_size=20),
    start_s=st.floats(0, 1e5),
    source=st.sampled_from(["engine", "aligned", "recognised", "energy"]),
)
def test_what_was_saved_is_loaded_and_saved_again_as_the_same_bytes(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], start_s: float, source: Source
) -> None:
    folder = tmp_path_factory.mktemp("phones")
    phones = some_phones(*names, start_s=start_s, source=source)
    save_phones(phones, folder / "once.npz")
    loaded = load_phones(folder / "once.npz")
    save_phones(loaded, folder / "again.npz")
    assert same(phones, loaded)
    assert (folder / "once.npz").read_bytes() == (folder / "again.npz").read_bytes()


def test_a_file_of_the_version_before_is_read_as_it_is(tmp_path: Path) -> None:
    columns = {"start_s": np.zeros(1), "stop_s": np.ones(1), "source": np.array("aligned", "<U10")}
    np.savez(tmp_path / "old.npz", names=np.array(["SIL"], dtype="<U4"), **columns)
    assert load_phones(tmp_path / "old.npz").names == ("SIL",)
    save_phones(some_phones("SIL", "AA"), tmp_path / "new.npz")
    with np.load(tmp_path / "new.npz") as new:
        assert new["names"].dtype == "<U4"


def test_a_file_with_pickled_objects_is_refused(tmp_path: Path) -> None:
    columns = {"start_s": np.zeros(1), "stop_s": np.ones(1), "source": np.array("aligned")}
    np.savez(tmp_path / "evil.npz", names=np.array([{}], dtype=object), **columns)
    with pytest.raises(ValueError, match="pickle"):
        load_phones(tmp_path / "evil.npz")


def test_between_keeps_what_overlaps_and_leaves_out_what_only_touches() -> None:
    phones = some_phones("A", "B", "C", "D")
    assert phones.between(0.15, 0.3 - 1e-9).names == ("B", "C")
    assert phones.between(0.1, 0.15).names == ("B",)
    assert phones.between(9, 10).names == ()


def test_a_shift_moves_all_starts_and_stops() -> None:
    shifted = some_phones("A", "B").shift(1.0)
    assert shifted.start_s.tolist() == [1.0, 1.1]
    assert shifted.stop_s.tolist() == [1.1, 1.2]
    assert shifted.names == ("A", "B")


def test_a_whole_is_as_certain_as_its_least_certain_part() -> None:
    parts = [some_phones("A"), some_phones("B", start_s=0.1, source="energy"), NO_PHONES]
    whole = concatenate([*parts, some_phones("C", start_s=0.2, source="recognised")])
    assert whole.names == ("A", "B", "C")
    assert whole.source == "energy"


def test_nothing_put_together_is_nothing() -> None:
    assert len(concatenate([])) == 0


def test_columns_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="stops"):
        Phones(start_s=np.zeros(1), stop_s=np.zeros(2), names=("A",), source="aligned")
