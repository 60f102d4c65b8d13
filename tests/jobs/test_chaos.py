"""A few of the seeded nights of benchmarks/chaos.py, and proof that they would notice."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.nights.chaos_night import chaos_run
from manifests.storage import overwrite

SEEDS = 4
"""All four faults happen in so many; `make bench-chaos` has a thousand."""


@pytest.mark.parametrize("first", [0, 400])
def test_nothing_is_lost_doubled_or_changed_whatever_dies(first: int, tmp_path: Path) -> None:
    undisturbed: dict[int, dict[str, str]] = {}
    verdicts = [chaos_run(first + seed, tmp_path, undisturbed) for seed in range(SEEDS)]
    assert [each for each in verdicts if each.wrong] == []
    happened = {what.partition(" at ")[0] for each in verdicts for what in each.happened}
    assert happened == {"driver killed", "worker killed", "storage failed", "slept"}


def test_a_night_in_which_sleepers_may_name_files_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unfenced(_out: str, _number: int, uri: str, source: Path) -> None:
        overwrite(uri, source)

    monkeypatch.setattr("pipeline.workspace.workspace.name_under", unfenced)
    assert chaos_run(8, tmp_path, {}).overwritten
