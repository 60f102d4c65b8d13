"""Word times that are carried over to a recording from a spoken copy of its text.

    python -m benchmarks.warped_words [--speech MATERIAL] [--only PART...]

The parts: `english` (Piper's own lengths are the truth), `festival` (Italian, Czech and Finnish by
festival's own times), `read` (people who read, by pocketsphinx; --speech as in
`benchmarks.words`), `other` (each recording with its own text and with another's of like length,
clean and in noise), `held-out` (the same of a voice on which nothing was set), `long` (recordings
of 2, 10 and 30 minutes). Beside the times stand those of words that are spread over their sentence
by length. Writes benchmarks/results/warped-words.json.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from benchmarks.speech.engine_times import Timed
from benchmarks.speech.festival import VOICES, festival_says
from benchmarks.speech.long_recording import long_recordings
from benchmarks.speech.told_texts import (
    Recording,
    costs_of,
    held_out_costs,
    material,
    told_apart,
)
from benchmarks.where import where_it_ran
from benchmarks.words import engine, made_up
from pipeline.media.recognition.align import length_s_of, samples_of
from pipeline.media.recognition.pocketsphinx import align_words
from pipeline.media.recognition.transcribed import OTHER_COST, carried_over, copying_voice
from pipeline.media.recognition.word_times import placed, spread
from pipeline.media.text.spoken_words import words_by_written
from pipeline.media.voice.speech import speak_script
from pipeline.nouns import Span
from pipeline.words import Word

RESULT = Path(__file__).parent / "results" / "warped-words.json"
AIMS_MS = {"median": 30, "of_95_percent": 120, "read": {"median": 30, "of_95_percent": 170}}

Pair = tuple[float, float]
"""Of a word: how many seconds too late its start is, carried over and spread."""


def main() -> None:
    parts: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
        "english": english,
        "festival": festival,
        "read": read,
        "other": other,
        "held-out": held_out,
        "long": lambda _asked: long_recordings(),
    }
    parser = argparse.ArgumentParser()
    parser.add_argument("--speech", type=Path, default=None)
    parser.add_argument("--sentences", type=int, default=120)
    parser.add_argument("--only", nargs="+", choices=list(parts), default=list(parts))
    asked = parser.parse_args()
    for name in asked.only:
        note(name, parts[name](asked))


def note(name: str, facts: dict[str, Any]) -> None:
    told = {
        **where_it_ran(),
        **facts,
    }
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {"aims_ms": AIMS_MS}
    RESULT.write_text(json.dumps(before | {name: told}, indent=1) + "\n")
    print(json.dumps(told, indent=1), flush=True)


def english(asked: argparse.Namespace) -> dict[str, Any]:
    """A tale by Piper as one recording; the words that Piper tells apart."""
    script = made_up(asked.sentences)
    telling = Timed(voice=engine("piper:joe"))
    with TemporaryDirectory() as folder:
        speech, mix = Path(folder, "speech.wav"), Path(folder, "mix.wav")
        spoken = speak_script(script, telling, speech=speech, mix=mix)
        words = carried(speech, script, "en")
    pairs: list[Pair] = []
    for index, (sentence, times) in enumerate(zip(spoken.sentences, telling.times, strict=True)):
        found = [word for word in words if word.sentence == index]
        written = [word.text for word in found]
        counts = [len(heard) for heard in words_by_written(sentence.text, written)]
        if times is None or sum(counts) != len(times):
            continue
        firsts = np.cumsum([0, *counts[:-1]]).tolist()
        truth = [
            sentence.start_s + told.span.start_s if count and (told := times[at]) else None
            for at, count in zip(firsts, counts, strict=True)
        ]
        whole = Span(start_s=sentence.start_s, stop_s=sentence.stop_s)
        pairs += pairs_of(found, truth, whole)
    return {"sentences": len(spoken.sentences), **figures(pairs)}


def carried(speech: Path, text: str, language: str) -> Sequence[Word]:
    voice = copying_voice(language)
    said = None if voice is None else carried_over(speech, text, voice)[0]
    if said is None:
        raise SystemExit(f"{language}: nothing was carried over")
    return said.words.words


def pairs_of(found: Sequence[Word], truth: Sequence[float | None], whole: Span) -> list[Pair]:
    flat = spread([word.text for word in found], whole.start_s, whole.stop_s)
    return [
        (word.start_s - start_s, even.start_s - start_s)
        for word, even, start_s in zip(found, flat, truth, strict=True)
        if start_s is not None
    ]


def festival(_asked: argparse.Namespace) -> dict[str, Any]:
    """Each sentence as a recording of its own; those of which festival counts the same words."""
    told: dict[str, Any] = {}
    for name, voice in VOICES.items():
        pairs: list[Pair] = []
        sentences = 0
        with TemporaryDirectory() as folder:
            for said in festival_says(voice, Path(folder)):
                if not said.truth:
                    continue
                sentences += 1
                recording = Recording(wav=said.wav, text=said.text, language=voice.language)
                found = carried(recording.speech(Path(folder)), said.text, voice.language)
                whole = Span(start_s=said.truth[0].start_s, stop_s=said.truth[-1].stop_s)
                pairs += pairs_of(found, [span.start_s for span in said.truth], whole)
        told[name] = {"sentences": sentences, **figures(pairs)}
    return told


def read(asked: argparse.Namespace) -> dict[str, Any]:
    """People who read; the truth is what pocketsphinx finds of the same text."""
    told: dict[str, Any] = {}
    for source in ("ljspeech", "librivox"):
        pairs: list[Pair] = []
        recordings = 0
        for recording in material(asked.speech, source):
            with TemporaryDirectory() as folder:
                speech = recording.speech(Path(folder))
                found = carried(speech, recording.text, "en")
                written = [word.text for word in found]
                said = words_by_written(recording.text, written)
                samples = samples_of(speech, 0.0, length_s_of(speech))
                aligned = align_words(samples, [each for every in said for each in every])
            if aligned is None:
                continue
            recordings += 1
            whole = Span(start_s=0.0, stop_s=len(samples) / 16_000)
            times = placed(written, [len(each) for each in said], aligned.words, whole)
            ends = Span(start_s=times[0].start_s, stop_s=times[-1].stop_s)
            pairs += pairs_of(found, [span.start_s for span in times], ends)
        told[source] = {"recordings": recordings, **figures(pairs)}
    return told


def figures(pairs: Sequence[Pair]) -> dict[str, Any]:
    late_ms = 1000 * np.array(pairs).reshape(-1, 2)
    away = np.abs(late_ms)
    return {
        "words": len(pairs),
        **{
            name: {
                "median_ms": round(float(np.median(away[:, column])), 1),
                "of_95_percent_ms": round(float(np.percentile(away[:, column], 95)), 1),
                "bias_ms": round(float(np.median(late_ms[:, column])), 1),
            }
            for column, name in enumerate(("carried", "spread"))
        },
    }


def other(asked: argparse.Namespace) -> dict[str, Any]:
    """How often another's text is told, and how often the right one would be refused."""
    found = list(costs_of(asked.speech))
    return {"refused_above": OTHER_COST, **told_apart(found, OTHER_COST)}


def held_out(asked: argparse.Namespace) -> dict[str, Any]:
    found = list(held_out_costs(asked.speech))
    return {"refused_above": OTHER_COST, **told_apart(found, OTHER_COST)}


if __name__ == "__main__":
    main()
