"""A page in a real headless Chromium, and what it is served from."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import NoReturn

import pytest
from playwright.sync_api import Browser, Page

from jobs.serve.application import application
from jobs.serve.live import LiveNight
from jobs.serve.pages import ServedPages
from tests.serving import ServedPage, served

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser_path() -> str | None:
    """The browser that `RUSHES_BROWSER` names, else one that is installed."""
    named = os.environ.get("RUSHES_BROWSER")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def no_browser(*, required: bool) -> NoReturn:
    """Skips the test by name; where a browser is required, that is a failure."""
    told = "no Chromium here: install one, or name it in RUSHES_BROWSER"
    if required:
        pytest.fail(told)
    pytest.skip(told)


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
    with served(lambda rules: application(out, rules, night, pages, read_only=read_only)) as there:
        yield there


def until(page: Page, expression: str) -> None:
    """Waits for something to be so; Playwright's own waiting evaluates text in the page, which the
    page forbids."""
    for _ in range(600):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"it never came to {expression}")
