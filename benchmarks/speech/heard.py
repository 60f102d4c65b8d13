"""What the carried recogniser hears of recordings, word by word against what is said in them."""

from __future__ import annotations

import csv
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapidfuzz.distance import Levenshtein

from pipeline.media.recognition.recognise import said_in_recording
from pipeline.media.recognition.recognisers import RecognitionSettings
from pipeline.media.sound.audio import AudioLimits, decode_narration
from pipeline.media.sound.vad import speech_spans
from pipeline.media.text.spoken_words import words_of

SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A recording, what is said in it, and what was heard: lower-case words, numbers spoken out."""

    name: str
    said: tuple[str, ...]
    heard: tuple[str, ...]

    @property
    def errors(self) -> int:
        return Levenshtein.distance(self.said, self.heard)


def recognised(folder: Path) -> dict[str, Any]:
    """Word errors of all recordings that the folder's `manifest.csv` names, by its sub-folders."""
    clips: dict[str, list[Clip]] = defaultdict(list)
    with (folder / "manifest.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            clips[row["file"].partition("/")[0]].append(heard_in(folder / row["file"], row["text"]))
    return {source: told_of(found) for source, found in clips.items()}


def heard_in(source: Path, text: str) -> Clip:
    with tempfile.TemporaryDirectory() as desk:
        speech, mix = Path(desk, "speech.wav"), Path(desk, "mix.wav")
        decode_narration(source, name=source.name, speech=speech, mix=mix, limits=AudioLimits())
        hearing = RecognitionSettings(engine="faster-whisper")
        words = said_in_recording(speech, speech_spans(speech), "en", hearing).words
    heard = words_of(" ".join(word.text for word in words.words))
    return Clip(name=source.name, said=words_of(text), heard=heard)


def told_of(clips: Sequence[Clip]) -> dict[str, Any]:
    said, errors = sum(len(clip.said) for clip in clips), sum(clip.errors for clip in clips)
    worst = sorted(clips, key=lambda clip: -clip.errors / len(clip.said))[:SHOWN]
    return {
        "recordings": len(clips),
        "words": said,
        "errors": errors,
        "word_error_rate_percent": round(100 * errors / said, 2),
        "without_an_error": sum(not clip.errors for clip in clips),
        "worst": [
            {"said": " ".join(clip.said), "heard": " ".join(clip.heard), "errors": clip.errors}
            for clip in worst
            if clip.errors
        ],
    }
