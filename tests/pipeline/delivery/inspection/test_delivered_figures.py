"""What is delivered has figures: from its records, and by the checks that `rushes verify` makes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from manifests.errors import Rejected
from pipeline.delivery.files import make_deliveries
from pipeline.delivery.gates import FinishedMaster, require_passed
from pipeline.delivery.inspection.delivered_figures import (
    DeliveredRow,
    figures_of_deliveries,
    recorded_figures,
)
from pipeline.delivery.inspection.file_checks import CHECKS, DeliveredCopy
from pipeline.delivery.settings import DeliverySettings
from pipeline.nouns import DeliveredFile, Reel
from pipeline.quality.gates import Gate, Gates
from pipeline.quality.measures import MEASURES
from pipeline.workspace.workspace import Workspace
from tests.noun_builders import a_master
from tests.pipeline.delivery.builders import SmallTake, a_small_take, stored

CHECKED = tuple(name for name in MEASURES if name.endswith("_breaches"))
OF_SMALL = {*CHECKED} - {"watermark_breaches"}
"""So small a picture carries no mark."""


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> SmallTake:
    return a_small_take(tmp_path_factory.mktemp("take"))


@pytest.fixture(scope="module")
def file(take: SmallTake) -> DeliveredFile:
    return make_deliveries(take.request(), take.workspace)[0]


def gates_on(*names: str) -> Gates:
    rows = [MEASURES[name] for name in names]
    return tuple(
        Gate(measure=row.name, better=row.better, span=row.span, warn=0, fail=0) for row in rows
    )


def figures(
    take: SmallTake, *files: DeliveredFile, asked: tuple[str, ...] = CHECKED
) -> dict[str, float]:
    row = DeliveredRow(
        job_id="job", files=files, profiles=DeliverySettings().table, gates=gates_on(*asked)
    )
    return figures_of_deliveries(row, take.workspace)


def test_each_check_of_verify_is_a_row_but_that_of_credentials_which_come_later() -> None:
    assert {f"{check.name}_breaches" for check in CHECKS} - set(CHECKED) == {"credentials_breaches"}
    assert {MEASURES[name].reads for name in CHECKED} == {"delivered"}


def test_a_file_as_it_was_made_has_no_breach(take: SmallTake, file: DeliveredFile) -> None:
    found = figures(take, file)
    assert found == dict.fromkeys(OF_SMALL, 0)


def test_what_decodes_is_looked_at_only_where_a_gate_asks(
    take: SmallTake, file: DeliveredFile
) -> None:
    assert set(figures(take, file, asked=())) == {"header_breaches"}
    assert set(figures(take, file, asked=("loudness_breaches",))) == {
        "header_breaches",
        "loudness_breaches",
    }


OTHERWISE = {
    "frames lost": ({"frames": 187}, {"header_breaches": 1, "decoding_breaches": 1}),
    "sound cut": ({"samples": 1920}, {"header_breaches": 1, "decoding_breaches": 1}),
    "louder": ({"loudness_after": -5.0}, {"loudness_breaches": 1}),
    "another job's": ({"watermark": "0123456789ab"}, {"watermark_breaches": 1}),
    "wrong size and rate": ({"width": 200, "rate": "24"}, {"header_breaches": 2}),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_a_file_that_holds_something_else_has_breaches_and_its_gate_rejects_it(
    take: SmallTake, file: DeliveredFile, name: str
) -> None:
    fields, wanted = OTHERWISE[name]
    wrong = replace(file, **fields)  # type: ignore[arg-type]  # by name
    assert figures(take, file, wrong, asked=tuple(wanted)) == {"header_breaches": 0} | wanted
    with pytest.raises(Rejected, match=f"{next(iter(wanted))} is") as caught:
        require(take.reel, wanted, take.workspace)
    assert caught.value.code == "take_failed"
    require(take.reel, dict.fromkeys(wanted, 0), take.workspace)


def require(reel: Reel, found: dict[str, float], workspace: Workspace) -> None:
    finished = FinishedMaster(
        master=a_master(), reel=reel, clips=(), figures=found, gates=gates_on(*found)
    )
    require_passed(finished, workspace)


def test_a_file_that_is_no_video_any_more_is_one_breach(
    take: SmallTake, file: DeliveredFile, tmp_path: Path
) -> None:
    path = tmp_path / "cut.mp4"
    path.write_bytes(Path(file.file.uri).read_bytes()[:-9000])
    cut = replace(file, file=stored(path))
    found = figures(take, cut, asked=("decoding_breaches",))
    assert found["decoding_breaches"] == 1


def test_the_rows_and_verify_ask_the_very_same_checks(
    take: SmallTake, file: DeliveredFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that finds two things has two breaches, whatever it is."""

    def two(copy: DeliveredCopy) -> Iterator[str]:
        assert copy.said == file
        yield from ("one", "another")

    checks = tuple(replace(check, findings=two) for check in CHECKS)
    monkeypatch.setattr("pipeline.delivery.inspection.delivered_figures.CHECKS", checks)
    assert figures(take, file) == dict.fromkeys(OF_SMALL, 2)


def test_loudness_and_peaks_are_told_against_what_the_profile_asks(file: DeliveredFile) -> None:
    table = DeliverySettings().table
    loud = replace(table["web"], name="loud", loudness="r128")
    as_asked = replace(file, profile="loud", loudness_after=-23.2, true_peak=-3.0)
    files = (as_asked, replace(as_asked, loudness_after=-21.5, true_peak=-0.4))
    row = DeliveredRow(job_id="job", files=files, profiles=MappingProxyType({"loud": loud}))
    assert recorded_figures(row) == pytest.approx({"loudness_off": 1.5, "true_peak_over": 0.6})
    quiet = replace(row, files=(replace(as_asked, loudness_after=-70.0),))
    assert recorded_figures(quiet) == {"true_peak_over": 0}
    of_before = replace(row, files=(replace(as_asked, loudness_after=None, true_peak=None),))
    assert recorded_figures(of_before) == {}
    as_is = replace(row, profiles={"loud": replace(loud, loudness="as_is")})
    assert recorded_figures(as_is) == {}
