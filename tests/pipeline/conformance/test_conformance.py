"""The suite lets through who keeps what renderers owe, and names what each planted fault breaks."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs.commands.proofs.conformance import attempted
from pipeline.conformance.checks import CHECKS
from pipeline.conformance.subject import Subject
from pipeline.conformance.suite import check_results
from pipeline.presets import ANIMATIC, preset_named
from pipeline.renderer import TakeFiles
from tests.guests import a_package, installed
from tests.pipeline.animatic.takes import some_phones, take_files
from tests.pipeline.conformance.planted import FAULTS, PLANTED

SIDE = 64

WHOLE_SEGMENTS = ("resume", "process", "memory", "lengths")
"""Checks that need more than one, or longer ones."""


@pytest.fixture(scope="module", autouse=True)
def _planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    folder = tmp_path_factory.mktemp("planted")
    (folder / "planted_guests.py").write_text(PLANTED.read_text())
    entries = dict.fromkeys(FAULTS, "planted_guests:GUEST")
    with installed(a_package(folder, "planted-guests", entries)):
        yield
    sys.modules.pop("planted_guests", None)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> TakeFiles:
    return take_files(tmp_path_factory.mktemp("take"), some_phones(), frames=100, side=SIDE)


def failed(
    name: str, files: TakeFiles, folder: Path, asked: Callable[[str], bool] = lambda _: True
) -> dict[str, str]:
    """What the suite says against a renderer, by check, of the checks that are asked."""
    subject = Subject(preset=preset_named(name, {"animatic": ANIMATIC}), files=files)
    checks = [check for check in CHECKS if asked(check.name)]
    results = list(check_results(subject, folder, attempted, checks))
    assert [result.check for result in results] == [check.name for check in checks]
    return {result.check: result.wrong for result in results if not result.passed}


def test_a_renderer_that_keeps_its_promises_passes_every_check(
    files: TakeFiles, tmp_path: Path
) -> None:
    assert len(CHECKS) == 11
    assert failed("blinking", files, tmp_path) == {}


def test_the_animatic_passes_what_a_few_frames_can_show(tmp_path: Path) -> None:
    """All eleven on whole segments take half a minute; docs/renderers.md tells what they said."""
    files = take_files(tmp_path, some_phones(), frames=6, side=SIDE)
    assert failed("animatic", files, tmp_path, lambda check: check not in WHOLE_SEGMENTS) == {}


@pytest.mark.parametrize(
    ("name", "check", "told"),
    [
        ("drifting", "twice", "segment 0 has other bits the second time: key every random draw"),
        ("forgetful", "resume", "segment 1 has other bits after a resume: carry all .* State"),
        (
            "hoarding",
            "memory",
            r"3 more segments of a chain keep [\d,]+ bytes, allowed are [\d,]+: let",
        ),
        ("caching", "memory", r"3 more takes, a segment of each, keep [\d,]+ bytes, allowed are"),
        ("collecting", "memory", r"24 more chains that were opened keep [\d,]+ bytes, allowed"),
        ("hashing", "process", "segment 0 has other bits in another process, where text has other"),
        ("unsorted", "process", "segment 0 has another name in another process, where text has"),
        ("located", "process", "segment 0 has another name in another process, where text has"),
        ("born", "process", "segment 0 has other bits in another process, .* moment of the import"),
        ("remembering", "process", "segment 1 has other bits in a process that has not drawn the"),
        ("short", "frames", "segment 0 has 46 frames, asked were 47"),
        ("unnamed", "names", "with another sound, segment 0 has other bits and the same"),
        (
            "early",
            "names",
            "with another sound behind the first segment, segment 1 has other bits and the same",
        ),
        ("headed", "names", "with another mesh and head, segment 0 has other bits and the same"),
        ("prolonged", "names", "with a longer take, segment 0 has other bits and the same"),
        ("uncounted", "names", "with a shorter chunk, segment 1 has other bits and the same"),
        (
            "placed",
            "names",
            "with a later place in the take, segment 0 has other bits and the same",
        ),
        ("reusing", "frames", "segment 0 has a batch that was changed later: yield a new array"),
        ("toiling", "cancel", "a cancelled segment leaves the drawing one at work: end it with"),
        ("worldly", "undeclared", "segment 0 has other bits with other variables"),
        (
            "counting",
            "undeclared",
            "segment 0 has other bits with .* numbers of cores: .* one thread",
        ),
        ("threaded", "undeclared", "segment 0 has other bits with .* numbers of cores"),
        ("pathed", "undeclared", "another name in another folder: name inputs by the sha256"),
        ("littering", "cancel", "a cancelled segment leaves tmp.* behind"),
        ("miscounting", "state", r"State.done is \[0, 0, 0, 0\]: count the segments"),
        ("silent", "errors", "without its speech it draws something else"),
        ("raising", "lengths", "LookupError at .*: two frames are none; .* of planted-guests 1"),
    ],
)
def test_the_suite_catches_a_planted_fault(
    name: str, check: str, told: str, files: TakeFiles, tmp_path: Path
) -> None:
    found = failed(name, files, tmp_path, check.__eq__)
    assert re.search(told, found.get(check, "nothing")), found


@pytest.mark.parametrize("name", ["hashing", "located", "born", "remembering"])
def test_within_one_process_these_seem_to_keep_their_word(
    name: str, files: TakeFiles, tmp_path: Path
) -> None:
    assert failed(name, files, tmp_path, ("frames", "twice", "resume").__contains__) == {}
