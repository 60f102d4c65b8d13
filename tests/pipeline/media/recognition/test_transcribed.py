"""Recordings whose text is known: their words are those of the text, at the times of the sound."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import BadInput
from pipeline.dubbing.transcript import is_transcribed, transcript_part, unused_transcript
from pipeline.media.recognition import transcribed
from pipeline.media.recognition.align import AlignedSpeech, length_s_of, said_in_script
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.recognition.transcribed import copying_voice, said_in_transcribed
from pipeline.media.recognition.warp import warping_is_here
from pipeline.media.voice.espeak import espeak_named
from pipeline.media.voice.speech import speak_script
from pipeline.media.voice.voices import PacedVoice
from tests.noun_builders import a_job
from tests.spoken import spoken_in_english

needs_warping = pytest.mark.skipif(not warping_is_here(), reason="no dtaidistance on aarch64")

GERMAN = "Der alte Bahnhof steht am Rand der Stadt. Am Morgen kommen dort viele Menschen an."
OTHER = "My sister bakes a cake every Sunday. After that we drink our coffee in the garden."
ENGLISH = "The old station stands at the edge of the town. Many people arrive there early."

RECORDED = a_job(script=None, audio_uri="/in/a.wav", language="de", transcript=GERMAN)
AUTO = RecognitionSettings()


@dataclass(frozen=True)
class Recorded:
    """A recording, and what its own voice tells of it."""

    speech: Path
    told: AlignedSpeech


def recorded(folder: Path, text: str, voice: str, language: str) -> Recorded:
    """By another throat than that of the copy, and a fifth slower."""
    speaker = espeak_named(voice, language)
    assert isinstance(speaker, PacedVoice)
    speech = folder / f"{language}.wav"
    spoken = speak_script(text, speaker.paced(0.8), speech=speech, mix=folder / "mix.wav")
    return Recorded(speech=speech, told=said_in_script(spoken, speech))


@pytest.fixture(scope="module")
def german(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    return recorded(tmp_path_factory.mktemp("de"), GERMAN, "espeak:de+f2", "de")


def said(recording: Path, text: str, language: str = "de") -> AlignedSpeech:
    voice = copying_voice(language)
    assert voice is not None
    return said_in_transcribed(recording, text, voice)


@needs_warping
def test_words_and_phones_of_a_known_text_are_where_its_speaker_says_them(german: Recorded) -> None:
    found, told = said(german.speech, GERMAN), german.told
    assert [word.text for word in found.words.words] == GERMAN.split()
    assert (found.words.source, found.words.language) == ("warped", "de")
    edges = [edge for word in found.words.words for edge in (word.start_s, word.stop_s)]
    assert edges == sorted(edges)
    assert edges[-1] <= length_s_of(german.speech)
    pairs = zip(found.words.words, told.words.words, strict=True)
    away_s = [abs(here.start_s - there.start_s) for here, there in pairs]
    assert float(np.median(away_s)) <= 0.03
    assert max(away_s) <= 0.15
    assert set(found.phones.names) <= set(told.phones.names)
    assert found.phones.stop_s[-1] == pytest.approx(length_s_of(german.speech), abs=0.001)


@needs_warping
def test_a_text_that_is_far_too_long_is_refused(german: Recorded) -> None:
    with pytest.raises(BadInput, match="length is another's") as refused:
        said(german.speech, " ".join([GERMAN] * 5))
    assert refused.value.code == "transcript_other"


@needs_warping
def test_a_transcript_that_is_no_text_is_refused_with_what_is_wrong(german: Recorded) -> None:
    with pytest.raises(BadInput, match="script_markup") as refused:
        said(german.speech, f"<p>{GERMAN}</p>")
    assert refused.value.code == "transcript_unspoken"


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Said by the best voice of this machine, which is not the one that copies."""
    folder = tmp_path_factory.mktemp("en")
    spoken_in_english(ENGLISH, speech=folder / "speech.wav")
    return folder / "speech.wav"


@needs_warping
def test_english_with_a_known_text_is_aligned(english: Path) -> None:
    found = said(english, ENGLISH, "en").words
    assert (found.source, found.language) == ("aligned", "en")
    assert [word.text for word in found.words] == ENGLISH.split()


@needs_warping
def test_the_text_of_another_recording_is_refused(english: Path) -> None:
    with pytest.raises(BadInput, match="does not say its transcript") as refused:
        said(english, OTHER, "en")
    assert refused.value.code == "transcript_other"


@needs_warping
def test_a_transcript_is_used_and_stands_in_the_name_with_the_voice_that_copies_it() -> None:
    assert is_transcribed(RECORDED, AUTO)
    assert unused_transcript(RECORDED, AUTO) == ""
    assert transcript_part(RECORDED, AUTO)[:2] == (GERMAN, "warped/1")
    assert transcript_part(replace(RECORDED, transcript=None), AUTO) == ()


def test_whisperx_listens_where_it_is_set() -> None:
    whisperx = RecognitionSettings(engine="whisperx")
    assert not is_transcribed(RECORDED, whisperx)
    assert unused_transcript(RECORDED, whisperx).startswith("transcript_unused: the settings have")
    assert transcript_part(RECORDED, whisperx) == (GERMAN,)


def test_where_nothing_warps_the_reason_is_told_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transcribed, "warping_is_here", lambda: False)
    assert not is_transcribed(RECORDED, AUTO)
    assert "dtaidistance is not installed" in unused_transcript(RECORDED, AUTO)


@needs_warping
def test_a_language_that_espeak_does_not_speak_is_told() -> None:
    unknown = replace(RECORDED, language="xx")
    assert "does not speak 'xx'" in unused_transcript(unknown, AUTO)
