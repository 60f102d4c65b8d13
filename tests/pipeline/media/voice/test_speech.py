from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from manifests.errors import BadInput
from model.shapes import FPS, MIX_SAMPLES_PER_FRAME, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.sound.wav import WavWriter, read_info, read_pcm
from pipeline.media.voice.utterance import EnginePhone, Utterance, WordEvent
from tests.pipeline.media.voice.readings import Reading, Tones, read_out

SCRIPT = "Hello there. The rivers changed the course of history!\n\nGood night."
EDITED = "Hello there. They did not change anything in the end.\n\nGood night."


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_out(SCRIPT, tmp_path_factory.mktemp("reading"))


def test_both_files_hold_exactly_the_frames_of_the_take(reading: Reading) -> None:
    speech, mix = read_info(reading.speech), read_info(reading.mix)
    assert speech is not None
    assert mix is not None
    assert (speech.rate, speech.sample_bytes, speech.channels) == (16_000, 2, 1)
    assert (mix.rate, mix.sample_bytes, mix.channels) == (48_000, 3, 1)
    assert speech.samples == reading.spoken.frames * SPEECH_SAMPLES_PER_FRAME
    assert mix.samples == reading.spoken.frames * MIX_SAMPLES_PER_FRAME


def test_every_sentence_starts_on_a_frame_and_is_followed_by_its_pause(reading: Reading) -> None:
    first, second, third = reading.spoken.sentences
    assert first.start_s == pytest.approx(0.2)
    for sentence in (first, second, third):
        assert sentence.start_s * FPS == pytest.approx(round(sentence.start_s * FPS))
    assert 0.4 <= second.start_s - first.stop_s < 0.4 + 1 / FPS
    assert 0.7 <= third.start_s - second.stop_s < 0.7 + 1 / FPS


def test_sentences_sound_and_pauses_are_silent(reading: Reading) -> None:
    for index, sentence in enumerate(reading.spoken.sentences):
        samples = reading.samples(index)
        sounding = round((sentence.stop_s - sentence.start_s) * 48_000)
        assert np.abs(samples[:sounding]).max() > 0.2 * 2**23
        assert not samples[sounding:].any()


def test_the_speech_is_the_mix_at_another_rate(reading: Reading) -> None:
    low = read_pcm(reading.speech)[:, 0] / 2**15
    high = read_pcm(reading.mix)[::3, 0] / 2**23  # aliased, but speech has little above 8 kHz
    assert np.corrcoef(low, high)[0, 1] > 0.97


def test_the_same_script_gives_the_same_bytes_again(reading: Reading, tmp_path: Path) -> None:
    again = read_out(SCRIPT, tmp_path)
    assert again.spoken == reading.spoken
    assert again.speech.read_bytes() == reading.speech.read_bytes()
    assert again.mix.read_bytes() == reading.mix.read_bytes()


def test_an_edit_of_one_sentence_leaves_the_samples_of_the_others(
    reading: Reading, tmp_path: Path
) -> None:
    edited = read_out(EDITED, tmp_path)
    assert edited.spoken.frames != reading.spoken.frames
    assert np.array_equal(edited.samples(0), reading.samples(0))
    assert np.array_equal(edited.samples(2), reading.samples(2))


def test_options_are_only_spoken_and_pieces_without_words_left_out(tmp_path: Path) -> None:
    target = tmp_path / "stolen"
    script = f"--output-file {target} -m evil.onnx? ... 🎉 42!"
    spoken = read_out(script, tmp_path).spoken
    assert [sentence.text for sentence in spoken.sentences] == [script[:-10], "🎉 42!"]
    codes = [warning.partition(":")[0] for warning in spoken.warnings]
    assert codes == ["unspeakable_text", "read_by_voice"]
    assert not target.exists()


@pytest.mark.parametrize("script", ["", "...", "🎉\n\n?!"])
def test_a_script_without_words_is_bad_input_and_leaves_no_files(
    script: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as caught:
        read_out(script, tmp_path)
    assert caught.value.code == "nothing_to_speak"
    assert list(tmp_path.iterdir()) == []


def test_the_sound_of_a_sentence_is_deleted_before_the_next_is_made(tmp_path: Path) -> None:
    voice = Tones()
    spoken = read_out("Yes. " * 50, tmp_path, voice).spoken
    assert len(spoken.sentences) == 50
    assert voice.most_files == 1


class Recorded:
    """A voice that says every sentence with the same file."""

    name, languages, digest = "test:recorded", ("en",), ""
    reads_phones = False

    def __init__(self, wav: bytes) -> None:
        self._wav = wav

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        for index, _ in enumerate(sentences):
            path = folder / f"{index}.wav"
            path.write_bytes(self._wav)
            yield path


def a_wav(folder: Path, channels: int, sample_bytes: int) -> bytes:
    """Half of the full scale in the first channel between two silences, and noise in the others."""
    path = folder / "source.wav"
    pcm = np.random.default_rng(0).integers(-2000, 2000, (2400, channels), dtype=np.int32)
    pcm[:, 0] = 0
    pcm[600:1800, 0] = 1 << (sample_bytes * 8 - 2)
    with WavWriter(path, rate=24_000, channels=channels, sample_bytes=sample_bytes) as file:
        file.append(pcm)
    return path.read_bytes()


@pytest.mark.parametrize(("channels", "sample_bytes"), [(1, 2), (2, 2), (1, 3)])
def test_the_first_channel_of_a_voice_is_trimmed_and_turned_down(
    tmp_path: Path, channels: int, sample_bytes: int
) -> None:
    reading = read_out("Yes.", tmp_path, Recorded(a_wav(tmp_path, channels, sample_bytes)))
    (sentence,) = reading.spoken.sentences
    assert sentence.stop_s - sentence.start_s == pytest.approx(1200 / 24_000 + 2 * 0.02)
    middle = reading.samples(0)[1920:2400, 0] / (1 << 23)
    assert middle == pytest.approx(0.5 * 10 ** (-3 / 20), abs=0.01)


@pytest.mark.parametrize("kept", [0, 20, 46, 101])
def test_a_voice_that_writes_half_a_file_is_refused(tmp_path: Path, kept: int) -> None:
    wav = a_wav(tmp_path, 1, 2)[:kept]
    with pytest.raises(BadInput) as refused:
        read_out("Yes.", tmp_path, Recorded(wav))
    assert refused.value.code in {"audio_unreadable", "nothing_to_speak"}
    assert not (tmp_path / "mix.wav").exists()


class Telling(Recorded):
    """A voice that tells when it says what."""

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Utterance | Path | None]:
        for path in super().speak(sentences, folder):
            yield Utterance(
                path=path,
                words=(WordEvent(at=0, length=3, start_s=0.03),),
                phones=(
                    EnginePhone(ipa="_", start_s=0.0, stop_s=0.001),
                    EnginePhone(ipa="j", start_s=0.001, stop_s=0.05),
                    EnginePhone(ipa="ɛ", start_s=0.05, stop_s=0.2),
                ),
            )


def test_words_and_phones_of_a_voice_stand_at_their_times_in_the_take(tmp_path: Path) -> None:
    """The sound begins at 0.025 s of the voice's file and 0.02 s of silence are left before it;
    what the voice tells of the silence that is cut away is at its edge, or nowhere."""
    voice = Telling(a_wav(tmp_path, 1, 2))
    (sentence,) = read_out("Yes.", tmp_path, voice).spoken.sentences
    assert sentence.said == "Yes."
    (word,) = sentence.words
    assert word.start_s == pytest.approx(0.2 + 0.025)
    j, e = sentence.phones
    assert (j.ipa, j.start_s, j.stop_s) == ("j", 0.2, pytest.approx(0.2 + 0.045))
    assert (e.start_s, e.stop_s) == (j.stop_s, sentence.stop_s)
