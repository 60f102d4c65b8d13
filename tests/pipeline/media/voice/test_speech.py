from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from manifests.errors import BadInput, ManifestUnusable, Transient
from model.shapes import FPS, MIX_SAMPLES_PER_FRAME, SPEECH_SAMPLES_PER_FRAME
from pipeline.media.sound.wav import SpeechWriter, WavWriter, read_info, read_pcm
from pipeline.media.text.lexicon import lexicon_of
from pipeline.media.text.sentences import LONGEST_SPOKEN
from pipeline.media.text.spoken_length import spoken_length
from pipeline.media.voice import piper
from pipeline.media.voice.piper import Piper
from pipeline.media.voice.speech import (
    Spoken,
    Voice,
    check_lexicon,
    choose_voice,
    installed_voices,
    speak_script,
)

SCRIPT = "Hello there. The rivers changed the course of history!\n\nGood night."
EDITED = "Hello there. They did not change anything in the end.\n\nGood night."


@dataclass(frozen=True, kw_only=True)
class Reading:
    """A script that was spoken, with its two files."""

    spoken: Spoken
    speech: Path
    mix: Path

    def samples(self, sentence: int) -> NDArray[np.int32]:
        """The mix from a sentence up to the next."""
        starts = [round(part.start_s * FPS) for part in self.spoken.sentences]
        stop = [*starts, self.spoken.frames][sentence + 1]
        bounds = (starts[sentence] * MIX_SAMPLES_PER_FRAME, stop * MIX_SAMPLES_PER_FRAME)
        return read_pcm(self.mix, *bounds)


def read_out(script: str, folder: Path, voice: Voice | None = None) -> Reading:
    folder.mkdir(exist_ok=True)
    files = (folder / "speech.wav", folder / "mix.wav")
    spoken = speak_script(script, voice or choose_voice("en", None), speech=files[0], mix=files[1])
    return Reading(spoken=spoken, speech=files[0], mix=files[1])


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Reading:
    return read_out(SCRIPT, tmp_path_factory.mktemp("reading"))


@pytest.fixture
def path_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is all of the PATH but the system's own."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin{os.pathsep}/usr/bin")
    return folder


def put_program(folder: Path, name: str, body: str) -> None:
    program = folder / name
    program.write_text(f"#!{sys.executable}\nimport sys\n{body}\n")
    program.chmod(0o755)


ESPEAK = """
if "--voices" in sys.argv:
    print("Pty Language Age/Gender VoiceName File Other")
    for tag in ("cmn", "de", "en-gb", "en-us", "fr-be", "fr-fr", "pt", "pt-br"):
        print(" 5 ", tag, "--/M", tag, "x/" + tag)
"""

FLITE = """
import wave
if "-lv" in sys.argv:
    print("Voices available: kal awb_time slt")
else:
    text = sys.stdin.buffer.read()
    with open(LOG, "ab") as log:
        log.write(repr((sys.argv[1:-1], text)).encode() + b"\\n")
    with wave.open(sys.argv[-1], "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(b"\\x00\\x20" * 8000)
"""


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
    assert [warning.partition(":")[0] for warning in spoken.warnings] == ["unspeakable_text"]
    assert not target.exists()


@pytest.mark.parametrize("script", ["", "...", "🎉\n\n?!"])
def test_a_script_without_words_is_bad_input_and_leaves_no_files(
    script: str, tmp_path: Path
) -> None:
    with pytest.raises(BadInput) as caught:
        read_out(script, tmp_path)
    assert caught.value.code == "nothing_to_speak"
    assert list(tmp_path.iterdir()) == []


def test_piper_goes_on_behind_a_line_that_it_cannot_speak(tmp_path: Path) -> None:
    spoken = list(choose_voice("en", "piper:joe").speak(["Hello.", "...", "Bye."], tmp_path))
    assert [path is None for path in spoken] == [False, True, False]


def test_a_voice_that_crashes_is_tried_again_later(path_folder: Path, tmp_path: Path) -> None:
    put_program(
        path_folder, "flite", 'print("slt") if "-lv" in sys.argv else sys.exit("no memory")'
    )
    with pytest.raises(Transient, match="no memory") as caught:
        read_out("Hello.", tmp_path / "out", choose_voice("en", "flite:slt"))
    assert caught.value.code == "voice_failed"
    assert list((tmp_path / "out").iterdir()) == []


def test_flite_gets_the_text_on_its_stdin(path_folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "log"
    put_program(path_folder, "flite", FLITE.replace("LOG", repr(str(log))))
    spoken = read_out("-o x. Second.", tmp_path / "out", choose_voice("en", "flite:slt")).spoken
    assert [sentence.text for sentence in spoken.sentences] == ["-o x.", "Second."]
    arguments = "['-voice', 'slt', '-f', '-', '-o']"
    assert log.read_text().splitlines() == [
        f"({arguments}, b'-o x.')",
        f"({arguments}, b'Second.')",
    ]


def test_english_is_spoken_by_the_best_voice() -> None:
    assert choose_voice("en", None).name == "piper:joe"
    assert choose_voice("en-GB", None).name == "piper:joe"


@pytest.mark.parametrize(
    ("language", "name"),
    [
        ("de-AT", "espeak:de"),
        ("zh-CN", "espeak:cmn"),
        ("fr", "espeak:fr-fr"),
        ("fr-BE", "espeak:fr-be"),
        ("fr-CA", "espeak:fr-fr"),
        ("pt_BR", "espeak:pt-br"),
    ],
)
def test_other_languages_are_spoken_by_the_nearest_voice(
    path_folder: Path, language: str, name: str
) -> None:
    put_program(path_folder, "espeak-ng", ESPEAK)
    assert choose_voice(language, None).name == name


@pytest.mark.parametrize(
    ("language", "voice", "code", "says"),
    [
        ("de", None, "no_voice", "espeak-ng"),
        ("en", "piper:jane", "unknown_voice", "there are: piper:joe"),
        ("de", "piper:joe", "voice_language", "speaks en"),
        ("", None, "no_voice", "install"),
    ],
)
def test_a_voice_that_is_not_there_is_bad_input(
    path_folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
    voice: str | None,
    code: str,
    says: str,
) -> None:
    monkeypatch.setenv("PATH", str(path_folder))  # whatever this machine has installed
    with pytest.raises(BadInput, match=says) as caught:
        choose_voice(language, voice)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("program", "voice", "language"),
    [("flite", "flite:slt", "en"), ("espeak-ng", "espeak:de", "de")],
)
def test_a_fallback_that_is_installed_speaks_the_same_every_time(
    program: str, voice: str, language: str, tmp_path: Path
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not on the PATH")
    once = read_out("Guten Tag. Eins zwei.", tmp_path / "a", choose_voice(language, voice))
    again = read_out("Guten Tag. Eins zwei.", tmp_path / "b", choose_voice(language, voice))
    assert len(once.spoken.sentences) == 2
    assert once.mix.read_bytes() == again.mix.read_bytes()


class Tones:
    """A voice that says every sentence as the same tone, and counts the files that lie about."""

    name, languages, digest = "test:tones", ("en",), ""
    reads_phones = False

    def __init__(self) -> None:
        self.most_files = 0
        self.given: Sequence[str] = ()

    def speak(self, sentences: Sequence[str], folder: Path) -> Iterator[Path | None]:
        self.given = sentences
        for index, _ in enumerate(sentences):
            path = folder / f"{index}.wav"
            with SpeechWriter(path) as file:
                file.append_speech(np.full(1600, 0.5, np.float32))
            self.most_files = max(self.most_files, len(list(folder.iterdir())))
            yield path


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


def test_a_voice_file_that_is_not_the_pinned_one_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    piper.piper_voices.cache_clear()
    monkeypatch.setattr(piper, "JOE_SHA256", "0" * 64)
    with pytest.raises(ManifestUnusable, match="not the pinned file"):
        piper.piper_voices()


def test_installed_voices_have_distinct_names() -> None:
    names = [voice.name for voice in installed_voices()]
    assert len(names) == len(set(names)) > 0


CRASHING = """
import os, subprocess, sys
text = sys.stdin.buffer.read()
if b"Crash." in text:
    os.abort()
sys.exit(subprocess.run(sys.argv[1:], input=text).returncode)
"""
"""A voice's program that crashes over one sentence; Piper's own crash is chance."""


class Crashing(Piper):
    def _command(self, folder: Path) -> list[str]:
        return [sys.executable, "-c", CRASHING, *super()._command(folder)]


def test_a_sentence_over_which_a_voice_crashes_is_unspeakable_and_costs_no_other(
    tmp_path: Path,
) -> None:
    """The text is to blame, not the machine."""
    joe = choose_voice("en", "piper:joe")
    assert isinstance(joe, Piper)
    voice = Crashing(name=joe.name, languages=joe.languages, digest=joe.digest, model=joe.model)
    first, crashed, last = voice.speak(["Good morning.", "Crash.", "Bye."], tmp_path)
    assert crashed is None
    assert first is not None
    assert last is not None
    assert first.stat().st_size > 1000
    assert last.stat().st_size > 1000


@pytest.mark.parametrize("script", ["1." * 1000, "Good " * 100, "5 km/h, " * 200])
def test_a_voice_is_given_no_more_at_once_than_it_can_say(script: str, tmp_path: Path) -> None:
    """As it is read out: numbers are words, and a lexicon says a word with many."""
    lexicon = lexicon_of([f"good\t{'very ' * 20}good"], name="names.tsv")
    voice = Tones()
    files = (tmp_path / "speech.wav", tmp_path / "mix.wav")
    speak_script(script, voice, speech=files[0], mix=files[1], lexicon=lexicon)
    lengths = [spoken_length(text) for text in voice.given]
    assert max(lengths) <= LONGEST_SPOKEN < sum(lengths)


def test_a_word_that_is_said_with_more_than_a_voice_is_given_is_refused() -> None:
    """One letter less and it is taken: its word may not be cut in two."""
    voice = Tones()
    check_lexicon(lexicon_of([f"good\t{'a' * LONGEST_SPOKEN}"], name="names.tsv"), voice)
    with pytest.raises(BadInput, match="1 words of the lexicon") as caught:
        check_lexicon(lexicon_of([f"good\t{'a' * LONGEST_SPOKEN}y"], name="names.tsv"), voice)
    assert caught.value.code == "lexicon_wrong"


def test_a_call_of_piper_is_bounded_by_sentences_and_by_bytes() -> None:
    short, half = "Yes.", "x" * (piper.BATCH_BYTES // 2)
    assert [len(batch) for batch in piper.batches([short] * 101)] == [100, 1]
    assert [len(batch) for batch in piper.batches([half, half, short, half + half + "y"])] == [
        2,
        1,
        1,
    ]
    assert list(piper.batches([])) == []
