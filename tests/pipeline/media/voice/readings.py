"""Scripts that were spoken, and a voice of pure tones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from model.shapes import FPS, MIX_SAMPLES_PER_FRAME
from pipeline.media.sound.wav import SpeechWriter, read_pcm
from pipeline.media.voice.speech import (
    Spoken,
    Voice,
    choose_voice,
    speak_script,
)


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
