"""`rushes voices`: what can speak here; `rushes voices say`: a sample of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from jobs.console import say
from jobs.settings_file import load_config
from manifests.errors import ManifestUnusable
from pipeline.media.voice.roster import missing_engines, roster
from pipeline.media.voice.speech import Voice, choose_voice, installed_voices, speak_script

KINDS = ("list", "say")


def voices_command(
    kind: Annotated[str, typer.Argument(help=f"What to do: {', '.join(KINDS)}.")] = "list",
    text: Annotated[str | None, typer.Argument(help="What to say.")] = None,
    file: Annotated[Path | None, typer.Argument(help="The WAV file to write.")] = None,
    language: Annotated[str | None, typer.Option(help="A tag such as de or pt-BR.")] = None,
    voice: Annotated[str | None, typer.Option(help="The voice, as a row names it.")] = None,
    config: Annotated[Path | None, typer.Option(help="TOML file with settings of the run.")] = None,
) -> None:
    """List the voices that can speak here, with grade and licence; or write a sample.

    Exit code 0: done. 2: nothing speaks the language, or the call is wrong.
    """
    given = load_config(config).limits.voices
    if kind == "list" and text is None:
        list_voices(language, given)
    elif kind == "say" and text is not None and file is not None:
        write_sample(text, file, choose_voice(language or "en", voice, given))
    else:
        raise ManifestUnusable(
            "call_wrong", "give `rushes voices`, or `rushes voices say TEXT FILE --language L`"
        )


def list_voices(language: str | None, given: Sequence[Voice]) -> None:
    voices = (*given, *installed_voices())
    lines = roster(voices, language)
    for line in lines:
        lacks = f": {line.lacks}" if line.lacks else ""
        say(f"{line.language:<16} {line.voice:<24} {line.grade}{lacks} ({line.licence})")
    count = len({line.language.partition("-")[0] for line in lines})
    shown = len({line.voice for line in lines})
    say(f"voices: {shown}, languages: {count}" if count else "no voice here speaks that")
    for engine, remedy in missing_engines(voices):
        say(f"not here: {engine}; {remedy}")


def write_sample(text: str, file: Path, voice: Voice) -> None:
    """As a row's script would be spoken, 48 kHz and 24 bits."""
    if not file.absolute().parent.is_dir():
        raise ManifestUnusable("call_wrong", f"{file.parent} is no folder; make it first")
    with TemporaryDirectory(dir=file.absolute().parent) as folder:
        mix = Path(folder) / "mix.wav"
        spoken = speak_script(text, voice, speech=Path(folder) / "speech.wav", mix=mix)
        mix.replace(file)
    for told in spoken.warnings:
        say(f"warning: {told}")
    say(f"{file}: {spoken.frames / 25:.2f} s by {voice.name}")
