# ruff: noqa: RUF001  # phonetic letters are meant
from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.media.recognition.engine_phones import CLOSURE_S, sounding_phones
from pipeline.media.recognition.engine_words import compared, engine_spans, said_at
from pipeline.media.text.reading import read
from pipeline.media.text.written_words import is_spaced, written_words
from pipeline.media.voice.utterance import EnginePhone, WordEvent
from pipeline.nouns import Phone, Span

WHOLE = Span(start_s=0.0, stop_s=2.0)


def phones(*names: str, start_s: float = 0.1, each_s: float = 0.1) -> tuple[Phone, ...]:
    return tuple(
        Phone(start_s=start_s + at * each_s, stop_s=start_s + (at + 1) * each_s, name=name)
        for at, name in enumerate(names)
        if name != "_"
    )


def events(*places: tuple[int, float]) -> list[WordEvent]:
    return [WordEvent(at=at, length=1, start_s=start_s) for at, start_s in places]


def begins_in(text: str, said: str | None = None, language: str = "en") -> tuple[int, ...]:
    written = written_words(text, spaced=is_spaced(text))
    reading = read(text, language)
    return said_at(written, text, said or reading.said, None if said else reading.pieces)


def times(spans: tuple[Span, ...]) -> list[tuple[float, float]]:
    return [(span.start_s, span.stop_s) for span in spans]


def test_words_begin_where_they_stand_in_what_was_said() -> None:
    text = "In 1984 it cost $5 - or so."
    said = read(text, "en").said
    places = begins_in(text)
    assert [said[at:].split()[0] for at in places] == [
        "In",
        "nineteen",
        "it",
        "cost",
        "five",
        "or",
        "so.",
    ]


def test_words_that_are_said_together_without_blanks_share_what_is_said() -> None:
    text = "2024年に"
    said = read(text, "ja").said
    written = written_words(text, spaced=False, language="ja")
    places = begins_in(text, language="ja")
    assert (written[0], places[0]) == ("2024", 0)
    assert said[places[1] :].startswith("年")


def test_where_nobody_kept_the_reading_the_texts_are_compared() -> None:
    assert begins_in("Am 3. Mai da", "Am dritten Mai da") == (0, 3, 11, 15)
    pieces = compared("ab 1 c", "ab eins c")
    assert (pieces[0].written_start, pieces[-1].written_stop) == (0, 6)
    assert (pieces[0].said_start, pieces[-1].said_stop) == (0, 9)


def test_several_events_of_a_number_are_one_word() -> None:
    spans = engine_spans(
        ("25", "da"), (0, 3), events((0, 0.1), (1, 0.3), (3, 0.5)), phones(*"abcdef"), WHOLE
    )
    assert times(spans) == [(0.1, 0.5), (0.5, 0.7)]


def test_words_of_one_event_share_its_phones_in_order() -> None:
    spans = engine_spans(
        ("of", "the", "best"), (0, 3, 7), events((0, 0.1), (7, 0.5)), phones(*"ʌvðəbɛst"), WHOLE
    )
    assert times(spans) == [(0.1, 0.3), (0.3, 0.5), (0.5, 0.9)]


def test_a_sentence_with_one_event_gives_every_word_its_phones() -> None:
    text = "ดีครับ"
    written = written_words(text, spaced=False)
    spans = engine_spans(
        written, begins_in(text, text), events((0, 0.1)), phones(*"dikraptosai"), WHOLE
    )
    assert all(span.stop_s > span.start_s for span in spans)
    assert (spans[0].start_s, spans[-1].stop_s) == (0.1, 1.2)


def test_a_pause_belongs_to_no_word() -> None:
    spans = engine_spans(
        ("a,", "b"), (0, 3), events((0, 0.0), (3, 0.2)), phones("a", "_", "_", "b"), WHOLE
    )
    assert times(spans) == [(0.1, 0.2), (0.4, 0.5)]


def test_events_without_phones_give_the_time_to_the_next() -> None:
    spans = engine_spans(("a", "b"), (0, 2), events((0, 0.2), (2, 1.0)), (), WHOLE)
    assert times(spans) == [(0.0, 1.0), (1.0, 2.0)]


@given(data=st.data())
def test_every_word_gets_a_time_in_order_inside_of_the_sentence_without_overlap(
    data: st.DataObject,
) -> None:
    written = data.draw(
        st.lists(st.sampled_from(["a", "12,5", "wort", "–"]), min_size=1, max_size=8)
    )
    text = " ".join(written)
    begins = said_at(written, text, text)
    start_s = data.draw(st.floats(0, 5))
    whole = Span(start_s=start_s, stop_s=start_s + data.draw(st.floats(0, 5)))
    any_time = st.floats(whole.start_s - 0.5, whole.stop_s + 0.5)
    told = data.draw(
        st.lists(
            st.builds(
                WordEvent, at=st.integers(0, len(text) + 3), length=st.just(1), start_s=any_time
            ),
            max_size=12,
        )
    )
    edges = sorted(data.draw(st.lists(any_time, max_size=20)))
    sounds = [Phone(start_s=a, stop_s=b, name="a") for a, b in pairwise(edges) if b > a]
    spans = engine_spans(written, begins, told, sounds, whole)
    assert len(spans) == len(written)
    flat = [whole.start_s, *(time for span in spans for time in (span.start_s, span.stop_s))]
    assert flat == sorted(flat)
    assert flat[-1] <= whole.stop_s


@given(text=st.text(max_size=30), said=st.text(max_size=30))
def test_each_word_has_a_place_in_whatever_was_said(text: str, said: str) -> None:
    written = written_words(text, spaced=True)
    places = said_at(written, text, said)
    assert len(places) == len(written)
    assert list(places) == sorted(places)
    assert all(0 <= at <= len(said) for at in places)


def told(*parts: tuple[str, float]) -> list[EnginePhone]:
    at_s, found = 0.0, []
    for ipa, length_s in parts:
        found.append(EnginePhone(ipa=ipa, start_s=at_s, stop_s=at_s + length_s))
        at_s += length_s
    return found


def test_a_stop_begins_with_its_closure_but_not_behind_a_pause() -> None:
    found = sounding_phones(
        told(("", 0.1), ("p", 0.03), ("ˈɑː", 0.2), ("p", 0.03), ("ə", 0.05), ("t", 0.1)), "en"
    )
    assert [phone.name for phone in found] == ["p", "ɑ", "p", "ə", "t"]
    assert [round(phone.start_s, 3) for phone in found] == [0.1, 0.13, 0.29, 0.36, 0.385]
    assert round(found[1].stop_s - found[1].start_s, 3) == 0.2 - CLOSURE_S


@pytest.mark.parametrize("pause", ["", "_:", "(en)"])
def test_pauses_and_changes_of_language_are_no_phones(pause: str) -> None:
    assert sounding_phones(told((pause, 0.2)), "de") == ()
