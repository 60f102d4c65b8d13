"""A real headless Chromium, and a small night that all tests of the page look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from jobs.report.write import ReportWriter
from manifests import Job
from tests.browser.looking import browser_path, no_browser
from tests.night import a_manifest, make_media, run_here


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Skips without one; where `RUSHES_BROWSER_REQUIRED` is 1 that is a failure."""
    path = browser_path()
    if path is None:
        no_browser(required=os.environ.get("RUSHES_BROWSER_REQUIRED") == "1")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def night_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three rows as a proof, made once, with their report."""
    folder = tmp_path_factory.mktemp("night")
    media = make_media(folder)
    same = {"portrait_uri": str(media.portrait), "audio_uri": str(media.narration), "seed": 1}
    jobs = [
        Job(job_id=name, title="Welcome", language=language, **same)  # type: ignore[arg-type]
        for name, language in (("welcome-en", "en"), ("welcome-de", "de"), ("zz-last", "fr"))
    ]
    out = folder / "proof"
    run_here(a_manifest(folder, jobs), out, folder / "scratch", proof=True)
    ReportWriter(str(out)).write()
    return out


@pytest.fixture
def proof(night_out: Path) -> Iterator[Path]:
    """The same, with nothing said of it yet."""
    shutil.rmtree(night_out / "orders", ignore_errors=True)
    yield night_out
    shutil.rmtree(night_out / "orders", ignore_errors=True)
