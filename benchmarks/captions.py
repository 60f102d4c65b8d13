"""Captions of an hour of script: which house rules are broken, and why.

    python -m benchmarks.captions [--words 9000] [--voice piper:joe]

A script is spoken, its words are found in the sound as a run does it, and captioned in every form;
the files are then read again and checked. Each breach is listed with the pace at which its words
are said: where that is beyond what may be shown, no captions of all words can keep the rules.
Writes benchmarks/results/captions.json, an entry for each voice.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from benchmarks.speech.tale import tale
from benchmarks.where import where_it_ran
from pipeline.captions.check import Breach, breaches_of
from pipeline.captions.cue import RULES, Cue
from pipeline.captions.plan import cues_of
from pipeline.captions.read import read_captions
from pipeline.captions.text import width
from pipeline.captions.write import WRITERS
from pipeline.media.recognition.align import said_in_script
from pipeline.media.voice.speech import choose_voice, speak_script

RESULT = Path(__file__).parent / "results" / "captions.json"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", type=int, default=9000)
    parser.add_argument("--voice", default=None)
    given = parser.parse_args()
    script = tale(given.words)
    with tempfile.TemporaryDirectory() as folder:
        speech, mix = Path(folder, "speech.wav"), Path(folder, "mix.wav")
        voice = choose_voice("en", given.voice)
        began = perf_counter()
        spoken = speak_script(script, voice, speech=speech, mix=mix)
        speaking_s = perf_counter() - began
        began = perf_counter()
        words = said_in_script(spoken, speech).words
        finding_s = perf_counter() - began
    began = perf_counter()
    cues = cues_of(words.words, frames=spoken.frames)
    planning_s = perf_counter() - began
    told = {
        **where_it_ran(),
        "voice": voice.name,
        "script_words": len(script.split()),
        "minutes": round(spoken.frames / 25 / 60, 1),
        "words_shown": sum(len(" ".join(cue.lines).split()) for cue in cues),
        "word_times": words.source,
        "speaking_s": round(speaking_s, 1),
        "finding_words_s": round(finding_s, 1),
        "planning_s": round(planning_s, 1),
        "cues": len(cues),
        "characters_a_second_spoken": round(pace_of(cues, spoken.frames / 25), 2),
        "breaches": counted(cues),
        "listed": listed(cues),
    }
    before = json.loads(RESULT.read_text()) if RESULT.exists() else {}
    RESULT.write_text(json.dumps(before | {voice.name: told}, indent=1) + "\n")
    print(json.dumps({name: told[name] for name in told if name != "listed"}, indent=1))


def pace_of(cues: Sequence[Cue], length_s: float) -> float:
    return sum(width(line) for cue in cues for line in cue.lines) / length_s


def counted(cues: Sequence[Cue]) -> dict[str, dict[str, int]]:
    """Breaches by rule, of every form as it is read again."""
    return {
        kind: dict(Counter(b.rule for b in breaches_of(read_captions(text.encode(), f"a.{kind}"))))
        for kind in WRITERS
        if (text := WRITERS[kind](cues, "en"))
    }


def listed(cues: Sequence[Cue]) -> list[dict[str, object]]:
    """Each breach with its text and reason."""
    return [asdict(breach) | reason_of(breach, cues) for breach in breaches_of(cues)]


def reason_of(breach: Breach, cues: Sequence[Cue]) -> dict[str, object]:
    """How fast the words of a cue and of its neighbours are said."""
    near = cues[max(0, breach.cue - 2) : breach.cue + 1]
    pace = pace_of(near, near[-1].stop_s - near[0].start_s)
    fast = pace * (1 + RULES.gap / 60) > RULES.characters_per_s
    reason = "said faster than may be shown" if fast else "no pause near enough to borrow from"
    text = " / ".join(cues[breach.cue - 1].lines)
    return {"text": text, "pace_around": round(pace, 1), "reason": reason}


if __name__ == "__main__":
    main()
