"""Work is called by the guest of the machine that planned it, and drawn by no other one."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from jobs.engine.phases import Failure
from jobs.engine.retry_budget import next_try
from jobs.engine.worker import ToolCache, execute
from manifests.errors import FailureKind, ManifestUnusable
from pipeline.delivery.provenance.claim import making_of
from pipeline.generate import Generate
from pipeline.presets import Preset, guest_preset, reads_prompts
from pipeline.renderers import load_renderer
from pipeline.workspace.workspace import Workspace
from tests.guests import a_package, installed
from tests.noun_builders import a_job, a_shot, a_take

HOST = socket.gethostname()
CODE = """
from pathlib import Path
from pipeline.guests.guest import Guest
FONT = str(Path(__file__).with_name("font"))
GUEST = Guest(protocol=1, version={version!r}, loader="shades:load",
    files=(FONT,), networks={networks})
def load(preset, memory):
    return "loaded"
"""


@contextmanager
def shades(
    folder: Path,
    package: str = "1.0.0",
    version: str = "shades/1",
    font: str = "a",
    *,
    networks: bool = True,
) -> Iterator[Preset]:
    """The preset of a machine that has this package and version of the renderer `shades`."""
    there = a_package(folder / package, "shades-package", {"shades": "shades:GUEST"}, package)
    (there / "shades").with_suffix(".py").write_text(
        CODE.format(version=version, networks=networks)
    )
    (there / "font").write_text(font)
    with installed(there):
        yield guest_preset("shades")
    sys.modules.pop("shades", None)


@pytest.fixture
def planned(tmp_path: Path) -> Preset:
    with shades(tmp_path / "planned") as preset:
        assert load_renderer(preset).renderer == "loaded"  # type: ignore[attr-defined]
        return preset


def told_of(preset: Preset) -> list[object]:
    """What stages that draw nothing say, sign and decide of what others drew."""
    failure = Failure(kind=FailureKind.OUT_OF_MEMORY, code="out_of_memory", message="")
    take = replace(a_take(), inputs=("0" * 64,))
    making = making_of(a_job(), preset, take, seed=1, request="asked")
    again = next_try([failure], preset)
    return [preset.digest, making, again, preset.needs_gpu, reads_prompts(preset), asdict(preset)]


def test_work_is_called_alike_where_the_guest_is_another_one_or_not_installed(
    planned: Preset, tmp_path: Path
) -> None:
    nowhere = told_of(planned)
    assert planned.guest is not None
    assert (planned.guest.version, planned.guest.package) == ("shades/1", "shades-package 1.0.0")
    with shades(tmp_path / "planned again", networks=True) as same:
        assert told_of(same) == told_of(planned) == nowhere
    with shades(tmp_path, "2.0.0", "shades/2", networks=False) as other:
        assert told_of(planned) == nowhere
        assert other.digest != planned.digest
        assert told_of(other)[3:5] == [False, False]


@pytest.mark.parametrize(
    ("package", "version", "font", "told"),
    [
        ("2.0.0", "shades/2", "a", f"on {HOST} is version shades/2 of shades-package 2.0.0, not"),
        ("2.0.0", "shades/1", "a", f"on {HOST} is version shades/1 of shades-package 2.0.0, not"),
        ("1.0.0", "shades/1", "b", "of shades-package 1.0.0 with other bytes in its files, not"),
    ],
)
def test_who_would_draw_with_another_version_says_which_host_has_which(
    package: str, version: str, font: str, told: str, planned: Preset, tmp_path: Path
) -> None:
    with (
        shades(tmp_path, package, version, font),
        pytest.raises(ManifestUnusable, match=told) as caught,
    ):
        load_renderer(planned)
    assert caught.value.code == "renderer_unusable"
    wanted = "version shades/1 of shades-package 1.0.0, with which the run was planned: install"
    assert wanted in str(caught.value)


def test_a_worker_without_the_guest_ends_its_task_with_what_to_install_there(
    planned: Preset, tmp_path: Path
) -> None:
    workspace = Workspace(out=str(tmp_path / "out"), scratch=tmp_path)
    outcome = execute(ToolCache(), Generate(preset=planned), a_shot(), workspace)
    assert outcome.failure is not None
    assert outcome.failure.kind == FailureKind.MANIFEST_UNUSABLE  # final, and its row's alone
    assert outcome.failure.message == (
        f"on {HOST} the renderer shades is not installed here; install version shades/1 of "
        "shades-package 1.0.0, with which the run was planned, and run again"
    )
