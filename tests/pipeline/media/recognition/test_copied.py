# ruff: noqa: RUF001  # phonetic letters are meant
"""A voice that tells nothing, in a language that no aligner knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from pipeline.media.recognition.align import AlignedSpeech, said_in_script
from pipeline.media.recognition.copied import copying_part, said_in_speech
from pipeline.media.recognition.warp import warping_is_here
from pipeline.media.voice.speech import Spoken, Voice, choose_voice, speak_script
from pipeline.media.voice.utterance import utterance_of

SCRIPT = "Papa mietet am Abend ein Boot, aber Mama liebt die Bahn. Im Januar waren 25 Gäste da."


@dataclass(frozen=True)
class Silent:
    """A deeper voice of espeak-ng that tells nothing of its words."""

    voice: Voice
    name: str = "paper:silent"
    languages: tuple[str, ...] = ("de",)
    digest: str = "d"
    reads_phones: bool = False

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        for spoken in self.voice.speak(sentences, folder):
            utterance = utterance_of(spoken)
            yield None if utterance is None else utterance.path


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Spoken, Path, AlignedSpeech]:
    """What the silent voice says, its sound, and when it says it."""
    folder = tmp_path_factory.mktemp("copied")
    voice = choose_voice("de", "espeak:de+m3")
    speech, mix = folder / "speech.wav", folder / "mix.wav"
    truth = said_in_script(speak_script(SCRIPT, voice, speech=speech, mix=mix), speech)
    return speak_script(SCRIPT, Silent(voice), speech=speech, mix=mix), speech, truth


def starts_of(said: AlignedSpeech) -> np.ndarray:
    return np.array([word.start_s for word in said.words.words])


@pytest.mark.skipif(not warping_is_here(), reason="no wheel of dtaidistance for this machine")
def test_words_and_lips_of_a_voice_that_tells_nothing_are_those_of_a_copy(
    spoken: tuple[Spoken, Path, AlignedSpeech],
) -> None:
    told, speech, truth = spoken
    found = said_in_speech(told, speech)
    assert (found.words.source, found.phones.source) == ("warped", "aligned")
    assert [word.text for word in found.words.words] == [word.text for word in truth.words.words]
    spread = np.abs(starts_of(said_in_script(told, speech)) - starts_of(truth))
    warped = np.abs(starts_of(found) - starts_of(truth))
    assert np.median(warped) < 0.03
    assert np.percentile(warped, 95) < 0.12
    assert warped.mean() < 0.5 * spread.mean()
    assert {"ɑ", "ts", "ɛ"} & set(found.phones.names)
    for word in found.words.words:
        phrase = found.words.sentences[word.sentence]
        assert phrase.start_s <= word.start_s <= word.stop_s <= phrase.stop_s


def test_a_text_that_no_copy_says_stays_spread(
    spoken: tuple[Spoken, Path, AlignedSpeech],
) -> None:
    told, speech, _ = spoken
    other = tuple(replace(each, text="!!! ???") for each in told.sentences)
    assert said_in_speech(replace(told, sentences=other), speech).words.source == "spread"
    nobody = replace(told, language="xx")
    assert said_in_speech(nobody, speech).words.source == "spread"


def test_what_the_voice_told_is_taken_first(spoken: tuple[Spoken, Path, AlignedSpeech]) -> None:
    assert spoken[2].words.source == "engine"
    assert copying_part("en-GB") == ()
    assert copying_part("de") != ()
