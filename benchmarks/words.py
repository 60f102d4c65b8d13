"""Word times against those of the engines themselves, and recognised words against the true ones.

    python -m benchmarks.words [--sentences 200]
    python -m benchmarks.words --speech MATERIAL

Sentences are spoken by Piper and by flite, which tell when they say each word (`engine_times`), and
found in the sound again as a run does it. With --speech, the recordings that the `manifest.csv` of
that folder names (columns `file` and `text`) are recognised by the carried faster-whisper instead.
Writes benchmarks/results/words.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speech.engine_times import Timed, Times, Told
from benchmarks.speech.heard import recognised
from benchmarks.speech.onsets import late_ms
from benchmarks.speech.tale import tale
from benchmarks.where import where_it_ran
from pipeline.media.recognition.align import said_in_script
from pipeline.media.text.sentences import split_script
from pipeline.media.text.spoken_words import aloud, words_by_written
from pipeline.media.voice.flite import Flite
from pipeline.media.voice.piper import Piper
from pipeline.media.voice.speech import choose_voice, speak_script
from pipeline.words import Word, Words

RESULT = Path(__file__).parent / "results" / "words.json"
VOICES = ("piper:joe", "flite:slt")
LISTENED = 60
"""Sentences in which hissing sounds are looked for."""

AIM_MS = {"median": 40, "of_95_percent": 120}


@dataclass(frozen=True, slots=True, kw_only=True)
class Miss:
    """A word that was found: by how many seconds too late (negative: too early)."""

    text: str
    start_s: float
    stop_s: float
    start_by_habit_s: float
    stop_by_habit_s: float


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sentences", type=int, default=200)
    parser.add_argument("--voices", nargs="+", default=VOICES)
    parser.add_argument("--speech", type=Path, default=None)
    asked = parser.parse_args()
    if asked.speech:
        note("recognition", recognised(asked.speech))
        return
    for voice in asked.voices:
        facts = timed(made_up(asked.sentences), voice)
        facts["hissing_sounds_begin_late"] = late_ms(engine(voice), texts_of(made_up(LISTENED)))
        note(f"word_times_{voice}", facts)


def note(name: str, facts: dict[str, Any]) -> None:
    """Print figures and put them into the results, beside those of other runs."""
    told = {
        **where_it_ran(),
        **facts,
    }
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {"aim_ms": AIM_MS}
    RESULT.write_text(json.dumps(before | {name: told}, indent=1) + "\n")
    print(json.dumps(told, indent=1))


def made_up(sentences: int) -> str:
    """A tale of exactly so many sentences."""
    whole = split_script(tale(20 * sentences))
    return " ".join(sentence.text for sentence in whole[:sentences])


def engine(name: str) -> Piper | Flite:
    voice = choose_voice("en", name)
    if not isinstance(voice, Piper | Flite):
        raise SystemExit(f"{name} does not tell when it says its words")
    return voice


def texts_of(script: str) -> list[str]:
    return [aloud(sentence.text) for sentence in split_script(script)]


def timed(script: str, name: str) -> dict[str, Any]:
    """How far the found times of words are from those of the voice."""
    telling = Timed(voice=engine(name))
    with tempfile.TemporaryDirectory() as folder:
        speech, mix = Path(folder, "speech.wav"), Path(folder, "mix.wav")
        spoken = speak_script(script, telling, speech=speech, mix=mix)
        words = said_in_script(spoken, speech).words
    misses = list(misses_of(words, telling.times))
    return {
        "sentences": len(spoken.sentences),
        "sentences_without_truth": telling.times.count(None),
        "words": len(words.words),
        "words_judged": len(misses),
        "starts_ms": errors([miss.start_s for miss in misses]),
        "stops_ms": errors([miss.stop_s for miss in misses]),
        "by_piper_s_habit": {
            "starts_ms": errors([miss.start_by_habit_s for miss in misses]),
            "stops_ms": errors([miss.stop_by_habit_s for miss in misses]),
        },
        "worst": worst(misses),
    }


def misses_of(words: Words, truth: Sequence[Times | None]) -> Iterator[Miss]:
    for index, (phrase, times) in enumerate(zip(words.sentences, truth, strict=True)):
        found = words.of_sentence(index)
        counts = [len(w) for w in words_by_written(phrase.text, [word.text for word in found])]
        if times is None or sum(counts) != len(times):
            continue
        at = 0
        for word, count in zip(found, counts, strict=True):
            edges = times[at : at + count]
            at += count
            if edges and edges[0] and edges[-1]:
                yield miss(word, phrase.start_s, edges[0], edges[-1])


def miss(word: Word, since_s: float, first: Told, last: Told) -> Miss:
    start_s, stop_s = word.start_s - since_s, word.stop_s - since_s
    return Miss(
        text=word.text,
        start_s=start_s - first.span.start_s,
        stop_s=stop_s - last.span.stop_s,
        start_by_habit_s=start_s - first.by_habit.start_s,
        stop_by_habit_s=stop_s - last.by_habit.stop_s,
    )


def errors(late_s: Sequence[float]) -> dict[str, float]:
    late_ms = 1000 * np.array(late_s)
    away = np.abs(late_ms)
    return {
        "median": round(float(np.median(away)), 1),
        "of_95_percent": round(float(np.percentile(away, 95)), 1),
        "largest": round(float(away.max()), 1),
        "within_40_percent": round(100 * float(np.mean(away <= AIM_MS["median"])), 1),
        "bias": round(float(np.median(late_ms)), 1),
    }


def worst(misses: Sequence[Miss]) -> list[dict[str, Any]]:
    """The words whose starts are furthest away."""
    order = sorted(misses, key=lambda miss: -abs(miss.start_s))[:8]
    return [{"word": miss.text, "late_ms": round(1000 * miss.start_s)} for miss in order]


if __name__ == "__main__":
    main()
