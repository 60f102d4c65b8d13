"""`rushes serve` as a person calls it: it tells its address, and Ctrl-C ends it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from jobs.config import RunConfig
from jobs.output.run_file import write_run_file
from jobs.serve.pages import SCRIPT, ServedPages
from manifests.results import write_results
from tests.jobs.test_cli import call
from tests.manifests.builders import NOON, a_result
from tests.serving import ServedPage


@contextmanager
def called(out: Path, *flags: str) -> Iterator[tuple[ServedPage, str]]:
    """The page of a command of its own, and the line that it printed; ended as by Ctrl-C."""
    begin = "from jobs.cli import main; main()"
    words = [sys.executable, "-c", begin, "serve", str(out), *flags]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - ours
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        there = urlsplit(line)
        try:
            yield ServedPage(port=there.port or 0, token=there.path.split("/")[1]), line
        finally:
            process.send_signal(signal.SIGINT)
        assert process.wait(60) == 0


def test_the_address_opens_the_page_with_its_token_alone_until_it_is_stopped(
    tmp_path: Path,
) -> None:
    row = a_result(job_id="a", fingerprint="a", started=NOON, finished=NOON)
    assert write_results([row], str(tmp_path))
    write_run_file(str(tmp_path), "run", [], RunConfig(), rows=1)
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "page.js").write_text("stolen()")
    with called(tmp_path, "--allow-host", "Studio.example") as (page, line):
        assert line.startswith("http://127.0.0.1:")
        answer, found = page.ask("/report.html", Host="studio.example:443")
        assert (answer.status, b"report/actions.js" in found) == (200, True)
        assert b"stolen" not in page.ask("/report/page.js")[1]
        assert b'"job_id":"a"' in page.ask("/report/night.js")[1]
        key = page.ask("/report/live")[1].split(b'"key":"')[1].split(b'"')[0].decode()
        assert page.ask(f"/report/jobs/{key}.js")[1].startswith(b"rushes.job(")
        assert page.ask_whole("/report.html")[0].status == 404
        assert page.decide(what="reject", jobs=["a"])[1]["said"] == "a rejected."


def test_what_is_no_run_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "serve", tmp_path) == 2
    assert "[not_a_run]" in capsys.readouterr().err
    write_run_file(str(tmp_path), "run", [], RunConfig(), rows=0)
    assert call(monkeypatch, "serve", tmp_path, "--host", "203.0.113.7") == 2
    assert "[address_unusable]" in capsys.readouterr().err


def test_curves_that_somebody_stored_become_no_script(tmp_path: Path) -> None:
    row = a_result(job_id="a", fingerprint="a", started=NOON, finished=NOON)
    assert write_results([row], str(tmp_path))
    write_run_file(str(tmp_path), "run", [], RunConfig(), rows=1)
    looks = tmp_path / "report" / "looks" / "x"
    looks.mkdir(parents=True)
    (looks / "curves.js").write_text('rushes.curves({"key":"x"});\n')
    (looks / "evil.js").write_text("stolen();\n")
    (looks / "both.js").write_text('rushes.curves({"key":"x"});stolen();\n')
    pages = ServedPages(str(tmp_path))
    pages.look()
    assert pages.part("looks/x/curves.js") == ('rushes.curves({"key":"x"});\n', SCRIPT)
    assert pages.part("looks/x/evil.js") is None
    assert pages.part("looks/x/both.js") is None
    assert pages.look().files == {}  # nor is any of them handed on as a file
