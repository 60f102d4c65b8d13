"""A real headless Chromium, and a small night that all tests of the page look at."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from jobs.report.write import ReportWriter
from jobs.serve.application import application
from jobs.serve.live import LiveNight
from jobs.serve.pages import ServedPages
from manifests import Job
from tests.night import a_manifest, make_media, run_here
from tests.serving import ServedPage, served

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

WIDTHS = {"phone": 390, "desk": 1440}


def browser_path() -> str | None:
    """The browser that `RUSHES_BROWSER` names, else one that is installed."""
    named = os.environ.get("RUSHES_BROWSER")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Skips without one; where `RUSHES_BROWSER_REQUIRED` is 1 that is a failure."""
    path = browser_path()
    if path is None:
        told = "no Chromium here: install one, or name it in RUSHES_BROWSER"
        if os.environ.get("RUSHES_BROWSER_REQUIRED") == "1":
            pytest.fail(told)
        pytest.skip(told)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """A page in the browser, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)


@contextmanager
def looking(
    chromium: Browser, address: str, *, width: int = 1440, scheme: str = "light"
) -> Iterator[Looking]:
    """The page, opened; at its end nothing stands in the console, and nothing was asked of
    another host."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    seen = Looking(page=page)
    page.on("console", lambda said: note(seen, said.type, said.text))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    host = address.split("/")[2]
    page.on(
        "request",
        lambda asked: (
            None
            if asked.url.startswith(("data:", "blob:")) or asked.url.split("/")[2] == host
            else seen.complaints.append(f"asked {asked.url}")
        ),
    )
    page.goto(address)
    try:
        yield seen
        assert seen.complaints == []
    finally:
        context.close()


def note(seen: Looking, kind: str, text: str) -> None:
    if kind in ("error", "warning"):
        seen.complaints.append(text)


@contextmanager
def serving(out: str, *, read_only: bool = False) -> Iterator[ServedPage]:
    """The live page of an output folder."""
    pages = ServedPages(out, read_only=read_only)
    night = LiveNight(pages.look)
    with served(lambda door: application(out, door, night, pages, read_only=read_only)) as there:
        yield there


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
