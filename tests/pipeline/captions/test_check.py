"""Breaches of the house rules at their borders, and by how much."""

from __future__ import annotations

import pytest

from pipeline.captions.check import Breach, breaches_of
from pipeline.captions.cue import Cue, HouseRules


def a_cue(start_s: float, stop_s: float, *lines: str) -> Cue:
    return Cue(start_s=start_s, stop_s=stop_s, lines=lines or ("Good evening.",))


def told(*cues: Cue, rules: HouseRules = HouseRules()) -> list[tuple[str, str]]:  # noqa: B008 - frozen
    return [(breach.rule, breach.detail) for breach in breaches_of(cues, rules)]


@pytest.mark.parametrize(
    ("cues", "rule", "detail"),
    [
        ([a_cue(0, 0.5, "Hi.")], "too_short", "shown for 0.50 s, at least 0.83 s"),
        ([a_cue(0, 8)], "too_long", "shown for 8.00 s, at most 7 s"),
        (
            [a_cue(0, 1, "x" * 34)], "too_fast",
            "34 characters in 1.00 s, at least 2.00 s are needed",
        ),
        (
            [a_cue(0, 1, "x" * 10, "x" * 24)], "too_fast",
            "34 characters in 1.00 s, at least 2.00 s are needed",
        ),
        ([a_cue(0, 6, "x" * 43)], "line_too_long", "43 characters in a line, at most 42"),
        ([a_cue(0, 6, "a", "b", "c")], "too_many_lines", "3 lines, at most 2"),
        ([a_cue(0, 6, " ", "")], "empty", "it shows nothing"),
        ([a_cue(0, 2), a_cue(1.5, 4)], "overlap", "it stands 0.50 s into the next one"),
        ([a_cue(0, 2), a_cue(2.04, 4)], "gap", "1.0 frames before the next one, at least 2"),
    ],
)  # fmt: skip
def test_a_breach_tells_by_how_much(cues: list[Cue], rule: str, detail: str) -> None:
    assert told(*cues) == [(rule, detail)]


@pytest.mark.parametrize(
    ("stop_s", "found"),
    [
        (0.8328, ["too_short"]),
        (0.8329, []),
        (0.84, []),
        (7.0, []),
        (7.0004, []),
        (7.0006, ["too_long"]),
    ],
)
def test_half_a_millisecond_of_rounding_is_no_breach_of_time(
    stop_s: float, found: list[str]
) -> None:
    assert [rule for rule, _ in told(a_cue(0, stop_s))] == found


@pytest.mark.parametrize(
    ("stop_s", "found"), [(1.9994, ["too_fast"]), (1.9996, []), (2.0, []), (1.9, ["too_fast"])]
)
def test_seventeen_characters_a_second_can_be_read(stop_s: float, found: list[str]) -> None:
    assert [rule for rule, _ in told(a_cue(0, stop_s, "x" * 34))] == found


def test_what_is_just_within_a_rule_is_no_breach() -> None:
    """In binary fractions, so that nothing is rounded away at the border."""
    slow = HouseRules(characters_per_s=16)
    assert 0.9995 + 0.0005 == 1.0
    assert told(a_cue(0, 0.9995, "x" * 16), rules=slow) == []
    assert [rule for rule, _ in told(a_cue(0, 0.9995, "x" * 17), rules=slow)] == ["too_fast"]
    assert 7.0005 - 0.0005 == 7.0
    assert told(a_cue(0, 7.0005)) == []
    assert told(a_cue(0, 6, "x" * 42, "y" * 42)) == []


@pytest.mark.parametrize(
    ("dark_s", "found"),
    [
        (-0.001, ["overlap"]),
        (-0.0004, ["gap"]),
        (0.0, ["gap"]),
        (0.0794, ["gap"]),
        (0.0796, []),
        (0.08, []),
    ],
)
def test_two_frames_of_darkness_part_two_cues(dark_s: float, found: list[str]) -> None:
    assert [rule for rule, _ in told(a_cue(0, 2), a_cue(2 + dark_s, 5))] == found


def test_each_breach_is_of_its_cue_and_the_last_has_no_next_one() -> None:
    cues = (a_cue(0, 0.5, "Hi."), a_cue(1, 3), a_cue(3, 5), a_cue(6, 6.5, "Hi."))
    assert [(each.cue, each.start_s, each.rule) for each in breaches_of(cues)] == [
        (1, 0, "too_short"), (2, 1, "gap"), (4, 6, "too_short"),
    ]  # fmt: skip
    assert isinstance(breaches_of(cues)[0], Breach)
