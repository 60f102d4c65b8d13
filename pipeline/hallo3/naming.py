"""What goes into a segment, by name.

Only stored bytes and settings are hashed, never numbers that a processor computed: their last bits
are its own, and a resume on another kind would find nothing.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from manifests.fingerprint import Value, fingerprint
from model.conditions.features import NOTHING, ChainSpeech, SpeechFeatures, range_of
from model.conditions.speech import Sound
from model.shapes import SPEECH_SAMPLES_PER_FRAME
from pipeline.media.sound.wav import read_speech
from pipeline.nouns import Chunk
from pipeline.renderer import TakeFiles


def heard_name(heard: ChainSpeech, speech: SpeechFeatures, index: int) -> str:
    """What segment `index` hears: the sound that its features come from, and which of them it hears
    where. The encoder's weights are named by the preset."""
    rows = heard.rows(index)
    first, last = range_of(rows)
    sounds: list[Value] = [
        [sound_digest(speech.read(part.start, part.stop)), part.before, part.rows, part.silence]
        for part in speech.hearings(first, last)
    ]
    return fingerprint(
        "heard",
        encoder=[speech.encoder.blocks, speech.encoder.channels],
        sounds=sounds,
        rows=(rows - first).where(rows != NOTHING, rows).tolist(),
    )


def spoken_first(speech: Path, chunk: Chunk) -> str:
    """The name of a chunk's noise: what its first segment says, and the how-manieth time.

    Never its place in the take: an edit elsewhere leaves its frames as they are.
    """
    first = chunk.segments[0]
    samples = read_speech(
        speech, first.start * SPEECH_SAMPLES_PER_FRAME, first.stop * SPEECH_SAMPLES_PER_FRAME
    )
    return f"{sound_digest(samples)}/{chunk.occurrence}"


def sound_digest(samples: Sound) -> str:
    return hashlib.sha256(samples.astype("<f4").tobytes()).hexdigest()


def looks_name(files: TakeFiles) -> str:
    """What the networks see of a take. The first segment starts from the portrait on its canvas."""
    take = files.take
    return fingerprint(
        "looks",
        portrait=take.portrait.sha256,
        landmarks=take.landmarks.sha256,
        canvas=[take.width, take.height],
        prompt=files.prompt,
    )
