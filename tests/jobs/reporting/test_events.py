"""Programs that watch a night read a line for all that happens, and cannot stop it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args

import pytest

from jobs.engine.phases import Failed, Finished, Phase
from jobs.reporting.events import STATES, Events, event_sink
from manifests import Job
from manifests.errors import ManifestUnusable
from tests.night import SHORT, Media, a_manifest, run_here
from tests.sketched import DrawsNothing

FIELDS = (Path(__file__).parents[3] / "docs" / "events.md").read_text()


def test_a_night_is_told_from_its_beginning_to_its_end(
    media: Media, tmp_path: Path, scratch: Path
) -> None:
    jobs = [
        Job(job_id="good", portrait_uri=str(media.portrait), script=SHORT),
        Job(job_id="bad", portrait_uri=str(tmp_path / "gone.png"), script=SHORT),
    ]
    file = tmp_path / "events.jsonl"
    run_here(a_manifest(tmp_path, jobs), tmp_path / "out", scratch, DrawsNothing, events=str(file))
    events = [json.loads(line) for line in file.read_text().splitlines()]
    assert (events[0]["event"], events[-1]["event"]) == ("run_began", "run_ended")
    over = {event["job_id"]: event for event in events if event["event"] == "job_over"}
    assert (over["good"]["status"], over["bad"]["status"]) == ("done", "invalid")
    assert over["bad"]["error_code"] == "missing_file"
    phases = [e["phase"] for e in events if e["event"] == "job_moved" and e["job_id"] == "good"]
    assert list(dict.fromkeys(phases)) == ["prepared", "shooting", "stitched", "mastered"]
    assert (events[-1]["done"], events[-1]["invalid"]) == (1, 1)
    assert {name for event in events for name in event if f"`{name}`" not in FIELDS} <= set(
        events[-1]
    )


def test_a_second_run_adds_to_the_file(tmp_path: Path) -> None:
    for run_id in ("one", "two"):
        with event_sink(str(tmp_path / "events")) as sink:
            Events(sink, run_id).tell("run_began")
    lines = (tmp_path / "events").read_text().splitlines()
    assert [json.loads(line)["run_id"] for line in lines] == ["one", "two"]


def test_a_full_disk_is_told_once_and_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with event_sink("/dev/full") as sink:
        events = Events(sink, "run")
        events.tell("run_began")
        events.tell("run_ended")
    assert caplog.text.count("events are no longer written") == 1


def test_a_file_that_cannot_be_opened_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ManifestUnusable, match="events file"), event_sink(str(tmp_path)):
        pass


def test_the_states_of_events_are_those_of_the_page_one_for_each_phase_of_a_job() -> None:
    named = re.search(r"`phase` is one of ([^;]+);", FIELDS)
    assert named is not None
    assert list(STATES.values()) == re.findall(r"`(\w+)`", named[1])
    assert set(STATES) == set(get_args(Phase)) - {Finished, Failed}
