"""How many texts are read as people say them: `python benchmarks/readings.py FILE...`

A file of pairs has a line for each: language, section, written, readings, parted by tabs (see
benchmarks/speech/pairs.py). Each text is read as a run reads a script: cleaned, cut into sentences,
each of them read. Tells the share that is right per language and every one that is not;
`--write` puts the shares into benchmarks/results/readings.json beside those of other files.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.speech.pairs import ReadingPair, read_pairs
from benchmarks.where import where_it_ran
from pipeline.media.text.reading import read
from pipeline.media.text.sentences import split_script

RESULT = Path(__file__).parent / "results" / "readings.json"


def said_of(pair: ReadingPair) -> str:
    """What a voice is given for a text, sentence after sentence."""
    sentences = split_script(pair.written, language=pair.language)
    return " ".join(read(each.text, pair.language).said for each in sentences)


def wrong_of(pairs: Sequence[ReadingPair]) -> list[tuple[ReadingPair, str]]:
    said = [(pair, said_of(pair)) for pair in pairs]
    return [(pair, words) for pair, words in said if not pair.holds(words)]


def scored(path: Path) -> dict[str, dict[str, float]]:
    """Shares per language; the wrong ones are told."""
    pairs = read_pairs(path)
    shares = {}
    for language in sorted({pair.language for pair in pairs}):
        asked = [pair for pair in pairs if pair.language == language]
        wrong = wrong_of(asked)
        for pair, words in wrong:
            print(f"{language} {pair.section}: {pair.written!r} was said {words!r}")
        right = len(asked) - len(wrong)
        print(f"{path.name} {language}: {right} of {len(asked)} right, {right / len(asked):.1%}")
        shares[language] = {"right": right, "of": len(asked)}
    return shares


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--write", metavar="SET", help="the name under which shares are kept")
    asked = parser.parse_args()
    found = {language: share for file in asked.files for language, share in scored(file).items()}
    if asked.write:
        known = json.loads(RESULT.read_text()) if RESULT.exists() else {}
        found_of = where_it_ran() | found
        made = {**known, asked.write: found_of}
        RESULT.write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()
