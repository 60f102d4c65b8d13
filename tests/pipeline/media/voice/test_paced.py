"""A voice that can speak faster is told so in its engine's own words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pipeline.media.voice.flite import Flite
from pipeline.media.voice.piper import Piper
from pipeline.media.voice.voices import PacedVoice, Voice, choose_voice

LISTENER = """
import sys, wave
with open(LOG, "a") as log:
    log.write(" ".join(sys.argv[1:-1]) + "\\n")
with wave.open(sys.argv[-1], "wb") as file:
    file.setparams((1, 2, 16000, 0, "NONE", ""))
    file.writeframes(b"\\x00\\x20" * 800)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Writes down what it was asked, and a little sound."""
    path = tmp_path / "listener"
    path.write_text(f"#!{sys.executable}\nLOG = {str(tmp_path / 'log')!r}\n{LISTENER}")
    path.chmod(0o755)
    return path


def asked(voice: Voice, folder: Path) -> str:
    list(voice.speak(["One."], folder))
    return (folder / "log").read_text().splitlines()[-1]


def test_flite_draws_its_sounds_out_by_less(program: Path, tmp_path: Path) -> None:
    voice = Flite(voice="slt", program=str(program), digest="1")
    assert isinstance(voice, PacedVoice)
    assert "duration_stretch=0.8000" in asked(voice.paced(1.25), tmp_path)
    assert "duration_stretch" not in asked(voice, tmp_path)


def test_espeak_says_more_words_a_minute(tmp_path: Path) -> None:
    voice = choose_voice("de", "espeak:de")
    assert isinstance(voice, PacedVoice)
    faster = voice.paced(1.1)
    own, fast = (
        len(next(each.speak(["Guten Tag, ihr Leute."], tmp_path)).path.read_bytes())  # type: ignore[union-attr]
        for each in (voice, faster)
    )
    assert 0.8 < fast / own < 0.97
    assert (faster.name, faster.digest) == (voice.name, voice.digest)


def test_piper_makes_its_phonemes_shorter(tmp_path: Path) -> None:
    voice = Piper(name="piper:x", languages=("en",), digest="1", model=Path("x.onnx"))
    assert isinstance(voice, PacedVoice)
    command = voice.paced(1.25)._command(tmp_path)
    assert command[command.index("--length-scale") + 1] == "0.8000"
    assert "--length-scale" not in voice._command(tmp_path)
    assert voice.paced(1.25).name == voice.name
