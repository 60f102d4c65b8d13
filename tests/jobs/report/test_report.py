"""The report is written from the output folder alone, and all that was read is text in it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import unquote
from urllib.request import urlopen

import pytest
from PIL import Image

from jobs.output.work_records import report_files, report_key
from jobs.report.collect import collect
from jobs.report.keeper import ReportKeeper
from jobs.report.write import PAGE, PAGE_FILES, ReportWriter, page_file
from manifests import read_results
from manifests.results import Deliverable, write_results
from manifests.storage import overwrite
from tests.jobs.report.builders import (
    FLAG,
    HOSTILE,
    a_result,
    a_sidecar,
    an_attempt,
    delivered,
    scripts,
    write_night,
)
from tests.jobs.test_cli import call
from tests.s3_server import S3Server


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A night of a flagged, a failed and an invalid row with names and messages of the worst."""
    folder = tmp_path / "out"
    folder.mkdir()
    failed = a_result("failed", "failed", error_message=HOSTILE)
    rows = [
        a_result(HOSTILE, "invalid", error_message=HOSTILE, fingerprint=None),
        failed,
        delivered(folder, "flagged", a_sidecar(), warnings=(FLAG, HOSTILE), gpu_s=7200.0),
        a_result("failed", "invalid", error_message="the id is taken", fingerprint=None),
    ]
    write_night(folder, rows, [an_attempt("flagged", HOSTILE, 0, 9, gpu_s=9.0)])
    return folder


def test_the_page_needs_nothing_but_the_files_beside_it(out: Path) -> None:
    ReportWriter(str(out)).write()
    html = (out / "report.html").read_text()
    named = re.findall(r'(?:src|href)="(report/[^"]+)"', html)
    assert set(named) == {f"report/{name}" for name in (*PAGE_FILES, "night.js")}
    assert all((out / name).is_file() for name in named)
    assert not re.search(r"https?://|<script>|\son\w+=|\sstyle=", html)


def test_no_script_of_the_page_makes_markup_of_text() -> None:
    code = "".join(page_file(name).decode() for name in PAGE_FILES if name.endswith(".js"))
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", code)
    assert {path.name for path in PAGE.iterdir() if path.suffix} >= {*PAGE_FILES, "page.html"}


def test_hostile_names_and_messages_stay_data(out: Path) -> None:
    ReportWriter(str(out)).write()
    for path in (out / "report").rglob("*.js"):
        if path.name not in PAGE_FILES:
            assert path.read_bytes().isascii()
            assert isinstance(scripts(path.read_text()), dict)
    night = scripts((out / "report" / "night.js").read_text())
    assert HOSTILE in [job["job_id"] for job in night["jobs"]]
    assert not list(out.parent.glob("x*"))


def test_rows_that_share_an_id_have_files_of_their_own(out: Path) -> None:
    keys = [job.key for job in collect(str(out)).jobs]
    assert len(set(keys)) == len(keys) == 4


def test_a_job_in_full_has_its_gates_seeds_and_files(out: Path) -> None:
    ReportWriter(str(out)).write()
    told = scripts((out / "report" / "jobs" / f"{report_key('flagged')}.js").read_text())
    gates = {gate["measure"]: gate for gate in told["gates"]}
    seam = gates["seam"]
    assert (seam["level"], seam["value"], seam["at_s"]) == ("pass", 2.0, 1.88)
    assert gates["lip_lag"]["place"] == "of the whole take"
    assert told["segments"][1]["seed"] == str(2**62)  # a number would lose its last digits
    files = {file["profile"]: unquote(file["href"]) for file in told["files"]}
    assert files["web"] == "videos/flagged #1.mp4"


def test_an_output_that_was_moved_names_its_files_where_they_are(out: Path) -> None:
    moved = out.rename(out.parent / "elsewhere")
    (job,) = [job for job in collect(str(moved)).jobs if job.state == "flagged"]
    assert (moved / unquote(job.video)).parent == moved / "videos"
    assert job.title == HOSTILE


def test_files_outside_of_the_output_are_not_named(out: Path) -> None:
    rows = [replace(row, video_uri="/etc/passwd") for row in read_results(str(out))]
    write_results(rows[2:3], str(out / "other"))
    shutil.copy(out / "results.parquet", out / "kept.parquet")
    shutil.copy(out / "other" / "results.parquet", out / "results.parquet")
    assert [job.video for job in collect(str(out)).jobs] == [""]


def test_of_an_erased_row_nothing_is_read_out_of_its_manifest(tmp_path: Path) -> None:
    manifest = tmp_path / "night.csv"
    manifest.write_text(
        "job_id,portrait_uri,script,title\na,/a.png,Secret,Ada\nb,/b.png,Said,Eve\n"
    )
    rows = [a_result("a", "erased"), a_result("b", "failed")]
    out = write_night(tmp_path / "out", rows, manifest=str(manifest))
    assert {job.job_id: job.title for job in collect(out).jobs} == {"a": "", "b": "Eve"}
    ReportWriter(out).write()
    assert "Secret" not in (tmp_path / "out/report/jobs" / f"{report_key('a')}.js").read_text()


def test_price_and_vain_hours_are_told(out: Path) -> None:
    night = collect(str(out))
    (job,) = [job for job in night.jobs if job.state == "flagged"]
    assert job.usd == pytest.approx(6.0)
    assert night.usd == pytest.approx(9 / 3600 * 3, abs=1e-4)
    assert night.minutes == pytest.approx(4 / 60, abs=0.01)
    assert night.counts["flagged"] == 1


def test_nights_of_before_figures_were_measured_are_shown(tmp_path: Path) -> None:
    before = a_sidecar()
    for name in ("drawn", "gates", "quality", "title"):
        del before[name]
    out = write_night(tmp_path, [delivered(tmp_path, "old", before)])
    ReportWriter(out).write()
    told = scripts((tmp_path / "report" / "jobs" / f"{report_key('old')}.js").read_text())
    assert (told["gates"], told["segments"]) == ([], [])
    assert collect(out).jobs[0].state == "done"


def test_what_did_not_change_is_not_written_again(out: Path) -> None:
    writer = ReportWriter(str(out))
    writer.write()
    page = out / "report" / "jobs" / f"{report_key('failed')}.js"
    page.unlink()
    writer.write()
    assert not page.exists()
    ReportWriter(str(out)).write()
    assert page.exists()


def test_the_report_of_an_erased_person_is_found(out: Path) -> None:
    ReportWriter(str(out)).write()
    names = {Path(uri).relative_to(out).as_posix() for uri in report_files(str(out), ["failed"])}
    key = report_key("failed")
    assert names == {f"report/jobs/{key}.js", f"report/jobs/{key}-2.js", "report/night.js"}


def test_the_command_tells_who_is_needed_and_signs_nothing_on_a_disk(
    out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "report", out) == 0
    assert "4 of 4 jobs need somebody" in capsys.readouterr().out
    assert call(monkeypatch, "report", out, "--presign", "12h") == 2
    assert "[presign_unusable]" in capsys.readouterr().err


def test_trouble_with_the_report_is_told_and_costs_no_row(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = ReportKeeper(ReportWriter(str(tmp_path / "nothing")))
    keeper.tick()
    keeper.finish()
    assert "the report was not written" in caplog.text


def test_a_run_leaves_a_report_with_pictures_curves_and_strips(undisturbed: Path) -> None:
    (job,) = collect(str(undisturbed)).jobs
    with Image.open(undisturbed / job.poster) as poster:
        assert poster.width == 320
    curves = scripts((undisturbed / job.curves).read_text())
    assert curves["frames"] == round(job.duration_s * 25)
    assert max(curves["wave"]) == 1.0
    assert len(curves["series"]["gap"]) == len(curves["series"]["opening"]) == curves["frames"]
    told = scripts((undisturbed / job.page).read_text())
    kinds = {strip["kind"] for strip in curves["strips"]}
    assert "cut" in kinds
    assert all((undisturbed / told["pictures"][s["name"]]).is_file() for s in curves["strips"])


def test_in_a_private_bucket_every_file_is_named_by_a_url_that_opens(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = f"s3://{s3.bucket}/presigned"
    overwrite(f"{out}/videos/a.mp4", b"film")
    file = Deliverable(profile="web", uri=f"{out}/videos/a.mp4", sha256="0" * 64, bytes=4)
    write_night(out, [a_result("a", video_uri=file.uri, deliverables=(file,))])
    assert call(monkeypatch, "report", out, "--presign", "12h") == 0
    page = opened(capsys.readouterr().out.split()[-1])
    (night,) = [href for href in re.findall(r'src="([^"]+)"', page) if "/night.js" in href]
    (job,) = scripts(opened(unescape(night)))["jobs"]
    assert opened(job["video"]) == "film"
    assert "X-Amz-Expires=43200" in job["video"]
    told = scripts(opened(job["page"]))
    assert opened(told["files"][0]["href"]) == "film"
    with pytest.raises(HTTPError):
        opened(job["video"].partition("?")[0])
    assert call(monkeypatch, "report", out) == 0
    assert collect(out).jobs[0].video == "videos/a.mp4"


def opened(url: str) -> str:
    """As a browser without any right opens it."""
    with urlopen(url) as answer:  # noqa: S310 - of the server of the tests
        return str(answer.read().decode())
