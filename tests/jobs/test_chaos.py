"""A few of the seeded nights of benchmarks/chaos.py, and proof that they would notice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.nights.chaos_night import chaos_run
from benchmarks.nights.chaos_world import PEACE, World
from manifests.storage import overwrite

SEEDS = 4
"""All four faults happen in so many; `make bench-chaos` has a thousand."""

SEED_OF_TWO = 11
"""Of a night in which a second driver takes over while the first one sleeps, and ends first."""


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
    """Whoever names its first file sleeps so long that another takes over, and names it then."""
    worlds: list[World] = []
    slept: list[str] = []

    def a_world(**given: Any) -> World:  # noqa: ANN401 - what a world is made with
        worlds.append(World(**given))
        return worlds[-1]

    def unfenced(_out: str, _epoch: int, uri: str, source: Path) -> None:
        world = worlds[-1]
        if world.odds is not PEACE and len(world.actors) > 1 and not slept:
            slept.append(uri)
            world.odds = PEACE  # what else may happen would hide what is looked for
            for _ in range(300):
                world.sleep(1.0)
        overwrite(uri, source)

    monkeypatch.setattr("benchmarks.nights.chaos_night.World", a_world)
    monkeypatch.setattr("pipeline.workspace.workspace.name_under", unfenced)
    found = chaos_run(SEED_OF_TWO, tmp_path, {})
    assert slept[0] in found.overwritten
