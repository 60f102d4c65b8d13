# ruff: noqa: RUF001  # signs of phonetics are meant
"""Voices by files of the settings: they speak, and what is none of them is refused by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable, Transient
from pipeline.media.recognition.pocketsphinx import align_words
from pipeline.media.sound.wav import read_speech
from pipeline.media.voice import kokoro
from pipeline.media.voice.espeak import espeak_named
from pipeline.media.voice.kokoro_phonemes import joined_phonemes, phonemes_of
from pipeline.media.voice.piper import piper_voices
from pipeline.media.voice.speech import speak_script
from pipeline.media.voice.voice_files import (
    GivenKokoro,
    KokoroFile,
    PiperFile,
    VoiceFiles,
    voices_of_files,
)
from pipeline.media.voice.voices import choose_voice


@pytest.fixture(scope="module")
def joe(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The carried voice, as a file of the user's."""
    folder = tmp_path_factory.mktemp("piper")
    carried = piper_voices()[0].model
    (folder / "joe.onnx").symlink_to(carried)
    (folder / "joe.onnx.json").write_bytes(Path(f"{carried}.json").read_bytes())
    return folder / "joe.onnx"


def a_piper(model: Path, **more: str) -> VoiceFiles:
    given = {"name": "studio", "language": "en-US", "licence": "CC0-1.0"} | more
    return VoiceFiles(piper=(PiperFile(model=model, **given),))


def test_a_piper_voice_of_the_settings_comes_first_and_speaks(joe: Path, tmp_path: Path) -> None:
    settings = tmp_path / "rushes.toml"
    settings.write_text(
        f'[[voices.piper]]\nname = "studio"\nlanguage = "en-US"\nlicence = "CC0-1.0"\n'
        f'model = "{joe}"\n'
    )
    given = load_config(settings).limits.voices
    voice = choose_voice("en", None, given)
    assert (voice.name, getattr(voice, "licence", "")) == ("piper:studio", "CC0-1.0")
    (path,) = voice.speak(["Good morning."], tmp_path)
    assert isinstance(path, Path)
    assert path.stat().st_size > 10_000


def a_model_that_is_none(joe: Path, folder: Path) -> VoiceFiles:
    (folder / "none.onnx").write_bytes(b"no network")
    (folder / "none.onnx.json").write_bytes(Path(f"{joe}.json").read_bytes())
    return a_piper(folder / "none.onnx")


def settings_that_are_none(joe: Path, folder: Path) -> VoiceFiles:
    (folder / "half.onnx").symlink_to(joe)
    (folder / "half.onnx.json").write_text("[1]")
    return a_piper(folder / "half.onnx")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (lambda joe, _: a_piper(joe, language="de"), "voices_wrong"),
        (lambda _, folder: a_piper(folder / "nowhere.onnx"), "voices_missing"),
        (lambda joe, _: a_piper(joe, sha256="0" * 64), "voices_changed"),
        (a_model_that_is_none, "voices_wrong"),
        (settings_that_are_none, "voices_wrong"),
        (
            lambda joe, _: VoiceFiles(
                kokoro=(KokoroFile(model=joe, voices=joe, voice="af_a", language="en"),)
            ),
            "voices_wrong",
        ),
    ],
)
def test_a_file_that_is_no_voice_or_of_another_language_is_refused(
    files: Callable[[Path, Path], VoiceFiles], code: str, joe: Path, tmp_path: Path
) -> None:
    with pytest.raises(ManifestUnusable, match="voices:") as caught:
        voices_of_files(files(joe, tmp_path))
    assert caught.value.code == code


def test_a_file_that_changes_under_the_run_is_not_spoken_from(joe: Path, tmp_path: Path) -> None:
    (voice,) = voices_of_files(a_piper(joe))
    told = Path(f"{joe}.json")
    whole = told.read_bytes()
    told.write_bytes(whole + b" ")
    with pytest.raises(ManifestUnusable, match="began with") as caught:
        list(voice.speak(["Hi."], tmp_path))
    assert caught.value.code == "voices_changed"
    told.write_bytes(whole)


@pytest.fixture(scope="module")
def english(tmp_path_factory: pytest.TempPathFactory) -> VoiceFiles:
    """The carried network, which was taught English too, with a Japanese voice as an English
    one: no weights of other voices are here."""
    folder = tmp_path_factory.mktemp("kokoro")
    home = Path(str(find_spec(kokoro.CARRIER).submodule_search_locations[0]))  # type: ignore[union-attr,index]
    parts = (home.with_name(f"{home.name}_model_{part}") / "part.bin" for part in (1, 2, 3, 4))
    (folder / "kokoro.onnx").write_bytes(b"".join(part.read_bytes() for part in parts))
    with np.load(home / "data" / "voices_ja.npz") as styles:
        style = styles["jf_alpha"]
    with (folder / "voices.bin").open("wb") as file:
        np.savez(file, af_test=style)
    files = KokoroFile(
        model=folder / "kokoro.onnx", voices=folder / "voices.bin", voice="af_test", language="en"
    )
    return VoiceFiles(kokoro=(files,))


def test_kokoro_speaks_another_language_from_phonemes_of_espeak(
    english: VoiceFiles, tmp_path: Path
) -> None:
    """Our aligner, which knows nothing of either, finds the words where the voice says they are."""
    given = voices_of_files(english)
    voice = choose_voice("en-GB", None, given)
    assert (voice.name, getattr(voice, "licence", "")) == ("kokoro:af_test", "Apache-2.0")
    speech = tmp_path / "speech.wav"
    spoken = speak_script("Good morning, London.", voice, speech=speech, mix=tmp_path / "mix.wav")
    (sentence,) = spoken.sentences
    heard = [sentence.said[word.at : word.at + word.length] for word in sentence.words]
    assert heard == ["Good", "morning", "London"]
    span = [round(edge * 16_000) for edge in (sentence.start_s, sentence.stop_s)]
    aligned = align_words(read_speech(speech, *span), ["good", "morning", "london"])
    assert aligned is not None
    for word, found in zip(sentence.words, aligned.words, strict=True):
        assert found is not None
        assert word.start_s - sentence.start_s == pytest.approx(found.start_s, abs=0.12)


def test_phonemes_are_parted_into_words_and_marks_kept() -> None:
    clauses = [
        (0, "Well,", {"words": [[0, 4, 0]], "phones": [["w", 0], ["ˈeɪ", 50], ["", 90]]}),
        (6, "I say.", {"words": [[0, 1, 0], [2, 3, 80]], "phones": [["aɪ", 0], ["s", 80]]}),
    ]
    made = joined_phonemes(clauses)
    assert made.said == "wˈA, I s."
    assert made.words == ((0, 4, 0), (6, 1, 5), (8, 3, 7))


def test_a_clause_of_which_espeak_tells_nothing_is_not_left_out() -> None:
    voice = espeak_named("espeak:gmw/en", "en")
    assert voice is not None
    with pytest.raises(Transient, match="told no phonemes"):
        phonemes_of(["Good morning."], replace(voice, file="gmw/nowhere"))


def test_another_espeak_is_in_the_digest_of_a_kokoro_voice(english: VoiceFiles) -> None:
    (voice,) = voices_of_files(english)
    assert isinstance(voice, GivenKokoro)
    carried = replace(voice.espeak.carried, digest="other")
    other = replace(voice, espeak=replace(voice.espeak, carried=carried))
    assert other.digest != voice.digest
