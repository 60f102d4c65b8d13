"""Recordings become words: by whisperx behind its JSON, by faster-whisper, or by nobody."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manifests.errors import ManifestUnusable, Transient
from pipeline.media.recognition import recognisers
from pipeline.media.recognition.faster_whisper import whisper_is_here
from pipeline.media.recognition.recognise import (
    in_order,
    said_in_recording,
    sentences_of,
    strays,
)
from pipeline.media.recognition.recognisers import (
    RECOGNISERS,
    Recogniser,
    RecognitionSettings,
    dealt,
    engine_names,
)
from pipeline.media.recognition.whisperx import WhisperX
from pipeline.media.recognition.whisperx_json import Recognised, read_heard
from pipeline.media.sound.vad import speech_spans
from pipeline.media.sound.wav import SpeechWriter
from pipeline.nouns import Span
from pipeline.words import Words
from tests.spoken import spoken_in_english

RESULT = Path(__file__).parent / "whisperx_result.json"
RECORDED = Path(__file__).parent / "whisperx_recorded.json"
SCRIPT = "The weather was cold this morning. Nobody came to the station."
needs_whisper = pytest.mark.skipif(
    not whisper_is_here(), reason="faster-whisper (the extra `hearing`) is not installed"
)


@pytest.fixture(scope="module")
def speech(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recording")
    path = folder / "speech.wav"
    spoken_in_english(SCRIPT, speech=path)
    return path


def an_interpreter(folder: Path, result: str, *, code: int = 0) -> str:
    """A program that takes whisperx's command line and leaves `result` where it would."""
    (folder / "result").write_text(result)
    path = folder / "python"
    path.write_text(
        "#!/bin/sh\n"
        f'[ "$1 $2" = "-m whisperx" ] || exit 9\n'
        "command -v ffmpeg >/dev/null || exit 8\n"
        f"[ {code} = 0 ] || {{ echo out of memory >&2; exit {code}; }}\n"
        'for last; do :; done\nstem=$(basename "$3" .wav)\n'
        f'cp {folder / "result"} "$last/$stem.json"\n'
    )
    path.chmod(0o755)
    return str(path)


def heard_by(engine: str, speech: Path, language: str = "en", python: str = "") -> Words:
    hearing = RecognitionSettings(engine=engine, whisperx_python=python)
    return said_in_recording(speech, speech_spans(speech), language, hearing).words


def test_the_result_of_whisperx_is_read_as_it_is_documented() -> None:
    first, second = read_heard(RESULT.read_text(), engine="whisperx")
    assert first.text == "It was 1984, and cold."
    assert first.times[2] is None
    assert first.times[1] == Span(start_s=0.372, stop_s=0.513)
    assert second.span == Span(start_s=2.1, stop_s=2.9)


def test_a_result_that_whisperx_wrote_without_its_aligner_is_read_too() -> None:
    """`whisperx lj.flac --model tiny.en --no_align --output_format json`, whisperx 3.8.6."""
    (heard,) = read_heard(RECORDED.read_text(), engine="whisperx")
    assert heard.text.startswith(
        "Printing, in the only sense with which we are at present concerned"
    )
    assert set(heard.times) == {None}
    assert heard.span == Span(start_s=0.031, stop_s=9.683)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        '{"segments": [{"start": 1}]}',
        '{"segments": [{"start": -1, "end": 2}]}',
    ],
)
def test_anything_else_is_our_own_failure_and_named(text: str) -> None:
    with pytest.raises(Transient, match="whisperx wrote what is not its documented result"):
        read_heard(text, engine="whisperx")


def test_segments_without_words_are_parted_at_blanks_and_empty_ones_left_out() -> None:
    text = json.dumps(
        {
            "segments": [
                {"start": 0, "end": 1, "text": " Two words"},
                {"start": 2, "end": 3, "text": " "},
            ]
        }
    )
    (heard,) = read_heard(text, engine="whisperx")
    assert heard.words == ("Two", "words")
    assert heard.times == (None, None)


def test_whisperx_is_run_as_a_program_of_its_own_interpreter(speech: Path, tmp_path: Path) -> None:
    python = an_interpreter(tmp_path, RESULT.read_text())
    words = heard_by("whisperx", speech, "de", python)
    assert " ".join(word.text for word in words.words) == "It was 1984, and cold. Nobody came."
    assert words.source == "recognised"
    assert [phrase.text for phrase in words.sentences] == ["It was 1984, and cold.", "Nobody came."]
    times = {word.text: (word.start_s, word.stop_s) for word in words.words}
    assert times["was"] == (0.372, 0.513)
    assert times["1984,"] == (0.513, 1.154)


def test_the_command_line_of_whisperx_is_the_documented_one() -> None:
    command = WhisperX(python=Path("/x/python"), align_model="/models/de").command(
        Path("/desk/speech.wav"), "de-AT", Path("/desk/out")
    )
    assert " ".join(command) == (
        "/x/python -m whisperx /desk/speech.wav --model large-v3 --align_model /models/de "
        "--language de --device cuda --compute_type float16 --output_format json "
        "--output_dir /desk/out"
    )


def test_a_whisperx_that_fails_is_tried_again(speech: Path, tmp_path: Path) -> None:
    python = an_interpreter(tmp_path, "", code=3)
    with pytest.raises(Transient, match="whisperx: out of memory"):
        heard_by("whisperx", speech, "en", python)


def test_an_interpreter_that_is_not_there_is_named_with_its_remedy(speech: Path) -> None:
    with pytest.raises(ManifestUnusable, match=r"/nowhere/python.*make_whisperx\.py"):
        heard_by("whisperx", speech, "en", "/nowhere/python")


def test_without_a_recogniser_there_are_no_words_but_phones(speech: Path) -> None:
    said = said_in_recording(speech, speech_spans(speech), "en", RecognitionSettings(engine="none"))
    assert said.words.words == ()
    assert len(said.phones) > 20


def test_no_english_recogniser_is_asked_about_another_language() -> None:
    assert RecognitionSettings().listener("de") == ()
    assert RecognitionSettings(engine="faster-whisper").listener("fr-CA") == ()
    assert RecognitionSettings(engine="whisperx").listener("de")[0] == "whisperx"


def test_an_engine_of_the_settings_is_a_row_of_the_table_or_refused() -> None:
    assert engine_names() == ("auto", "faster-whisper", "whisperx", "none")
    for name in RECOGNISERS:
        assert RecognitionSettings(engine=name).engine == name
    with pytest.raises(ValueError, match="one of auto, faster-whisper, whisperx, none, not 'me'"):
        RecognitionSettings(engine="me")


def test_a_recogniser_is_added_by_a_row(speech: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    heard = Recognised(span=Span(start_s=0.0, stop_s=0.5), words=("hello",), times=(None,))
    row = Recogniser(
        name="parrot",
        depends_on=lambda settings: (settings.whisperx_device,),
        hear=lambda _settings, _speech, windows, _language: ((w, (heard,)) for w in windows),
        understands=lambda language: language == "eo",
        unasked=True,
    )
    monkeypatch.setattr(recognisers, "RECOGNISERS", {**RECOGNISERS, row.name: row})
    assert RecognitionSettings().listener("eo") == ("parrot", "cuda")
    assert RecognitionSettings(engine="parrot").listener("de") == ()
    assert {word.text for word in heard_by("auto", speech, "eo").words} == {"hello"}
    absent = replace(row, is_here=lambda: False, remedy="catch one")
    monkeypatch.setattr(recognisers, "RECOGNISERS", {row.name: absent})
    assert RecognitionSettings().listener("eo") == ()
    with pytest.raises(ManifestUnusable, match="parrot is not installed; catch one"):
        RecognitionSettings(engine="parrot").listener("eo")


def test_audio_without_speech_has_no_words(tmp_path: Path) -> None:
    path = tmp_path / "hum.wav"
    with SpeechWriter(path) as file:
        file.append_speech(np.sin(np.arange(32000) * 0.05).astype(np.float32) * 0.3)
    words = heard_by("auto", path)
    assert words == Words(source="recognised")


@needs_whisper
def test_whisper_hears_the_words_and_the_aligner_finds_them(speech: Path) -> None:
    words = heard_by("faster-whisper", speech)
    assert " ".join(word.text for word in words.words) == SCRIPT
    assert [phrase.text for phrase in words.sentences] == [
        "The weather was cold this morning.",
        "Nobody came to the station.",
    ]
    edges = [edge for word in words.words for edge in (word.start_s, word.stop_s)]
    assert edges == sorted(edges)
    assert heard_by("faster-whisper", speech) == words


@pytest.mark.skipif(whisper_is_here(), reason="faster-whisper is installed")
def test_a_recogniser_that_is_asked_for_and_not_installed_is_named(speech: Path) -> None:
    with pytest.raises(ManifestUnusable, match="the extra `hearing`"):
        heard_by("faster-whisper", speech)


def a_heard(start_s: float, stop_s: float) -> Recognised:
    span = Span(start_s=start_s, stop_s=stop_s)
    return Recognised(span=span, words=("word",), times=(span,))


def test_what_was_heard_goes_to_the_window_that_holds_its_middle() -> None:
    windows = (Span(start_s=0.0, stop_s=4.0), Span(start_s=6.0, stop_s=9.0))
    first, second = dealt([a_heard(1, 2), a_heard(3, 9), a_heard(10, 11)], windows)
    assert [part.span.start_s for part in first[1]] == [1]
    assert [part.span.start_s for part in second[1]] == [-3.0, 4.0]


def test_an_alignment_far_from_what_was_heard_is_not_believed() -> None:
    near, far = Span(start_s=1.1, stop_s=1.4), Span(start_s=4.0, stop_s=4.5)
    heard = [Span(start_s=1.0, stop_s=1.5), None]
    assert not strays([near, far], heard)
    assert strays([far, near], heard)


times = st.lists(st.tuples(st.floats(0, 99), st.floats(0, 9)), max_size=12)


@given(times)
def test_words_in_order_never_overlap(pairs: Sequence[tuple[float, float]]) -> None:
    spans = in_order([Span(start_s=start, stop_s=start + length) for start, length in pairs])
    edges = [edge for span in spans for edge in (span.start_s, span.stop_s)]
    assert edges == sorted(edges)


@given(times)
def test_every_word_belongs_to_exactly_one_sentence(pairs: Sequence[tuple[float, float]]) -> None:
    spans = in_order([Span(start_s=start, stop_s=start + length) for start, length in pairs])
    texts = ["end." if round(start) % 3 == 0 else "word" for start, _ in pairs]
    indices = [at for sentence in sentences_of(texts, spans) for at in sentence]
    assert indices == list(range(len(texts)))
