"""An hour of script to the chunks: time, memory, and what the cuts waste.

    python -m benchmarks.hour [--words 900 9000] [--voice flite:slt] [--keep FOLDER]

The stages prepare and split, as a worker runs them, in a process of its own for each length; its
peak memory and that of the programs it starts are told apart. Writes benchmarks/results/hour.json.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.speech.tale import tale
from benchmarks.where import where_it_ran
from jobs.engine.worker import ToolCache, execute
from jobs.examples.portraits import astronaut
from manifests import Job
from model.shapes import FPS, NEW_FRAMES
from pipeline.cutting.cuts import SplitParams
from pipeline.nouns import Take
from pipeline.prepare import Prepare
from pipeline.presets import ANIMATIC
from pipeline.split import CutList, Split, SplitRequest
from pipeline.words import load_words
from pipeline.workspace.workspace import Workspace

RESULT = Path(__file__).parent / "results" / "hour.json"
MIB = 2**10  # of the kilobytes that getrusage tells


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--words", type=int, nargs="+", default=[900, 9000])
    parser.add_argument("--voice", default=None)
    parser.add_argument("--keep", default=None)
    parser.add_argument("--one", action="store_true")
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(measured(asked.words[0], asked.voice, asked.keep)))
        return
    runs = [in_a_process(words, asked.voice, asked.keep) for words in asked.words]
    facts = {
        **where_it_ran(),
        "runs": runs,
    }
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")
    print(json.dumps(facts, indent=1))


def in_a_process(words: int, voice: str | None, keep: str | None) -> dict[str, Any]:
    more = [*(["--voice", voice] if voice else []), *(["--keep", keep] if keep else [])]
    command = [sys.executable, "-m", "benchmarks.hour", "--one", "--words", str(words), *more]
    told = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(told.stdout.splitlines()[-1])
    return found


def measured(words: int, voice: str | None, keep: str | None) -> dict[str, Any]:
    script = tale(words)
    job = Job(job_id="hour", portrait_uri=str(astronaut()), script=script, voice=voice)
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(out=f"{keep or folder}/out-{words}", scratch=Path(folder, "scratch"))
        workspace.open()
        bench = ToolCache()
        began = perf_counter()
        take: Any = execute(bench, Prepare(preset=ANIMATIC), job, workspace)
        prepared_s = perf_counter() - began
        if not isinstance(take.result, Take):
            raise SystemExit(str(take.failure))
        cutting = SplitRequest(take=take.result, continuity="cut", longest_chain_s=28.0)
        began = perf_counter()
        cuts: Any = execute(bench, Split(params=SplitParams()), cutting, workspace)
        split_s = perf_counter() - began
        said = load_words(workspace.fetch(take.result.words, Path(folder)))
    return {
        "script_words": len(script.split()),
        "minutes": round(take.result.frames / FPS / 60, 2),
        "words_timed": len(said.words),
        "prepare_s": round(prepared_s, 1),
        "split_s": round(split_s, 2),
        "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MIB,
        "peak_of_programs_mib": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // MIB,
        **told_of(cuts.result, take.result),
    }


def told_of(cuts: CutList, take: Take) -> dict[str, Any]:
    """What the chunks are like: whether they tile, how long they are, and what they waste."""
    chunks = cuts.chunks
    edges = [chunks[0].start, *(chunk.stop for chunk in chunks)]
    tiles = edges[0] == 0 and edges[-1] == take.frames
    tiles &= all(a.stop == b.start for a, b in pairwise(chunks))
    rendered = sum(chunk.cost for chunk in chunks) * NEW_FRAMES
    lengths = sorted(chunk.frames / FPS for chunk in chunks)
    return {
        "chunks": len(chunks),
        "segments": rendered // NEW_FRAMES,
        "tiles": tiles,
        "shortest_s": lengths[0],
        "median_s": lengths[len(lengths) // 2],
        "longest_s": lengths[-1],
        "waste": round(rendered / take.frames - 1, 4),
    }


if __name__ == "__main__":
    main()
