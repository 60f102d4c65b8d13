"""The names of stored work: golden ones, so that no release orphans a studio's work unseen."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.fingerprint import FORMAT, Value, fingerprint

GOLDEN = {
    "empty": ({}, "1553711cc83630bc04b904d3a73e0691a07a5e2c"),
    "numbers": (
        {"seed": 7, "guidance": 3.5, "tiny": 1e-7, "whole": 2.0},
        "affc6a2822514560170e3ac1eadee2887d48e7cc",
    ),
    "words": (
        {"script": "Grüße, 你好", "voice": None, "captioned": True},
        "37fa9be034964538b4955aed5a32d2e6f9c34089",
    ),
    "nested": (
        {"limits": [{"b": [1, 2.5], "a": ()}, "x"]},
        "6dc9b867cee9cd9e81c0a591efa0f7d5e73192a2",
    ),
}
"""Made by version 784a127. A change of any of them renames all work that studios have stored:
raise `FORMAT` on purpose, say so in CHANGELOG.md, and write the new names here."""

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text()
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(("parts", "name"), GOLDEN.values(), ids=GOLDEN)
def test_names_of_stored_work_stay(parts: dict[str, Value], name: str) -> None:
    assert FORMAT == 1
    assert fingerprint("golden", **parts) == name


def test_the_kind_is_part_of_the_name() -> None:
    assert fingerprint("take", seed=1) != fingerprint("reel", seed=1)


@given(st.dictionaries(st.sampled_from("abcdef"), values, min_size=2))
def test_the_order_in_which_parts_are_given_is_none(parts: dict[str, Value]) -> None:
    assert fingerprint("k", **parts) == fingerprint("k", **dict(reversed(parts.items())))


@given(values, values)
def test_other_parts_have_another_name(one: Value, other: Value) -> None:
    same = repr(one) == repr(other) or one == other
    assert (fingerprint("k", part=one) == fingerprint("k", part=other)) <= same


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_no_number_names_nothing(number: float) -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        fingerprint("k", part=[number])


def test_a_name_is_forty_hex_digits() -> None:
    name = fingerprint("k")
    assert len(name) == 40
    assert set(name) <= set("0123456789abcdef")
