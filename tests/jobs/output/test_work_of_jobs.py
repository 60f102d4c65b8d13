"""What is stored behind a finished row, found again from its sidecar."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

from jobs.output.work_of_jobs import FinishedRow, finished_rows, stored_work
from manifests import read_results

TAKES_OWN_CUTS = "cutlist.json"


def test_all_work_of_a_run_is_behind_its_row_but_how_the_take_was_cut(undisturbed: Path) -> None:
    (result,) = read_results(str(undisturbed))
    row = finished_rows([result])["long"]
    works = stored_work(str(undisturbed))
    assert isinstance(row, FinishedRow)
    (cuts,) = works.keys() - row.names
    assert [Path(uri).name for uri in works[cuts].files] == [TAKES_OWN_CUTS]
    assert row.names <= works.keys()
    assert result.finished is not None
    assert (row.asked, row.finished_s) == (result.fingerprint, result.finished.timestamp())
    assert row.seeds == {result.seed}
    files = [path for path in (undisturbed / "_run/work").rglob("*") if path.is_file()]
    assert sum(work.bytes for work in works.values()) == sum(p.stat().st_size for p in files)
    assert sorted(uri for work in works.values() for uri in work.files) == sorted(map(str, files))


def test_a_sidecar_of_before_names_all_but_bridges_and_captions(
    undisturbed: Path, tmp_path: Path
) -> None:
    (result,) = read_results(str(undisturbed))
    whole = finished_rows([result])["long"]
    sidecar = tmp_path / "long.json"
    said = json.loads((undisturbed / "videos/long.json").read_text())
    del said["work"]
    sidecar.write_text(json.dumps(said))
    files = tuple(replace(file, uri=str(sidecar)) for file in result.deliverables[-1:])
    row = finished_rows([replace(result, deliverables=files)])["long"]
    assert isinstance(row, FinishedRow)
    assert isinstance(whole, FinishedRow)
    works = stored_work(str(undisturbed))
    lacking = {Path(uri).name for name in whole.names - row.names for uri in works[name].files}
    parts = {"part.mov", "deliveredpart.json"}  # no sidecar of before had any
    assert lacking - parts <= {"bridge.mkv", "looks.json", "portrait.png", "landmarks.npy"}


def test_a_row_whose_sidecar_is_gone_or_of_another_request_says_so(
    undisturbed: Path, tmp_path: Path
) -> None:
    (result,) = read_results(str(undisturbed))
    shutil.copy(undisturbed / "videos/long.json", tmp_path)
    other = finished_rows([replace(result, fingerprint="other")])["long"]
    assert other == "its sidecar is of another request"
    gone = finished_rows([replace(result, deliverables=())])["long"]
    assert isinstance(gone, str)
