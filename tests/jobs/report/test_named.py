"""The report holds what its page names and nothing else, of nobody who was erased meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.keeping.erase import erased_result
from jobs.output.erasures import Erasure, end_erasure, remember_erasure
from jobs.output.work_records import report_key
from jobs.report import write
from jobs.report.collect import collect
from jobs.report.named import unnamed
from jobs.report.presigned import signed_until
from jobs.report.write import ReportWriter
from manifests.lease import name_under
from manifests.ledger import Ledger
from manifests.results import Result, results_version, write_results
from manifests.storage import overwrite, storage_of
from tests.jobs.report.builders import (
    BEGUN,
    a_result,
    a_sidecar,
    an_attempt,
    delivered,
    scripts,
    write_night,
)
from tests.jobs.test_cli import call
from tests.s3_server import S3Server

PRIVATE = "The title of somebody"


def the_rows(out: Path) -> list[Result]:
    return [
        delivered(out, "hers", a_sidecar(title=PRIVATE), error_message=PRIVATE),
        delivered(out, "his", a_sidecar(title="His")),
    ]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A night of two rows."""
    sentence = an_attempt("hers", "w", 0, 9, state="failed", error_message=PRIVATE)
    write_night(tmp_path, the_rows(tmp_path), [sentence])
    return tmp_path


def erase_hers(out: Path) -> None:
    """What `rushes erase` does to results and the ledger, with its record begun before and ended
    after."""
    record = Erasure(whose="job", id="hers", begun=datetime.now(UTC), jobs=("hers",))
    uri = remember_erasure(str(out), record)
    (out / "videos/hers.json").unlink()
    Ledger(str(out)).drop_sentences({"hers"})
    hers, his = the_rows(out)
    assert write_results([erased_result(hers), his], str(out), expected=results_version(str(out)))
    (out / "videos/hers.json").unlink()
    end_erasure(uri, record)


def after_first(
    put: Callable[..., None], last: str, then: Callable[[], None]
) -> Callable[..., None]:
    """Does something once, behind the first file whose name ends so."""
    seen: list[str] = []

    def putting(out: str, epoch: int, uri: str, content: bytes) -> None:
        put(out, epoch, uri, content)
        if uri.endswith(last) and not seen:
            seen.append(uri)
            then()

    return putting


@pytest.mark.parametrize(
    "last", ["curves.js", f"jobs/{report_key('hers')}.js", "page.js", "night.js", "report.html"]
)
def test_whoever_is_erased_while_the_report_is_written_is_in_none_of_it(
    out: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    putting = after_first(name_under, last, lambda: erase_hers(out))
    monkeypatch.setattr(write, "name_under", putting)
    ReportWriter(str(out)).write()
    texts = {path: path.read_text() for path in (out / "report").rglob("*.js")}
    assert not [path for path, text in texts.items() if PRIVATE in text]
    assert {
        Path(path).parent.name.partition(".")[0] for path in (out / "report").rglob("curves.js")
    } == {report_key("his")}
    night = scripts((out / "report/night.js").read_text())
    assert {job["job_id"]: job["state"] for job in night["jobs"]} == {
        "hers": "erased",
        "his": "done",
    }


def test_whoever_is_being_erased_is_not_shown_any_more(out: Path) -> None:
    """The results tell it at the end of an erasure, which may have been killed before."""
    record = Erasure(whose="job", id="hers", begun=datetime.now(UTC), jobs=("hers",))
    remember_erasure(str(out), record)
    ReportWriter(str(out)).write()
    assert not [p for p in (out / "report").rglob("*.js") if PRIVATE in p.read_text()]
    assert {job.job_id: job.title for job in collect(str(out)).jobs} == {"hers": "", "his": "His"}


def test_pictures_of_earlier_requests_are_let_go(out: Path) -> None:
    writer = ReportWriter(str(out))
    writer.write()
    kept = files_of_report(out)
    stray = out / "report" / "notes.txt"
    stray.write_text("of a person")
    looks, gone = out / "report/looks", report_key("gone")
    for old in (looks / f"{report_key('his')}.000000000000", looks / f"{gone}.aaaaaaaaaaaa"):
        old.mkdir()
        (old / "poster.jpg").write_bytes(b"picture")
    (out / "report/jobs" / f"{gone}.js").write_text("old")
    writer.write()
    assert files_of_report(out) == {*kept, stray}


def files_of_report(out: Path) -> set[Path]:
    return {path for path in (out / "report").rglob("[!.]*") if path.is_file()}


def test_pictures_of_a_job_that_is_made_anew_stay_until_that_has_ended(out: Path) -> None:
    writer = ReportWriter(str(out))
    writer.write()
    before = set((out / "report/looks").rglob("*"))
    _, his = the_rows(out)
    assert write_results([his], str(out), expected=results_version(str(out)))
    Ledger(str(out)).append([an_attempt("hers", "w", 9, 12)])
    writer.write()
    assert set((out / "report/looks").rglob("*")) == before


def test_pictures_that_another_writer_let_go_are_made_again(out: Path) -> None:
    writer = ReportWriter(str(out))
    writer.write()
    before = files_of_report(out)
    for path in (out / "report/looks").rglob("*.js"):
        path.unlink()
    writer.write()
    assert files_of_report(out) == before


names = st.sampled_from(["jobs/a.js", "jobs/b-2.js", "looks/a.1/p.jpg", "looks/b.1/p.jpg", "x.js"])


@given(st.frozensets(names), st.frozensets(st.sampled_from(["a", "a.1", "b-2", "b.1"])))
def test_what_is_named_or_waited_for_is_never_let_go(
    listed: frozenset[str], named: frozenset[str]
) -> None:
    gone = unnamed(listed, named, {"b"})
    assert not any(n.split("/")[1].removesuffix(".js") in named for n in gone)
    assert not any("/b" in name for name in gone)
    assert "x.js" not in gone
    assert unnamed(listed - gone, named, {"b"}) == set()


def test_a_page_that_was_signed_stays_signed_for_the_rest_of_its_time(
    s3: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = f"s3://{s3.bucket}/kept-signed"
    overwrite(f"{folder}/videos/a.mp4", b"film")
    write_night(folder, [a_result("a", video_uri=f"{folder}/videos/a.mp4")])
    assert call(monkeypatch, "report", folder, "--presign", "2h") == 0
    until = signed_until(page_of(folder))
    assert until is not None
    ReportWriter(folder).write()  # as a run and an erasure do
    again = signed_until(page_of(folder))
    assert again is not None
    assert abs(again - until) < timedelta(seconds=5)
    assert call(monkeypatch, "report", folder) == 0
    assert signed_until(page_of(folder)) is None


def page_of(out: str) -> str:
    return storage_of(out).read(f"{out}/report.html").decode()


@pytest.mark.parametrize(
    ("page", "until"),
    [
        ("", None),
        ('src="report/night.js"', None),
        ("?X-Amz-Date=20260101T000000Z&amp;X-Amz-Expires=60&amp;", BEGUN + timedelta(minutes=1)),
        ("?X-Amz-Expires=3600&X-Amz-Date=20260101T000000Z&", BEGUN + timedelta(hours=1)),
        ("?X-Amz-Date=20269901T000000Z&X-Amz-Expires=60&", None),
    ],
)
def test_when_the_urls_of_a_page_end_is_read_from_it(page: str, until: Any) -> None:  # noqa: ANN401
    assert signed_until(page) == until
