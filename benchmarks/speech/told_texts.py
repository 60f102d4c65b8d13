"""Recordings with their own text and with another's of like length: what the warping of each costs.

Half of another's texts are said by the same speaker, since all recordings of one source are.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile  # type: ignore[import-untyped]  # no types in soundfile

from benchmarks.speech.festival import VOICES, festival_says
from pipeline.media.recognition.transcribed import carried_over, copying_voice
from pipeline.media.sound.audio import AudioLimits, decode_narration
from pipeline.media.voice.speech import choose_voice
from pipeline.media.voice.utterance import utterance_of

NOISE_DB = 15
PIPER = "piper:joe"
EACH = 25
"""Recordings of each source."""

SOURCES = ("flite", "ljspeech", "librivox")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A sound file and what is said in it."""

    wav: Path
    text: str
    language: str

    def speech(self, folder: Path, *, noisy: bool = False) -> Path:
        """At 16 kHz, as a run reads it; with white noise at 15 dB if asked for."""
        wav = with_noise(self.wav, folder / "noisy.wav") if noisy else self.wav
        speech, mix = folder / "speech.wav", folder / "mix.wav"
        decode_narration(wav, name=wav.name, speech=speech, mix=mix, limits=AudioLimits())
        return speech


def with_noise(wav: Path, noisy: Path) -> Path:
    samples, rate = soundfile.read(wav, dtype="float64")
    loud = samples[np.abs(samples) > 0.02 * np.abs(samples).max()]
    level = np.sqrt(np.mean(loud**2)) * 10 ** (-NOISE_DB / 20)
    draw = np.random.default_rng(len(samples))
    soundfile.write(noisy, np.clip(samples + level * draw.normal(size=len(samples)), -1, 1), rate)
    return noisy


def material(folder: Path | None, source: str) -> Iterator[Recording]:
    """The recordings of one source that the `manifest.csv` of the folder names; none without."""
    if folder is None:
        return
    with (folder / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["file"].startswith(f"{source}/"):
                yield Recording(wav=folder / row["file"], text=row["text"], language="en")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the warping of a recording costs a step (None: it was not warped) with a text."""

    source: str
    right: bool
    noisy: bool
    cost: float | None


def costs_of(folder: Path | None) -> Iterator[Told]:
    with TemporaryDirectory() as desk:
        for source, recordings in sources(folder, Path(desk)):
            for noisy in (False, True):
                yield from _costs(source, recordings, noisy=noisy)


def held_out_costs(folder: Path | None) -> Iterator[Told]:
    """Of a voice on which nothing was set: Piper reads the texts of LJ Speech."""
    texts = [recording.text for recording in material(folder, "ljspeech")]
    with TemporaryDirectory() as desk:
        wavs = choose_voice("en", PIPER).speak(texts, Path(desk))
        spoken = zip(texts, map(utterance_of, wavs), strict=True)
        recordings = [
            Recording(wav=said.path, text=text, language="en") for text, said in spoken if said
        ]
        for noisy in (False, True):
            yield from _costs(PIPER, recordings, noisy=noisy)


def sources(folder: Path | None, desk: Path) -> Iterator[tuple[str, Sequence[Recording]]]:
    for name, voice in VOICES.items():
        place = desk / name.replace(":", "-")
        place.mkdir()
        said = list(festival_says(voice, place))
        yield (
            name,
            [Recording(wav=each.wav, text=each.text, language=voice.language) for each in said],
        )
    for source in SOURCES:
        yield source, list(material(folder, source))


def _costs(source: str, recordings: Sequence[Recording], *, noisy: bool) -> Iterator[Told]:
    for recording in recordings[:EACH]:
        others = [each.text for each in recordings if each.text != recording.text]
        like = min(others, key=lambda text: abs(len(text) - len(recording.text)))
        for text, right in ((recording.text, True), (like, False)):
            with TemporaryDirectory() as desk:
                speech = recording.speech(Path(desk), noisy=noisy)
                cost = cost_of(speech, text, recording.language)
            yield Told(source=source, right=right, noisy=noisy, cost=cost)


def cost_of(speech: Path, text: str, language: str) -> float | None:
    voice = copying_voice(language)
    if voice is None:
        raise SystemExit(f"espeak-ng does not speak {language}")
    warp = carried_over(speech, text, voice)[1]
    return None if warp is None else warp.cost


def told_apart(found: Sequence[Told], border: float) -> dict[str, Any]:
    told: dict[str, Any] = {}
    for noisy in (False, True):
        for source in (*dict.fromkeys(each.source for each in found), None):
            chosen = [f for f in found if f.noisy == noisy and source in (None, f.source)]
            right = [_cost(each) for each in chosen if each.right]
            wrong = [_cost(each) for each in chosen if not each.right]
            name = f"{source or 'all'}{f', noise at {NOISE_DB} dB' if noisy else ''}"
            told[name] = {
                "recordings": len(right),
                "right_refused_percent": _share_above(right, border),
                "others_told_percent": _share_above(wrong, border),
                "right_median_and_largest": _rounded(np.median(right), max(right)),
                "others_median_and_smallest": _rounded(np.median(wrong), min(wrong)),
            }
    return told


def _cost(told: Told) -> float:
    return float("inf") if told.cost is None else told.cost


def _share_above(costs: Sequence[float], border: float) -> float:
    return round(100 * float(np.mean(np.array(costs) > border)), 1)


def _rounded(*values: Any) -> list[float]:  # noqa: ANN401  # numbers of numpy and of Python
    return [round(float(value), 2) for value in values]
