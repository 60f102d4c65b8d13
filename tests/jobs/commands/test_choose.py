"""A version is chosen of the row as it is, and a choice that says nothing is told."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from jobs.config import RunConfig
from jobs.engine.steering import Steering, VersionChoice
from jobs.output.approvals import tell_outdated
from jobs.output.run_file import write_run_file
from pipeline.presets import ANIMATIC
from pipeline.quality.versions import VersionRecipe
from tests.jobs.test_cli import call
from tests.manifests.builders import NOON
from tests.noun_builders import an_order


def write_made(out: Path, *versions: tuple[str, int, str]) -> None:
    """What was made of the job `a`: the row, the seed and the state of each version."""
    made = (
        {
            "number": number,
            "recipe": {"seed": seed},
            "row": row,
            "preset": ANIMATIC.digest,
            "state": state,
        }
        for number, (row, seed, state) in enumerate(versions, 1)
    )
    (out / "_run" / "versions").mkdir()
    record = {"job_id": "a", "versions": list(made), "format": 1}
    (out / "_run" / "versions" / "a.json").write_text(json.dumps(record))


def test_a_version_of_the_row_as_it_was_is_not_told_as_chosen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path)
    write_run_file(out, "run", [], RunConfig(), rows=1)
    write_made(tmp_path, ("before", 1, "earlier"), ("now", 1, "earlier"), ("now", 2, "delivered"))
    for number, told in ((1, "Version 1 of a was made before its row"), (2, "a becomes version 2")):
        assert call(monkeypatch, "choose", out, "a", number) == 0
        assert capsys.readouterr().out.startswith(told)


def test_a_choice_of_a_row_that_has_changed_since_is_told_by_the_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    choices = {
        row: VersionChoice(
            jobs=(row,),
            given=NOON,
            number=2,
            recipe=VersionRecipe(seed=7),
            row=row,
            preset=ANIMATIC.digest,
        )
        for row in ("same", "other")
    }
    tell_outdated(
        [replace(an_order(name), row="same") for name in choices], Steering(choices=choices)
    )
    (told,) = caplog.messages
    assert told.startswith("other has changed since its version 2 was made")
