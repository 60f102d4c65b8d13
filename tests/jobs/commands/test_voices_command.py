"""`rushes voices` lists what speaks, and writes a sample."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from jobs.cli import app
from manifests.errors import ManifestUnusable, RushesError
from pipeline.media.sound.wav import read_info
from pipeline.media.voice import voices


def told(*words: str) -> list[str]:
    ended = CliRunner().invoke(app, ["voices", *words], catch_exceptions=False)
    assert ended.exit_code == 0
    return ended.output.splitlines()


def test_each_language_stands_with_its_voice_grade_and_licence() -> None:
    lines = told()
    assert any(line.startswith("de ") and "espeak:de " in line for line in lines)
    assert sum("placeholder" in line for line in lines) == 1
    (japanese,) = [line for line in lines if "kokoro:jf_alpha" in line and line.startswith("ja ")]
    assert "reads (Apache-2.0)" in japanese
    assert int(next(line for line in lines if "languages:" in line).split()[-1]) > 100


def test_one_language_is_listed_alone_and_one_that_nobody_speaks_is_told() -> None:
    lines = told("--language", "en-GB")
    assert all(line.startswith(("en", "not here")) for line in lines if "languages" not in line)
    assert "voices: 1, languages: 1" in told("--language", "de")
    assert "no voice here speaks that" in told("--language", "xx")


def test_an_engine_that_is_not_here_is_told_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(voices.ENGINES, "espeak", lambda: ())
    (line,) = [line for line in told() if line.startswith("not here: espeak")]
    assert "pip install espeakng-loader" in line


def test_a_sample_is_written_as_a_row_would_be_spoken(tmp_path: Path) -> None:
    file = tmp_path / "tag.wav"
    (line,) = told("say", "Guten Tag.", str(file), "--language", "de")
    assert "by espeak:de" in line
    info = read_info(file)
    assert info is not None
    assert (info.rate, info.sample_bytes) == (48_000, 3)
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize(
    "words", [("sing",), ("say", "Hi."), ("say", "Hi.", "/nowhere/at/all.wav")]
)
def test_a_wrong_call_is_told(words: tuple[str, ...]) -> None:
    with pytest.raises(ManifestUnusable, match=r"give|folder") as caught:
        told(*words)
    assert caught.value.code == "call_wrong"


def test_a_sample_in_a_language_that_nobody_speaks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RushesError, match="No voice here speaks"):
        told("say", "Hi.", str(tmp_path / "a.wav"), "--language", "xx")
