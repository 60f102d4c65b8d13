"""`rushes bench --card`: refused without a card unless it is a rehearsal, and how it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from jobs.commands.bench import bench_command
from manifests.errors import ManifestUnusable
from pipeline.card import runner
from pipeline.card.kept import DONE, FAILED, PartResult, write_result
from pipeline.card.runner import CardDay

pytestmark = pytest.mark.usefixtures("_without_a_card")


@pytest.fixture
def _without_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


def test_a_day_at_full_size_needs_a_card(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="--small rehearses the day"):
        bench_command(card=True, out=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("state", "code"), [(DONE, 0), (FAILED, 1)])
def test_a_part_that_failed_is_in_the_table_and_in_the_exit_code(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    state: str,
    code: int,
) -> None:
    def one_part(day: CardDay, say: object) -> None:
        del say
        assert (day.rehearsed, day.size, day.device) == (True, "small", "cpu")
        write_result(
            day.folder,
            PartResult(
                name="vae", state=state, seconds=1, rehearsed=True, figures={}, why="no kernel"
            ),
        )

    monkeypatch.setattr(runner, "run_day", one_part)
    ended = 0
    try:
        bench_command(card=True, small=True, out=tmp_path)
    except typer.Exit as exit_:
        ended = exit_.exit_code
    table = capsys.readouterr().out
    assert ended == code
    assert ("no kernel" in table) == (state == FAILED)
    assert "rehearsed" in table.splitlines()[0]
