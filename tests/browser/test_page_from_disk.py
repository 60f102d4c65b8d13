"""The page as it lies on a disk, with more rows than a screen: a browser asks for nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from jobs.report.write import ReportWriter
from tests.jobs.report.builders import (
    FLAG,
    HOSTILE,
    a_result,
    a_sidecar,
    an_attempt,
    delivered,
    write_night,
)

ROWS = 200


@pytest.fixture(scope="module")
def large_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fine rows, and behind them one that is flagged and one that failed."""
    out = tmp_path_factory.mktemp("large") / "out"
    out.mkdir()
    fine = [a_result(f"fine-{n:03}", fingerprint=f"{n:040x}", gpu_s=n) for n in range(ROWS)]
    flagged = replace(delivered(out, "odd", a_sidecar(), warnings=(FLAG,)), video_uri=None)
    failed = a_result("lost", "failed", error_message=HOSTILE)
    attempts = [an_attempt("odd", HOSTILE, 0, 9), an_attempt("odd", "two", 4, 9, state="failed")]
    write_night(out, [*fine, flagged, failed], attempts)
    ReportWriter(str(out)).write()
    return out


@pytest.fixture
def page(chromium: Browser, large_night: Path) -> Iterator[Page]:
    """Opened; at the end nothing was complained of."""
    tab = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda said: complaints.append(said.text))
    tab.on("dialog", lambda dialog: complaints.append(dialog.message))
    tab.goto((large_night / "report.html").as_uri())
    yield tab
    tab.close()
    assert complaints == []


def ids(page: Page) -> list[str]:
    return page.locator("#rows a").all_inner_texts()


def test_rows_are_made_as_they_are_scrolled_to(page: Page) -> None:
    assert ids(page)[:3] == ["odd", "lost", "fine-000"]
    assert len(ids(page)) < ROWS
    for _ in range(100):
        page.locator("#rows tr").last.scroll_into_view_if_needed()
        if len(ids(page)) == ROWS + 2:
            break
        page.wait_for_timeout(50)
    expect(page.locator("#rows tr")).to_have_count(ROWS + 2)


def test_filters_and_orders_come_back_to_the_default(page: Page) -> None:
    page.get_by_label("Search").fill("fine-0 done")
    expect(page.locator("#count")).to_have_text("100 of 202 jobs")
    page.get_by_label("Search").fill("")
    page.get_by_label("State").select_option("needs somebody")
    assert ids(page) == ["odd", "lost"]
    page.get_by_label("State").select_option("all")
    page.get_by_role("button", name="GPU s").click()
    assert ids(page)[0] == f"fine-{ROWS - 1:03}"
    expect(page.locator("th[aria-sort=descending]")).to_have_text("GPU s")
    page.get_by_role("button", name="Default order").click()
    assert ids(page)[0] == "odd"


def test_the_keys_of_the_help_go_through_the_jobs(page: Page) -> None:
    page.keyboard.press("?")
    told = page.locator("#key-list li").all_inner_texts()
    assert len(told) >= 12
    page.keyboard.press("Escape")
    page.keyboard.press("o")
    expect(page.locator("#job-name")).to_have_text("odd")
    expect(page.locator("#cause")).to_contain_text("Lip lag is 4 frames, above 3")
    expect(page.get_by_role("region", name="Gates")).to_contain_text("lip lag")
    page.keyboard.press("j")
    expect(page.locator("#job-name")).to_have_text("lost")
    expect(page.locator("#cause")).to_have_text(HOSTILE)
    page.keyboard.press("k")
    expect(page.locator("#job-name")).to_have_text("odd")
    page.keyboard.press("w")
    expect(page.locator("#workers .lane")).to_have_count(2)
    page.keyboard.press("b")
    page.get_by_role("link", name=HOSTILE).click()
    expect(page.locator("#titles article")).to_have_count(1)
    page.keyboard.press("Escape")
    assert ids(page)[0] == "odd"


@pytest.mark.parametrize("width", [390, 1440])
def test_no_view_is_wider_than_its_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    for view in ("#/", "#/titles", "#/workers"):
        page.evaluate(f"location.hash = '{view}'")
        page.wait_for_timeout(50)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert page.evaluate(wide) == 0, view
