"""Differences between a script and what was heard of its recording."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.text.transcript import differences
from pipeline.words import Word, Words

SCRIPT = "The night was cold and clear. Nobody came to the old station. In 1984 it was closed."


def heard(text: str) -> Words:
    return Words(
        words=tuple(
            Word(text=word, start_s=float(at), stop_s=at + 0.5, sentence=0)
            for at, word in enumerate(text.split())
        ),
        source="recognised",
    )


def test_a_recording_that_says_its_script_has_no_difference() -> None:
    assert differences(SCRIPT, heard(SCRIPT)) == ()


def test_numbers_and_misheard_words_are_no_differences() -> None:
    said = "The knight was cold and clear, nobody came to the old nation in "
    said += "nineteen eighty four it was closed"
    assert differences(SCRIPT, heard(said)) == ()


def test_a_missing_sentence_is_found_with_its_place() -> None:
    (missing,) = differences(SCRIPT, heard("The night was cold and clear. In 1984 it was closed."))
    assert str(missing) == (
        "'Nobody came to the old station.' is in the script and not said near 5.5 s"
    )


def test_words_that_the_script_does_not_have_are_found_with_their_place() -> None:
    said = SCRIPT.replace("In 1984", "Wait, let us do that one again please. In 1984")
    (extra,) = differences(SCRIPT, heard(said))
    assert extra.heard
    assert extra.text == "Wait, let us do that one again please."
    assert extra.at_s == 12.0


def test_a_recording_of_something_else_lacks_every_sentence() -> None:
    found = differences(SCRIPT, heard("one two three four five six"))
    assert [each.text for each in found if not each.heard] == [
        "The night was cold and clear.",
        "Nobody came to the old station.",
        "In 1984 it was closed.",
    ]
    assert found[0].at_s is None


def test_silence_lacks_every_sentence() -> None:
    assert len(differences(SCRIPT, heard(""))) == 3


@given(st.lists(st.sampled_from(["alpha", "beta", "gamma", "delta.", "omega."]), max_size=40))
def test_no_script_differs_from_itself(words: list[str]) -> None:
    text = " ".join(words)
    assert differences(text, heard(text)) == ()
