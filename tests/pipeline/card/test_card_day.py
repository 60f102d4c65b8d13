"""The day of the card: what begins, what goes on, what a failure costs, and what is said of it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from manifests.errors import ManifestUnusable
from pipeline.card import runner
from pipeline.card.kept import (
    DONE,
    FAILED,
    PartResult,
    claim_folder,
    ended_parts,
    write_result,
)
from pipeline.card.marked_tests import counted_report
from pipeline.card.parts import NAMES, PARTS, START_S, fit_together, missing_parts, next_batch
from pipeline.card.runner import CardDay, run_day, why_of
from pipeline.card.summary import SHOWN, summary_lines, verdicts
from pipeline.media.process import ProcessResult, ProgramFailed

PAGE = Path(__file__).parents[3] / "docs/card.md"

HEAD = {"device": "NVIDIA H200", "size": "hallo3-5b", "rehearsed": False}


def a_result(name: str, *, rehearsed: bool = False, **figures: object) -> PartResult:
    return PartResult(name=name, state=DONE, seconds=1.0, rehearsed=rehearsed, figures=figures)


def a_day(folder: Path, seconds: float = 1000.0) -> CardDay:
    return CardDay(
        folder=folder,
        device="cuda",
        device_name="NVIDIA H200",
        small=False,
        deadline=monotonic() + seconds,
    )


class Workers:
    """Stand for the processes: each part of a batch ends well but those named."""

    def __init__(self, fails: dict[str, str], now: list[float] | None = None) -> None:
        self.fails, self.now, self.batches = fails, now or [0.0], list[list[str]]()

    def __call__(self, command: list[str], **_: object) -> ProcessResult:
        told = json.loads(command[-1])
        self.batches.append(told["parts"])
        for name in told["parts"]:
            if name in self.fails:
                self.now[0] = told["left_s"] - 1
                raise ProgramFailed("python", 1, self.fails[name])
            write_result(Path(told["folder"]), a_result(name))
        return ProcessResult(output=b"", said="")


# What begins


def test_every_part_names_a_function_that_is_there() -> None:
    for part in PARTS:
        module, _, name = part.at.partition(":")
        assert callable(getattr(import_module(module), name)), part.name
    assert len(set(NAMES)) == len(NAMES)
    assert set(SHOWN) <= set(NAMES)


@settings(max_examples=40)
@given(done=st.sets(st.sampled_from(NAMES)), left_s=st.floats(0, 2000), rehearsed=st.booleans())
def test_what_begins_is_missing_and_fits_into_the_time(
    done: set[str], left_s: float, *, rehearsed: bool
) -> None:
    batch = next_batch(missing_parts(done), left_s, rehearsed=rehearsed)
    assert not done & {part.name for part in batch}
    assert [*fit_together(batch, left_s - START_S, rehearsed=rehearsed)] == [*batch]
    assert len(batch) == 1 or not any(part.alone for part in batch)


def test_nine_minutes_hold_the_headline_and_four_calls_hold_all() -> None:
    batch = next_batch(missing_parts(()), 540, rehearsed=False)
    assert {"step", "segment", "host-waits", "backends", "fast-segment"} <= {p.name for p in batch}
    assert sum(part.expected_s(rehearsed=False) for part in PARTS) < 3.5 * 540


def test_parts_run_in_the_order_of_the_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers({})
    monkeypatch.setattr(runner, "run_program", workers)
    run_day(a_day(tmp_path, 100_000.0), lambda _: None)
    assert [name for batch in workers.batches for name in batch] == list(NAMES)
    assert len(workers.batches) == 1 + sum(part.alone for part in PARTS)


def test_the_page_tells_the_parts_in_the_order_in_which_they_run_with_their_seconds() -> None:
    page = PAGE.read_text(encoding="utf-8")
    table = page.partition("| part | seconds, calculated |")[2].partition("\n\n")[0]
    told = [row.split("|")[1:3] for row in table.splitlines() if "`" in row.split("|")[1]]
    names = [name for names, _ in told for name in re.findall("`(.+?)`", names)]
    seconds = [float(part) for _, parts in told for part in parts.split(",")]
    assert (names, seconds) == ([*NAMES], [part.card_s for part in PARTS])
    together = re.search(r"Those down to `(.+?)` share one process", page)
    assert together is not None
    assert together[1] == [part.name for part in PARTS if not part.alone][-1]


# What goes on, and what a failure costs


def test_a_part_that_fails_costs_itself_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers = Workers({"attention": "Traceback ...\ntorch.OutOfMemoryError: CUDA out of memory."})
    monkeypatch.setattr(runner, "run_program", workers)
    run_day(a_day(tmp_path, 100_000.0), lambda _: None)
    results = ended_parts(tmp_path)
    assert {name for name, each in results.items() if each.state == FAILED} == {"attention"}
    assert results["attention"].why == "torch.OutOfMemoryError: CUDA out of memory."
    assert set(results) == set(NAMES)


def test_what_has_ended_is_not_done_again_and_what_the_clock_ended_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_result(tmp_path, a_result("machine"))
    now = [0.0]
    workers = Workers({"step": "Timeout (0:09:00)!"}, now)
    monkeypatch.setattr(runner, "monotonic", lambda: now[0])
    monkeypatch.setattr(runner, "run_program", workers)
    day = replace(a_day(tmp_path), deadline=540.0)
    run_day(day, lambda _: None)
    assert "machine" not in workers.batches[0]
    assert "step" not in ended_parts(tmp_path)  # neither done nor failed
    run_day(replace(day, deadline=100_000.0), lambda _: None)
    assert workers.batches[1][0] == "step"


def test_the_folder_of_another_device_or_size_is_refused(tmp_path: Path) -> None:
    claim_folder(tmp_path, HEAD)
    claim_folder(tmp_path, HEAD)
    with pytest.raises(ManifestUnusable, match="size hallo3-5b, not small"):
        claim_folder(tmp_path, HEAD | {"size": "small"})


@pytest.mark.parametrize(
    ("said", "code", "why"),
    [
        ("a\nRuntimeError: no kernel", 1, "RuntimeError: no kernel"),
        (
            'x\nTimeout (0:01:00)!\nThread 1 (most recent call first):\n  File "file.py", line 3',
            1,
            'took too long: ended File "file.py", line 3',
        ),
        ("", -11, "python ended with code -11:"),
    ],
)
def test_why_a_process_ended_is_one_line(said: str, code: int, why: str) -> None:
    assert why_of(ProgramFailed("python", code, said)).strip() == why


def test_a_result_that_a_kill_cut_short_is_not_there(tmp_path: Path) -> None:
    write_result(tmp_path, a_result("step"))
    (tmp_path / "parts/machine.json.7.partial").write_text('{"part": "mach')
    assert set(ended_parts(tmp_path)) == {"step"}


# What is said of it


@pytest.mark.parametrize(
    ("device", "rehearsed", "seconds", "said"),
    [
        ("NVIDIA H200", False, 72.9, "pass"),
        ("NVIDIA H200", False, 73.1, "miss"),
        ("NVIDIA H200", True, 0.1, "rehearsed"),
        ("CPU, one thread", True, 0.1, "rehearsed"),
        ("NVIDIA A100", False, 60.0, "measured on another card than H200"),
    ],
)
def test_a_target_is_met_or_missed_only_on_the_card_it_is_for(
    device: str, seconds: float, said: str, *, rehearsed: bool
) -> None:
    found = a_result("segment", rehearsed=rehearsed, whole_s=seconds)
    exact, tuned, fast = verdicts({"segment": found}, device)
    assert [each["is"] for each in (exact, tuned, fast)] == [said, *["not measured"] * 2]


def test_the_table_has_every_part_and_says_that_it_was_rehearsed(tmp_path: Path) -> None:
    write_result(tmp_path, a_result("machine", rehearsed=True, matrix_tflops=0.5))
    lines = summary_lines(tmp_path, "CPU, one thread")
    assert "rehearsed" in lines[0]
    assert [line.split()[0] for line in lines[1 : 1 + len(NAMES)]] == list(NAMES)
    kept = json.loads((tmp_path / "summary.json").read_text())
    assert "rehearsed" in kept["claim"]
    assert kept["parts"]["step"]["state"] == "missing"


def test_the_report_of_marked_tests_is_counted(tmp_path: Path) -> None:
    report = tmp_path / "tests.xml"
    report.write_text(
        '<testsuites><testsuite tests="3" failures="1" errors="0" skipped="1">'
        '<testcase name="good"/><testcase name="left_out"><skipped/></testcase>'
        '<testcase name="bad"><failure message="no kernel&#10;more"/></testcase>'
        "</testsuite></testsuites>"
    )
    told = counted_report(report)
    assert (told["passed"], told["failed"], told["skipped"]) == (1, 1, 1)
    assert told["which_failed"] == [{"test": "bad", "why": ["no kernel"]}]
    report.write_text('<testsuites><testsuite tests="0"/></testsuites>')
    with pytest.raises(RuntimeError, match="no test marked gpu"):
        counted_report(report)
