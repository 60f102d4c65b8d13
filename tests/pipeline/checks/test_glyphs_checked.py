"""What cannot be drawn is told by the check, by the function that the run asks too."""

from __future__ import annotations

import pytest

from manifests import Job
from pipeline.checks.unopened import Unopened


def a_row(script: str, *deliverables: str) -> Job:
    return Job(job_id="a", portrait_uri="a.jpg", script=script, deliverables=deliverables)


def test_letters_without_a_glyph_are_told_without_opening_any_file() -> None:
    (problem,) = Unopened().problems(a_row("Good \u0995.", "captioned"))
    assert (problem.code, problem.column) == ("no_glyphs", "deliverables")
    assert "has \u0995 (BENGALI); install justmytype-intl-south-asia" in problem.message


@pytest.mark.parametrize(
    "script",
    [
        "\u266a La la la \u266a we sing.",
        "Big sale \U0001f389 today only!",
        "Go to Home \u2192 Settings.",
    ],
)
def test_signs_that_nobody_says_are_no_problem(script: str) -> None:
    assert list(Unopened().problems(a_row(script, "captioned"))) == []


def test_captions_in_files_need_no_glyphs() -> None:
    assert list(Unopened().problems(a_row("Good \u0995.", "srt", "ttml"))) == []


def test_what_is_never_spoken_is_never_drawn() -> None:
    script = "Good evening.\n\n\u3002\n\nGood night."
    assert list(Unopened().problems(a_row(script, "captioned"))) == []
