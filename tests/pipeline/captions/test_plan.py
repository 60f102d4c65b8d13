from __future__ import annotations

import string
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.captions.check import breaches_of
from pipeline.captions.cue import RULES, Cue
from pipeline.captions.layout import UNEVEN, CaptionLayout, MeasuredText
from pipeline.captions.line_ends import break_cost
from pipeline.captions.plan import INNER_SENTENCE, PAUSE_BONUS, _Plan, cues_of
from pipeline.captions.text import width
from pipeline.words import Word
from tests.pipeline.captions.builders import TALE, frames_for, words_of


def text_of(cues: tuple[Cue, ...]) -> str:
    return " ".join(line for cue in cues for line in cue.lines)


def cued(text: str, **pace: float) -> tuple[Cue, ...]:
    words = words_of(text, **pace)
    return cues_of(words, frames=frames_for(words))


@pytest.mark.parametrize("characters_per_s", [8.0, 12.0, 15.0, 17.0])
def test_speech_that_can_be_read_keeps_all_rules_of_the_house(characters_per_s: float) -> None:
    assert breaches_of(cued(TALE, characters_per_s=characters_per_s)) == []


def test_every_word_is_shown_once_and_in_order() -> None:
    assert text_of(cued(TALE)) == TALE


def test_a_cue_is_on_the_screen_while_its_words_are_said() -> None:
    words = words_of(TALE)
    at = 0
    for cue in cues_of(words, frames=frames_for(words)):
        count = len(" ".join(cue.lines).split())
        said = words[at : at + count]
        assert cue.start_s <= said[0].start_s + 0.33
        assert cue.stop_s >= said[-1].stop_s - 0.4
        at += count


def test_cues_end_with_sentences_where_they_can() -> None:
    said = (
        "He came home late in the night. She had been waiting there. They had some dinner at last."
    )
    cues = cued(said)
    assert [" ".join(cue.lines) for cue in cues] == [
        "He came home late in the night.",
        "She had been waiting there. They had some dinner at last.",
    ]


def test_a_sentence_ends_inside_a_cue_only_where_that_spares_another() -> None:
    words = [
        replace(word, sentence=index > 2)
        for index, word in enumerate(words_of("one two three four five", pause_s=0.0))
    ]
    measured = MeasuredText(words, RULES, spaced=True)
    costs = [
        {stop: cost for stop, _, cost in _Plan(measured, 100)._stops_from(start)}
        for start in (0, 3)
    ]
    assert costs[0][4] - costs[0][2] == pytest.approx(INNER_SENTENCE)
    assert costs[1][5] == costs[0][5] - INNER_SENTENCE


def test_a_cue_ends_rather_in_a_pause() -> None:
    text = "one two three four five six seven eight"
    costs = []
    for pause_s in (0.0, 0.35):
        words = [
            replace(word, start_s=word.start_s + pause_s * (index > 3),
                    stop_s=word.stop_s + pause_s * (index > 3))
            for index, word in enumerate(words_of(text))
        ]  # fmt: skip
        plan = _Plan(MeasuredText(words, RULES, spaced=True), 200)
        costs.append({stop: cost for stop, _, cost in plan._stops_from(0)})
    assert costs[0][4] - costs[1][4] == pytest.approx(PAUSE_BONUS)
    assert costs[0][3] == costs[1][3]


def test_two_lines_are_as_even_as_they_can_be() -> None:
    words = words_of("aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj")
    measured = MeasuredText(words, RULES, spaced=True)
    assert measured.lines(0, 10) == ("aaaa bbbb cccc dddd eeee", "ffff gggg hhhh iiii jjjj")
    assert measured.layout(0, 10) == CaptionLayout(first=5, characters=48, cost=4.0)
    assert measured.layout(0, 9) == CaptionLayout(first=4, characters=43, cost=4.0 + 5 * UNEVEN)


def test_no_line_of_a_tale_ends_with_an_article() -> None:
    last = [line.split()[-1] for cue in cued(TALE) for line in cue.lines]
    assert not {"a", "the", "of"} & set(last)


def test_hurried_speech_borrows_time_from_the_pauses_around_it() -> None:
    calm = "We wait for a while. "
    hurried = words_of("Thirty characters said at once.", characters_per_s=24.0, start_s=2.0)
    words = (*words_of(calm), *(replace(word, sentence=1) for word in hurried))
    assert breaches_of(cues_of(words, frames=150)) == []


def test_speech_that_nobody_can_read_is_shown_whole_all_the_same() -> None:
    cues = cued(TALE, characters_per_s=30.0, pause_s=0.0)
    assert text_of(cues) == TALE
    assert "too_fast" in {breach.rule for breach in breaches_of(cues)} <= {"too_fast", "too_short"}


def test_a_word_wider_than_a_line_is_parted_and_shares_its_time() -> None:
    word = Word(text="x" * 100, start_s=1.0, stop_s=11.0, sentence=0)
    cues = cues_of([word], frames=300)
    assert [len(line) for cue in cues for line in cue.lines] == [42, 42, 16]
    assert breaches_of(cues) == []


def test_a_take_without_words_has_no_cues() -> None:
    assert cues_of([], frames=100) == ()


def test_captions_never_outlast_the_take() -> None:
    words = words_of("Short.", start_s=0.0)
    assert [cue.stop_s for cue in cues_of(words, frames=30)] == [1.2]


def test_text_without_blanks_is_put_together_without_them() -> None:
    words = [
        Word(text=letter, start_s=0.15 * index, stop_s=0.15 * index + 0.15, sentence=0)
        for index, letter in enumerate("今日はとても良い天気ですね。" * 5)
    ]
    cues = cues_of(words, frames=300, spaced=False)
    assert "".join(line for cue in cues for line in cue.lines) == "今日はとても良い天気ですね。" * 5
    assert breaches_of(cues) == []


def test_marks_above_letters_take_no_place() -> None:
    assert width("שָׁלוֹם") == 4
    assert width("مُحَمَّد") == 4


def test_a_line_breaks_best_after_a_sentence_and_worst_after_an_article() -> None:
    costs = [break_cost(word) for word in ("end.”", "clause,", "word", "the", "Dr.")]
    assert costs == [0, 1, 4, 9, 4]


TEXTS = st.lists(
    st.text(string.ascii_letters, min_size=1, max_size=14).map(
        lambda word: word + "." * (len(word) % 5 == 0)
    ),
    min_size=1,
    max_size=60,
).map(" ".join)


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.floats(5.0, 16.0))
def test_any_text_at_a_readable_pace_is_shown_whole_and_without_a_breach(
    text: str, characters_per_s: float
) -> None:
    words = words_of(text, characters_per_s=characters_per_s)
    cues = cues_of(words, frames=frames_for(words) + 25)
    assert text_of(cues) == text
    assert breaches_of(cues) == []


@settings(max_examples=40, deadline=None)
@given(TEXTS, st.lists(st.floats(0.0, 60.0), min_size=60, max_size=60))
def test_whatever_the_times_no_word_is_lost_and_no_cue_overlaps_another(
    text: str, times: list[float]
) -> None:
    words = [
        Word(text=word, start_s=time_s, stop_s=time_s, sentence=0)
        for word, time_s in zip(text.split(), sorted(times), strict=False)
    ]
    cues = cues_of(words, frames=1500)
    assert text_of(cues) == " ".join(word.text for word in words)
    assert not {"overlap", "gap", "line_too_long", "too_many_lines"} & {
        breach.rule for breach in breaches_of(cues)
    }
