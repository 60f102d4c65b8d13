# ruff: noqa: RUF001  # phonetic letters are meant
"""Words found in the sound, against the times that the voice itself gives them."""

from __future__ import annotations

from benchmarks.speech.edits import shared_out
from benchmarks.speech.engine_times import field_bytes
from benchmarks.words import timed

SCRIPT = "The editor waited for the train. Nobody answered, and her brother opened the door."


def test_words_of_a_script_are_where_piper_says_them() -> None:
    found = timed(SCRIPT, "piper:joe")
    assert found["sentences_without_truth"] == 0
    assert found["words_judged"] > 10
    for edges in (found["starts_ms"], found["stops_ms"]):
        assert edges["median"] <= 40
        assert edges["of_95_percent"] <= 120


def test_words_written_together_are_found_by_their_sounds() -> None:
    assert shared_out(["ʌv", "ðə", "siː"], ["ʌvðə", "siː"]) == (2, 1)
    assert shared_out(["a"], ["a", "b"]) is None


def test_a_field_of_a_message_is_its_number_its_length_and_its_bytes() -> None:
    assert field_bytes(1, b"\x08\x01") == b"\x0a\x02\x08\x01"
    assert field_bytes(7, b"") == b":\x00"
