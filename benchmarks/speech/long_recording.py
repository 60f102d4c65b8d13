"""A long recording of festival's Italian with its text: how long it takes and what it holds."""

from __future__ import annotations

import json
import random
import resource
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import soundfile  # type: ignore[import-untyped]  # no types in soundfile

from benchmarks.speech.festival import VOICES, festival_says
from pipeline.media.process import run_program
from pipeline.media.recognition.transcribed import carried_over, copying_voice
from pipeline.media.sound.audio import AudioLimits, decode_narration

MINUTES = (2, 10, 30)
RATE = 16_000
PAUSES_S = (0.15, 0.3, 0.5, 0.8, 1.5)
TIMEOUT_S = 1800.0


def long_recordings() -> dict[str, Any]:
    """Each in a process of its own, whose memory is its own."""
    told = {}
    for minutes in MINUTES:
        command = [sys.executable, "-m", "benchmarks.speech.long_recording", str(minutes)]
        told[f"{minutes} minutes"] = json.loads(run_program(command, timeout_s=TIMEOUT_S).output)
    return told


def main() -> None:
    print(json.dumps(facts_of(float(sys.argv[1]))))


def facts_of(minutes: float) -> dict[str, Any]:
    voice = copying_voice("it")
    if voice is None:
        raise SystemExit("espeak-ng speaks no Italian here")
    with TemporaryDirectory() as desk:
        folder = Path(desk)
        text, truth = recorded(folder, minutes)
        speech, mix = folder / "speech.wav", folder / "mix.wav"
        wav = folder / "long.wav"
        decode_narration(wav, name="long", speech=speech, mix=mix, limits=AudioLimits())
        before, started = peak_mb(), time.monotonic()
        said, warp = carried_over(speech, text, voice)
        took_s = time.monotonic() - started
    if said is None or warp is None:
        raise SystemExit("nothing was carried over")
    found = said.words.words
    late_s = [word.start_s - start_s for word, start_s in zip(found, truth, strict=True)]
    away_ms = 1000 * np.abs(late_s)
    return {
        "seconds": round(took_s, 1),
        "peak_mb_before_and_after": [before, peak_mb()],
        "words": len(late_s),
        "median_ms": round(float(np.median(away_ms)), 1),
        "of_95_percent_ms": round(float(np.percentile(away_ms, 95)), 1),
        "largest_ms": round(float(away_ms.max()), 1),
        "cost": round(warp.cost, 2),
    }


def recorded(folder: Path, minutes: float) -> tuple[str, list[float]]:
    """Sentences in a drawn order with pauses of drawn lengths, written block by block; the text,
    and when its words begin."""
    said = [each for each in festival_says(VOICES["it:lp"], folder) if each.truth]
    draw = random.Random(3)  # noqa: S311  # an order, no secret
    texts: list[str] = []
    truth: list[float] = []
    now_s = 0.0
    with soundfile.SoundFile(folder / "long.wav", "w", RATE, 1, "PCM_16") as file:
        while now_s < 60 * minutes:
            sentence = draw.choice(said)
            samples, _ = soundfile.read(sentence.wav, dtype="float32")
            hush = np.zeros(round(draw.choice(PAUSES_S) * RATE), np.float32)
            file.write(np.concatenate([samples, hush]))
            texts.append(sentence.text)
            truth += [now_s + span.start_s for span in sentence.truth]
            now_s += (len(samples) + len(hush)) / RATE
    return "\n".join(texts), truth


def peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


if __name__ == "__main__":
    main()
