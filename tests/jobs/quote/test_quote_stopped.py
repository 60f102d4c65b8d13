"""What is left of a run that was stopped or killed, as its output folder tells it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from jobs.cli import app
from jobs.config import RunConfig
from jobs.engine.steering import Instruction
from jobs.orders import orders_of
from jobs.output.instruction_files import give
from jobs.output.run_file import FORMAT, run_file
from jobs.quote.device import device_model
from jobs.quote.history import history_under, known_finish_costs, write_quotes
from jobs.quote.workload_reader import survey
from manifests import Attempt, Job, Ledger
from manifests.storage import overwrite
from pipeline.delivery.finishing.finishers import finishing_of
from pipeline.delivery.finishing.pace import seen_megapixels
from pipeline.media.framing import Size
from pipeline.nouns import FinishedSegment, FinishSpent
from pipeline.prepare import take_name
from pipeline.presets import ANIMATIC
from pipeline.workspace.inputs import fetch_inputs
from pipeline.workspace.workspace import Workspace
from tests.jobs.commands.test_quote import a_try
from tests.night import a_manifest
from tests.noun_builders import a_take, an_artifact

NOW = datetime(2026, 1, 1, tzinfo=UTC)
QUICK = finishing_of(1080, "animevideov3", sharpen=0, grain=0)
SQUARE = Size(width=400, height=400)
PROFILE = """
[large]
container = "mp4"
video = "h264"
sound = "aac"
finish = "1080p"
"""


@dataclass(frozen=True)
class Stopped:
    """A run that was stopped when its only take was drawn."""

    manifest: str
    out: str
    config: Path
    row: Job
    take: str

    def quoted(self) -> dict[str, object]:
        call = ["quote", self.manifest, "--out", self.out, "--config", str(self.config), "--json"]
        told = CliRunner().invoke(app, [*call, "--cpus", "1"])
        assert told.exit_code == 0, told.output
        found: dict[str, object] = json.loads(told.output)
        return found

    def finish(self, workspace: Workspace, number: int) -> None:
        name, megapixels = f"{number:040x}", seen_megapixels(QUICK, SQUARE, 47)
        spent = FinishSpent(
            network=QUICK.network, digest=QUICK.digest, seconds=9.0, megapixels=megapixels
        )
        with workspace.scratch_dir() as desk:
            (desk / "finished.mkv").write_bytes(name.encode())
            video = workspace.store(desk / "finished.mkv", name, "finished.mkv")
        workspace.commit(
            name,
            FinishedSegment(fingerprint=name, video=video, frames=47, take=self.take, spent=spent),
        )


@pytest.fixture
def stopped(tmp_path: Path, workspace_of_stopped: Workspace) -> Stopped:
    Image.new("RGB", (400, 400), "red").save(tmp_path / "face.png")
    (tmp_path / "house.toml").write_text(PROFILE)
    (tmp_path / "rushes.toml").write_text(f'profiles = ["{tmp_path}/house.toml"]\n')
    config = RunConfig(profiles=(tmp_path / "house.toml",))
    job = Job(
        job_id="one",
        portrait_uri=str(tmp_path / "face.png"),
        script="Good morning. " * 9,
        deliverables=("large",),
    )
    manifest = a_manifest(tmp_path, [job])
    [order] = orders_of([job], config)
    name = take_name(job, fetch_inputs(job, tmp_path, config.admission), ANIMATIC, config.limits)
    out = workspace_of_stopped.out
    tries: list[Attempt] = [
        a_try(1, job=order.request_id, job_id="one", segments_made=4, gpu_s=20.0),
        a_try(2, job=order.request_id, job_id="one", stage="stitch", seconds=1.0),
    ]
    Ledger(out).append(tries)
    files = ("speech", "mix", "portrait", "landmarks", "phones", "words")
    stored = replace(an_artifact(), uri=workspace_of_stopped.work(name, "file"))
    take = replace(a_take(4 * 47), fingerprint=name, width=400, height=400)
    workspace_of_stopped.commit(name, replace(take, **dict.fromkeys(files, stored)))
    return Stopped(manifest, out, tmp_path / "rushes.toml", job, name)


@pytest.fixture
def workspace_of_stopped(tmp_path: Path) -> Workspace:
    return Workspace(out=str(tmp_path / "out"), scratch=tmp_path / "scratch")


def test_the_command_tells_what_is_left_to_be_finished_of_what_is_stored(
    stopped: Stopped, workspace_of_stopped: Workspace
) -> None:
    for done, left in ((0, 188), (1, 141), (3, 47)):
        for number in range(done):
            stopped.finish(workspace_of_stopped, number)
        told = stopped.quoted()
        [finishing] = told["finishing"]  # type: ignore[misc]  # JSON
        assert finishing["megapixels"] == pytest.approx(seen_megapixels(QUICK, SQUARE, left))
        assert told["forecast"]["segments"] == 0  # type: ignore[index]  # JSON
        end_s = told["forecast"]["finish_s"]  # type: ignore[index]  # JSON
        assert end_s > 0.8 * finishing["hours"] * 3600 > 0


def test_where_inputs_are_gone_all_of_a_drawn_take_counts_as_to_be_finished(
    stopped: Stopped, workspace_of_stopped: Workspace
) -> None:
    stopped.finish(workspace_of_stopped, 1)
    workspace_of_stopped.storage.delete(workspace_of_stopped.work(stopped.take, "take.json"))
    [finishing] = stopped.quoted()["finishing"]  # type: ignore[misc]  # JSON
    assert finishing["megapixels"] > seen_megapixels(QUICK, SQUARE, 188)


def test_cancelled_rows_cost_nothing_and_held_ones_are_told(stopped: Stopped) -> None:
    rows = [replace(stopped.row, job_id=name, deliverables=()) for name in ("two", "three")]
    first = replace(stopped.row, deliverables=())
    manifest = a_manifest(Path(stopped.manifest).parent, [first, *rows])
    for what, jobs in (("cancel", ("one", "two")), ("hold", ("three",))):
        give(stopped.out, Instruction(what=what, jobs=jobs, given=NOW))  # type: ignore[arg-type]  # words
    told = CliRunner().invoke(app, ["quote", manifest, "--out", stopped.out])
    assert "3 rows (2 cancelled, 1 held until they are released), 0." in told.output, told.output
    assert "1 takes, 1 chunks" in told.output


def test_rows_stand_in_the_queue_where_people_put_them(stopped: Stopped) -> None:
    instruction = Instruction(what="prioritise", jobs=("one",), given=NOW, priority=7)
    give(stopped.out, instruction)
    later = replace(stopped.row, job_id="later", deliverables=())
    manifest = a_manifest(Path(stopped.manifest).parent, [later, replace(later, job_id="one")])
    assert survey([manifest], RunConfig(), stopped.out).priority.tolist() == [0, 7]


def test_a_night_that_was_killed_teaches_its_rest_what_it_took(
    stopped: Stopped, workspace_of_stopped: Workspace
) -> None:
    """It kept no costs, and counted none of what it finished."""
    told = {"format": FORMAT, "run_id": "r", "started": "", "rows": 1}
    text = json.dumps(told | {"manifests": [stopped.manifest], "preset": {"name": "animatic"}})
    overwrite(run_file(stopped.out), text.encode())
    write_quotes(stopped.out, [{"run_id": "r", "device": device_model(None), "used": None}])
    assert stopped.quoted()["costs"][0]["segment_s"] == pytest.approx(5.0)  # type: ignore[index]  # JSON
    [assumed] = stopped.quoted()["assumed"]  # type: ignore[misc]  # JSON
    assert "no run that finished by animevideov3 is known" in assumed
    stopped.finish(workspace_of_stopped, 1)
    assert stopped.quoted()["assumed"] == []
    assert history_under(stopped.out, known_finish_costs(stopped.out)).enlarged_s == 9.0
