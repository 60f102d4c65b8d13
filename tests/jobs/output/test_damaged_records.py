"""What becomes of a run whose own records are damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobs.output.results_writer import ResultsWriter, results_so_far
from jobs.output.run_file import read_run_file, refuse_other_format
from jobs.reporting.status import run_status
from manifests.errors import BadInput, ManifestUnusable
from manifests.results import read_results, write_results
from tests.manifests.builders import a_result


@pytest.mark.parametrize("content", [b"", b"PAR1", b"\x80" * 4000])
def test_damaged_results_are_made_anew_with_a_word(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert write_results([a_result()], str(tmp_path))
    (tmp_path / "results.parquet").write_bytes(content)
    assert results_so_far(str(tmp_path)) == []
    assert "run again with the same manifests" in caplog.text
    ResultsWriter(str(tmp_path), [], []).write()
    assert list(read_results(str(tmp_path))) == []


def test_whoever_needs_the_results_is_told_how_to_get_them(tmp_path: Path) -> None:
    (tmp_path / "results.parquet").write_bytes(b"half")
    with pytest.raises(BadInput, match=r"cannot be read.*run again") as caught:
        list(read_results(str(tmp_path)))
    assert caught.value.code == "results_damaged"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_run_file_is_named_with_its_remedy_and_stops_no_run(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "_run").mkdir()
    (tmp_path / "_run" / "run.json").write_bytes(content)
    with pytest.raises(ManifestUnusable, match="is damaged; run again"):
        read_run_file(str(tmp_path))
    refuse_other_format(str(tmp_path))
    assert "is written anew" in caplog.text


@pytest.mark.parametrize(
    "content",
    [
        '{"format": 1}',
        '{"format": 1, "run_id": "1", "started": "x", "rows": "many", "manifests": []}',
        '{"format": 1, "run_id": "1", "started": "x", "rows": 1, "manifests": [{}]}',
    ],
)
def test_a_run_file_with_odd_fields_is_damaged(tmp_path: Path, content: str) -> None:
    (tmp_path / "_run").mkdir()
    (tmp_path / "_run" / "run.json").write_text(content)
    with pytest.raises(ManifestUnusable, match="is damaged; run again"):
        run_status(str(tmp_path))


def test_a_run_of_another_format_is_refused_as_before(tmp_path: Path) -> None:
    (tmp_path / "_run").mkdir()
    (tmp_path / "_run" / "run.json").write_text('{"format": 99}')
    with pytest.raises(ManifestUnusable, match="not of format 1"):
        refuse_other_format(str(tmp_path))
