"""How fast this project's own voices speak: characters of a script per second of the take.

    python benchmarks/quote_pace.py [--voice NAME]

Speaks the paragraphs of the project's own English pages, each as one script, and divides their
characters by the seconds of their takes, pauses included. Writes
benchmarks/results/quote-pace.json.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.where import where_it_ran
from model.shapes import FPS
from pipeline.media.voice.speech import Voice, choose_voice, speak_script

ROOT = Path(__file__).parents[1]
RESULT = ROOT / "benchmarks/results/quote-pace.json"
SHORTEST, LONGEST, MOST = 60, 400, 12


def paragraphs() -> Iterator[str]:
    """The first plain paragraph of each decision that is not too long, without its marks."""
    for page in sorted((ROOT / "docs/decisions").glob("*.md")):
        for text in page.read_text(encoding="utf-8").split("\n\n"):
            plain = re.sub(r"[`*]|\]\([^)]*\)|\[", "", " ".join(text.split()))
            if SHORTEST <= len(plain) <= LONGEST and plain[0].isupper() and "|" not in plain:
                yield plain
                break


def spoken_s(script: str, voice: Voice) -> float:
    with tempfile.TemporaryDirectory() as folder:
        made = speak_script(
            script, voice, speech=Path(folder, "speech.wav"), mix=Path(folder, "mix.wav")
        )
    return made.frames / FPS


def figures(voice: Voice) -> dict[str, object]:
    """Characters per second over all, and how far single scripts lie from it."""
    scripts = list(paragraphs())[:MOST]
    seconds = [spoken_s(script, voice) for script in scripts]
    pace = sum(map(len, scripts)) / sum(seconds)
    apart = [
        length_s * pace / len(script) - 1 for script, length_s in zip(scripts, seconds, strict=True)
    ]
    return {
        "voice": voice.name,
        "languages": list(voice.languages),
        "scripts": len(scripts),
        "characters": sum(map(len, scripts)),
        "seconds": round(sum(seconds), 2),
        "characters_per_s": round(pace, 2),
        "spread": round(statistics.stdev(apart), 4),
        **where_it_ran(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--voice")
    told = figures(choose_voice("en", parser.parse_args().voice))
    RESULT.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(told, indent=2))


if __name__ == "__main__":
    main()
