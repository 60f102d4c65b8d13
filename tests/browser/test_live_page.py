"""The page in a real browser: clicks, keys, the player, and what a hostile night would like."""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from jobs.config import RunConfig
from jobs.engine.steering import Instruction
from jobs.output.instruction_files import Watch, give
from jobs.output.run_file import write_run_file
from manifests.results import Deliverable, write_results
from tests.browser.looking import Looking, looking, no_browser, serving, until
from tests.manifests.builders import NOON, a_result

HOSTILE = "<img src=x onerror=alert(1)></td><script>alert(2)</script>\u202e&quot; ${7*7}"

PLAYER = "document.querySelector('#player video')"


def open_first(page: Page) -> None:
    page.wait_for_selector("#rows tr")
    page.keyboard.press("o")
    expect(page.locator("#job")).to_be_visible()


def test_without_a_browser_these_tests_are_skipped_unless_one_is_required() -> None:
    with pytest.raises(pytest.skip.Exception, match="no Chromium"):
        no_browser(required=False)
    with pytest.raises(pytest.fail.Exception, match="no Chromium"):
        no_browser(required=True)


def test_jobs_are_sorted_filtered_opened_and_played(chromium: Browser, proof: Path) -> None:
    with serving(str(proof)) as there, looking(chromium, there.address) as seen:
        page = seen.page
        names = page.locator("#rows tr td:nth-child(2)")
        expect(names).to_have_count(3)
        page.get_by_role("button", name="Job").click()
        expect(names).to_have_text(["welcome-de", "welcome-en", "zz-last"])
        page.get_by_role("button", name="Job").click()
        expect(names.first).to_have_text("zz-last")
        page.keyboard.press("/")
        page.keyboard.type("welcome de")
        expect(names).to_have_text(["welcome-de"])
        page.get_by_label("Search").fill("")
        page.get_by_label("Language").select_option("fr")
        expect(names).to_have_text(["zz-last"])
        page.get_by_role("link", name="zz-last").click()
        video = page.locator("#player video")
        expect(video).to_be_visible()
        until(page, f"{PLAYER}.readyState >= 2")
        page.keyboard.press(".")
        assert video.evaluate("each => each.currentTime") == pytest.approx(0.04, abs=0.02)
        page.keyboard.press("p")
        until(page, f"{PLAYER}.currentTime > 0.2")
        page.keyboard.press("b")
        page.get_by_role("link", name="Welcome").click()
        expect(page.locator("#titles article")).to_have_count(3)


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_labels_and_contrast_satisfy_axe(
    chromium: Browser, proof: Path, width: int, scheme: str
) -> None:
    with (
        serving(str(proof)) as there,
        looking(chromium, there.address, width=width, scheme=scheme) as seen,
    ):
        page = seen.page
        page.wait_for_selector("#rows tr")
        fits(seen)
        open_first(page)
        page.wait_for_selector("#detail table")
        page.keyboard.press("r")
        page.wait_for_selector("form.ask")
        fits(seen)
        page.keyboard.press("Escape")
        page.keyboard.press("w")
        expect(page.locator("#workers")).to_be_visible()
        page.keyboard.press("?")
        fits(seen)


def fits(seen: Looking) -> None:
    """Nothing is wrong with labels and contrast, and nothing is wider than the screen."""
    found = Axe().run(seen.page).response["violations"]
    assert [(each["id"], [n["html"] for n in each["nodes"]]) for each in found] == []
    root = "document.documentElement"
    assert seen.page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")


def test_whatever_rows_say_is_shown_as_text(chromium: Browser, tmp_path: Path) -> None:
    out = str(tmp_path / "out <b>'&")
    times = {"started": NOON, "finished": NOON}
    file = Deliverable(profile=HOSTILE, uri=f"{out}/videos/<i>.mp4", sha256="", bytes=1)
    rows = [
        a_result(job_id="bad", status="failed", error_code="x", error_message=HOSTILE, **times),
        a_result(job_id="odd", warnings=(f"late: {HOSTILE}",), deliverables=(file,), **times),
    ]
    assert write_results(rows, out)
    write_run_file(out, "run", [], RunConfig(), rows=2)
    with serving(out) as there, looking(chromium, there.address) as seen:
        page = seen.page
        page.on("dialog", lambda asked: seen.complaints.append(asked.message))
        expect(page.locator("#rows .cause").first).to_contain_text(HOSTILE)
        open_first(page)
        expect(page.locator("#cause")).to_have_text(HOSTILE)
        page.keyboard.press("j")
        expect(page.locator("#detail")).to_contain_text(HOSTILE)
        assert page.locator("main img, main script, main b, main i").count() == 0


def test_what_is_said_elsewhere_is_shown_within_seconds(chromium: Browser, proof: Path) -> None:
    with serving(str(proof)) as there, looking(chromium, there.address) as seen:
        page = seen.page
        page.wait_for_selector("html[data-live=yes]")
        give(str(proof), Instruction(what="hold", jobs=("zz-last",), given=NOON))
        row = page.locator("#rows tr", has_text="zz-last")
        expect(row).to_contain_text("held", timeout=30_000)


def test_decisions_are_made_by_click_and_taken_back(chromium: Browser, proof: Path) -> None:
    with serving(str(proof)) as there, looking(chromium, there.address) as seen:
        page = seen.page
        page.get_by_role("link", name="welcome-en").click()
        page.get_by_role("button", name="Approve").click()
        expect(page.locator("#said")).to_have_text("1 approved now.")
        expect(page.locator("#decided")).to_contain_text("approved")
        assert list(Watch(str(proof))().approvals) == ["welcome-en"]
        page.keyboard.press("u")
        expect(page.locator("#decided")).to_have_text("")
        page.get_by_role("button", name="Reject").click()
        page.get_by_label("Why it is not taken").fill(HOSTILE)
        page.keyboard.press("Enter")
        expect(page.locator("#said")).to_have_text("welcome-en rejected.")
        expect(page.locator("#decided")).to_contain_text(HOSTILE)
        expect(page.locator("#job-state")).to_have_text("rejected")
        small = page.locator("#rows tr", has_text="welcome-en").locator(".cause small")
        expect(small).to_have_text("rejected by a person")  # the reason stands above it, once
        assert Watch(str(proof))().rejections["welcome-en"].reason == HOSTILE
        page.keyboard.press("u")
        expect(page.locator("#job-state")).to_have_text("unapproved")


def test_a_page_that_is_only_read_has_no_buttons_that_decide(
    chromium: Browser, proof: Path
) -> None:
    with (
        serving(str(proof), read_only=True) as there,
        looking(chromium, there.address) as seen,
    ):
        open_first(seen.page)
        assert seen.page.locator("#actions button").count() == 0
        seen.page.keyboard.press("a")
        assert Watch(str(proof))().approvals == {}


def test_the_page_opens_from_a_disk(chromium: Browser, proof: Path) -> None:
    with looking(chromium, f"file://{proof}/report.html") as seen:
        open_first(seen.page)
        seen.page.wait_for_selector("#detail table")
        until(seen.page, f"{PLAYER}.readyState >= 1")
