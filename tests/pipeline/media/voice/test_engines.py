"""The programs that speak: which are there, what each is given, what becomes of one that fails."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from manifests.errors import BadInput, ManifestUnusable, Transient
from pipeline.media.text.lexicon import lexicon_of
from pipeline.media.text.sentences import LONGEST_SPOKEN
from pipeline.media.text.spoken_length import spoken_length
from pipeline.media.voice import piper
from pipeline.media.voice.batches import BATCH_BYTES, batches
from pipeline.media.voice.piper import Piper
from pipeline.media.voice.speech import (
    check_lexicon,
    choose_voice,
    installed_voices,
    speak_script,
)
from tests.pipeline.media.voice.readings import Tones, read_out


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
        ("zh-CN", "espeak:zh-cn"),
        ("zh-HK", "espeak:zh-hk"),
        ("fr", "espeak:fr"),
        ("fr-BE", "espeak:fr-be"),
        ("fr-CA", "espeak:fr"),
        ("pt_BR", "espeak:pt-br"),
    ],
)
def test_other_languages_are_spoken_by_the_nearest_voice(language: str, name: str) -> None:
    assert choose_voice(language, None).name == name


@pytest.mark.parametrize(
    ("language", "voice", "code", "says"),
    [
        ("xx", None, "no_voice", "espeak"),
        ("en", "piper:jane", "unknown_voice", "piper:joe"),
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
    [("flite", "flite:slt", "en"), ("", "espeak:de", "de")],
)
def test_a_fallback_that_is_installed_speaks_the_same_every_time(
    program: str, voice: str, language: str, tmp_path: Path
) -> None:
    if program and shutil.which(program) is None:
        pytest.skip(f"{program} is not on the PATH")
    once = read_out("Guten Tag. Eins zwei.", tmp_path / "a", choose_voice(language, voice))
    again = read_out("Guten Tag. Eins zwei.", tmp_path / "b", choose_voice(language, voice))
    assert len(once.spoken.sentences) == 2
    assert once.mix.read_bytes() == again.mix.read_bytes()


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
    short, half = "Yes.", "x" * (BATCH_BYTES // 2)
    assert [len(batch) for batch in batches([short] * 101)] == [100, 1]
    assert [len(batch) for batch in batches([half, half, short, half + half + "y"])] == [
        2,
        1,
        1,
    ]
    assert list(batches([])) == []
