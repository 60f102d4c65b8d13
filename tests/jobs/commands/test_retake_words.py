"""What is said of a retake: words, seconds, seeds, and the files that say it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from jobs.engine.steering import RetakeFrom, Said, retake_from, steering_from
from jobs.instructions.retake_places import told_words, words_named
from jobs.instructions.retaking import free_seed, require_own_seed
from jobs.orders import with_retakes
from manifests.errors import ManifestUnusable
from manifests.fingerprint import fingerprint
from pipeline.nouns import Retake
from pipeline.nouns.lines import retaken, told_of_retake
from pipeline.words import Word, Words
from tests.noun_builders import an_order

NOW = datetime(2026, 11, 29, 3, tzinfo=UTC)
SAID: TypeAdapter[Said] = TypeAdapter(Said)

WORDS = Words(
    words=tuple(
        Word(text=text, start_s=float(at), stop_s=at + 0.5, sentence=0)
        for at, text in enumerate(["It", "is", "just", "a", "game,", "so", "go."])
    )
)


@given(st.integers(0, 10**6), st.none() | st.integers(1, 10**6), st.integers(0, 2**63 - 1))
def test_a_retake_is_read_from_its_file_as_it_was_asked(
    at: int, length: int | None, seed: int
) -> None:
    retake = Retake(at=at, seed=seed, to=None if length is None else at + length)
    word = SAID.validate_json(SAID.dump_json(retake_from("a", retake, NOW)))
    assert steering_from({"0": word}).retakes == {"a": (retake,)}


def test_files_of_before_retakes_had_an_end_are_read_and_ask_for_what_they_did() -> None:
    old = b'{"format": 1, "what": "retake", "jobs": ["a"], "given": "2026-11-26T20:00:00Z", '
    word = SAID.validate_json(old + b'"from_s": 4.0, "seed": 11}')
    assert steering_from({"0": word}).retakes == {"a": (Retake(at=100, seed=11),)}
    order = an_order()
    asked = fingerprint("retaken", asked=order.request_id, retakes=[{"at": 100, "seed": 11}])
    assert with_retakes(order, [Retake(at=100, seed=11)]).request_id == asked
    assert told_of_retake(Retake(at=100, seed=11)) == {"at": 100, "seed": 11}
    ends = with_retakes(order, [Retake(at=100, seed=11, to=200)])
    assert ends.request_id != asked


@pytest.mark.parametrize("to_s", [4.0, 3.0, 4.01, float("nan"), float("inf")])
def test_a_file_whose_retake_ends_before_it_begins_is_no_instruction(to_s: float) -> None:
    with pytest.raises((ValueError, ValidationError)):
        RetakeFrom(jobs=("a",), given=NOW, from_s=4.0, seed=1, to_s=to_s)


def test_words_are_counted_from_one_and_both_ends_are_meant() -> None:
    assert told_words(words_named("a", WORDS, "3-5")) == "just a game,"
    assert told_words(words_named("a", WORDS, " 7 ")) == "go."
    many = Words(words=WORDS.words * 3)
    assert (
        told_words(words_named("a", many, "1-21"))
        == "It is just a game, so … is just a game, so go."
    )


@pytest.mark.parametrize("numbers", ["0-2", "5-3", "6-8", "8", "", "a-b", "1-2-3", "-2", "1 3"])
def test_words_that_are_not_there_are_told_with_how_many_there_are(numbers: str) -> None:
    with pytest.raises(ManifestUnusable, match="it has words 1 to 7"):
        words_named("a", WORDS, numbers)


def test_where_no_times_of_words_are_known_seconds_are_asked_for() -> None:
    with pytest.raises(
        ManifestUnusable, match="not known; write --words 12-18, or --from and --to"
    ):
        words_named("a", Words(), "1-2")


@given(st.integers(0, 2**63 - 1), st.integers(0, 20))
def test_the_next_seed_is_none_that_was_tried(seed: int, tries: int) -> None:
    used = [seed]
    for _ in range(tries):
        used.append(free_seed(seed, frozenset(used)))
    assert len(set(used)) == tries + 1
    assert all(0 <= each < 2**63 for each in used)


def test_two_retakes_of_a_job_have_no_seed_in_common() -> None:
    late = (Retake(at=100, seed=11),)
    require_own_seed("a", retaken(late, Retake(at=100, seed=11)), 11)
    require_own_seed("a", retaken(late, Retake(at=0, seed=7, to=50)), 7)
    require_own_seed("a", retaken(late, Retake(at=0, seed=11)), 11)  # takes the other's place
    with pytest.raises(ManifestUnusable, match="has another retake with seed 11 by now; leave"):
        require_own_seed("a", retaken(late, Retake(at=0, seed=11, to=50)), 11)
