"""Students of few evaluations beside their teacher, on portraits and sentences never trained on.

    python benchmarks/distilled.py --material DIR --cache DIR --student 1=FOLDER [--clips 32]

The teacher is `tiny` in 50 guided steps; beside it are `tiny` in 1 and 2 guided and unguided steps,
and each student in its own, unguided. One segment of each, on one thread. The file is written anew
after every clip: benchmarks/results/distilled.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import cv2
import torch

from benchmarks.subjects.held_out_clips import Way, WayFigures, figures_of, set_of, table
from model.sampling.guidance import Guidance
from model.shapes import NEW_FRAMES
from pipeline.evaluate.clips import USUAL, sampled_as, tiny_renderer
from pipeline.evaluate.figures import json_value
from pipeline.hallo3.renderer import Hallo3
from pipeline.presets import BUNDLED

RESULT = Path(__file__).parent / "results" / "distilled.json"
TEACHER = "teacher, 50 steps"
PLAIN = (1, 2)


def ways(students: list[str]) -> dict[str, Way]:
    """Teacher, plain and distilled; students are named as `STEPS=FOLDER`."""
    networks = tiny_renderer(BUNDLED)
    made = {TEACHER: Way(renderer=stepped(networks, 50), against=TEACHER)}
    for steps in PLAIN:
        made[f"plain, {steps}, guided"] = Way(renderer=stepped(networks, steps), against=TEACHER)
        alone = sampled_as(
            networks, replace(USUAL, num_inference_steps=steps, guidance=Guidance(text=1.0))
        )
        made[f"plain, {steps}, unguided"] = Way(renderer=alone, against=TEACHER)
    for student in students:
        steps, _, folder = student.partition("=")
        sampling = replace(USUAL, num_inference_steps=int(steps), guidance=Guidance(text=1.0))
        renderer = tiny_renderer(Path(folder), sampling)
        made[f"student, {steps}"] = Way(renderer=renderer, against=TEACHER)
    return made


def stepped(networks: Hallo3, steps: int) -> Hallo3:
    return sampled_as(networks, replace(USUAL, num_inference_steps=steps))


def report(clips: list[dict[str, WayFigures]], tried: dict[str, Way]) -> dict[str, object]:
    return {
        "command": " ".join(["python", "benchmarks/distilled.py", *sys.argv[1:]]),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": f"{platform.machine()}, {torch.backends.cpu.get_cpu_capability()}, one thread",
        "clips": len(clips),
        "evaluations": {name: way.renderer.sampling.evaluations for name, way in tried.items()},
        "ways": table(clips, tried),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, required=True, help="portraits and speech")
    parser.add_argument("--cache", type=Path, required=True, help="for decoded speech")
    parser.add_argument("--student", action="append", default=[], help="STEPS=FOLDER of weights")
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    tried, clips = ways(given.student), []
    with tempfile.TemporaryDirectory() as desk, torch.inference_mode():
        for pair in set_of(given.material, given.cache, given.clips):
            clips.append(figures_of(pair, tried, NEW_FRAMES, Path(desk)))
            print(pair.name, {name: round(each.lips, 3) for name, each in clips[-1].items()})
            text = json.dumps(json_value(report(clips, tried)), indent=2)
            given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
