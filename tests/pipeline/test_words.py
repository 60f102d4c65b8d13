# ruff: noqa: RUF001  # the marks of other scripts are meant
# the marks of other scripts are meant
"""Words with times: as they are written, in order, inside their sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pipeline.media.recognition.align import said_in_script
from pipeline.media.recognition.word_times import placed, spread
from pipeline.media.sound.wav import SpeechWriter
from pipeline.media.voice.speech import Spoken, SpokenSentence
from pipeline.media.voice.utterance import EnginePhone, WordEvent
from pipeline.nouns import Span
from pipeline.words import Phrase, Word, Words, load_words, save_words
from tests.spoken import spoken_in_english

SCRIPT = "In 1984, Dr. Smith paid $25 - gladly! Nobody asked why."


@pytest.fixture(scope="module")
def words(tmp_path_factory: pytest.TempPathFactory) -> Words:
    folder = tmp_path_factory.mktemp("spoken")
    speech = folder / "speech.wav"
    spoken = spoken_in_english(SCRIPT, speech=speech)
    return said_in_script(spoken, speech).words


def test_words_stand_as_they_are_written(words: Words) -> None:
    assert " ".join(word.text for word in words.words) == SCRIPT
    assert words.source == "aligned"
    assert [phrase.text for phrase in words.sentences] == [
        "In 1984, Dr. Smith paid $25 - gladly!",
        "Nobody asked why.",
    ]


def test_words_are_in_order_and_inside_their_sentence(words: Words) -> None:
    edges = [edge for word in words.words for edge in (word.start_s, word.stop_s)]
    assert edges == sorted(edges)
    for word in words.words:
        phrase = words.sentences[word.sentence]
        assert phrase.start_s <= word.start_s < word.stop_s <= phrase.stop_s + 0.011


def test_a_number_takes_the_time_of_all_its_words(words: Words) -> None:
    lengths = {word.text: word.stop_s - word.start_s for word in words.words}
    assert lengths["1984,"] > 0.8 > lengths["Dr."] > lengths["In"]


def test_words_of_a_language_without_an_aligner_are_spread_over_their_sentence(
    tmp_path: Path,
) -> None:
    speech = tmp_path / "speech.wav"
    spoken = spoken_in_english(SCRIPT, speech=speech)
    german = type(spoken)(
        frames=spoken.frames, sentences=spoken.sentences, warnings=(), language="de"
    )
    words = said_in_script(german, speech).words
    assert words.source == "spread"
    assert " ".join(word.text for word in words.words) == SCRIPT
    last = words.of_sentence(1)
    assert abs(last[0].start_s - words.sentences[1].start_s) < 0.001
    assert abs(last[-1].stop_s - words.sentences[1].stop_s) < 0.002


def test_words_of_the_version_before_are_read_as_they_are(tmp_path: Path) -> None:
    old = Words(words=(Word(text="a", start_s=0, stop_s=1, sentence=0),), format="words/1")
    (tmp_path / "words.json").write_text(
        '{"words": [{"text": "a", "start_s": 0.0, "stop_s": 1.0, "sentence": 0}], "sentences": [],'
        '"source": "aligned", "language": "en", "spaced": true, "format": "words/1"}'
    )
    assert load_words(tmp_path / "words.json") == old
    assert Words().format == "words/2"


def test_words_and_phones_that_the_voice_told_need_no_aligner(tmp_path: Path) -> None:
    speech = tmp_path / "speech.wav"
    with SpeechWriter(speech) as writer:
        writer.append_speech(np.zeros(32_000, np.float32))
    sentence = SpokenSentence(
        text="Ja, 3!",
        said="Ja, 3!",
        start_s=0.2,
        stop_s=1.2,
        words=(
            WordEvent(at=0, length=2, start_s=0.2),
            WordEvent(at=4, length=1, start_s=0.6),
        ),
        phones=(
            EnginePhone(ipa="j", start_s=0.2, stop_s=0.3),
            EnginePhone(ipa="ˈɑː", start_s=0.3, stop_s=0.5),
            EnginePhone(ipa="", start_s=0.5, stop_s=0.7),
            EnginePhone(ipa="d", start_s=0.7, stop_s=1.1),
        ),
    )
    spoken = Spoken(frames=50, sentences=(sentence,), warnings=(), language="de")
    said = said_in_script(spoken, speech)
    assert said.phones.names == ("SIL", "j", "ɑ", "SIL", "d", "SIL")
    assert said.phones.source == said.words.source == "engine"
    assert [(word.text, word.start_s, word.stop_s) for word in said.words.words] == [
        ("Ja,", 0.2, 0.5),
        ("3!", 0.7, 1.1),
    ]


def test_words_are_read_back_as_they_were_written(tmp_path: Path, words: Words) -> None:
    save_words(words, tmp_path / "words.json")
    assert load_words(tmp_path / "words.json") == words
    save_words(words, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "words.json").read_bytes()


def test_words_of_another_format_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "words.json"
    path.write_text('{"format": "words/3", "words": []}')
    with pytest.raises(ValidationError):
        load_words(path)


def test_words_that_cannot_be_found_share_the_gap_between_their_neighbours() -> None:
    first, last = Span(start_s=1.0, stop_s=2.0), Span(start_s=5.0, stop_s=6.0)
    phrase = Span(start_s=0.0, stop_s=7.0)
    spans = placed(["a", "b", "c", "d"], [1, 1, 0, 1], [first, None, last], phrase)
    assert spans[0] == first
    assert spans[3] == last
    assert [(span.start_s, span.stop_s) for span in spans[1:3]] == [(2.0, 3.5), (3.5, 5.0)]


@given(st.lists(st.text("ab", min_size=1, max_size=9), max_size=20), st.floats(0, 9))
def test_spread_words_tile_their_time(written: list[str], length_s: float) -> None:
    spans = spread(written, 1.0, 1.0 + length_s)
    assert len(spans) == len(written)
    edges = [edge for span in spans for edge in (span.start_s, span.stop_s)]
    assert edges == sorted(edges)
    if spans:
        assert (edges[0], edges[-1]) == (1.0, round(1.0 + length_s, 3))


def test_a_word_without_blanks_around_it_takes_time_by_its_letters_alone() -> None:
    spans = spread(["今日", "は", "とても。"], 0.0, 6.0)
    assert [span.stop_s for span in spans] == [2.0, 3.0, 6.0]
    assert [span.stop_s for span in spread(["ab", "c"], 0.0, 5.0)] == [3.0, 5.0]


def test_the_words_of_a_sentence_are_found_by_its_index() -> None:
    made = Words(
        words=(Word(text="Hi.", start_s=0.0, stop_s=0.5, sentence=0),),
        sentences=(Phrase(text="Hi.", start_s=0.0, stop_s=0.5),),
    )
    assert made.of_sentence(0) == made.words
    assert made.of_sentence(1) == ()
