"""Students of few evaluations beside their teacher, on portraits and sentences never trained on.

    python benchmarks/distilled.py --material DIR --cache DIR --kept DIR --student 1=FOLDER
        [--guidance 8] [--clips 32] [--out FILE]

The teacher is `tiny` in 50 guided steps; beside it are `tiny` in 1 and 2 guided and unguided steps,
and each student in its own, unguided. One segment of each, on one thread. What each clip came to is
kept, so that a run goes on where it was killed; the result is written anew after every clip:
benchmarks/results/distilled.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path

import cv2
import torch

from benchmarks.subjects.held_out_clips import Way, WayFigures, figures_of, set_of, table
from benchmarks.where import where_it_ran
from manifests.fingerprint import Value, fingerprint
from model.sampling.guidance import Guidance
from model.segments import Sampling
from model.shapes import NEW_FRAMES
from pipeline.evaluate.clips import USUAL, sampled_as, tiny_renderer
from pipeline.evaluate.figures import json_value
from pipeline.presets import BUNDLED, WEIGHTS_LIST, listed_weights_digest

RESULT = Path(__file__).parent / "results" / "distilled.json"
TEACHER = "teacher, 50 steps"
PLAIN = (1, 2)


def ways(students: list[str], scale: float) -> dict[str, Way]:
    """Teacher, plain and distilled; students are named as `STEPS=FOLDER`."""
    networks = tiny_renderer(BUNDLED)
    made = {TEACHER: Way(renderer=sampled_as(networks, guided(50, scale)), against=TEACHER)}
    for steps in PLAIN:
        for name, by in (("guided", scale), ("unguided", 1.0)):
            renderer = sampled_as(networks, guided(steps, by))
            made[f"plain, {steps}, {name}"] = Way(renderer=renderer, against=TEACHER)
    for student in students:
        count, _, folder = student.partition("=")
        renderer = tiny_renderer(Path(folder), guided(int(count), 1.0))
        made[f"student, {count}"] = Way(renderer=renderer, against=TEACHER)
    return made


def guided(steps: int, scale: float) -> Sampling:
    return replace(USUAL, num_inference_steps=steps, guidance=Guidance(text=scale))


def name_of(students: list[str], scale: float) -> str:
    """Of a set of ways: what was kept of others is not theirs."""
    digests: list[Value] = [
        listed_weights_digest(folder / WEIGHTS_LIST)
        for folder in (BUNDLED, *(Path(student.partition("=")[2]) for student in students))
    ]
    counts: list[Value] = [student.partition("=")[0] for student in students]
    return fingerprint("distilled", version=1, weights=digests, counts=counts, scale=scale)


def kept_or_made(place: Path, make: Callable[[], dict[str, WayFigures]]) -> dict[str, WayFigures]:
    """A clip's figures, rendered only where no earlier run kept them."""
    if place.is_file():
        kept = json.loads(place.read_text(encoding="utf-8"))
        return {name: WayFigures(**figures) for name, figures in kept.items()}
    made = make()
    partial_file = place.with_suffix(".partial")
    told = {name: asdict(figures) for name, figures in made.items()}
    partial_file.write_text(json.dumps(told), encoding="utf-8")
    partial_file.rename(place)
    return made


def report(
    clips: list[dict[str, WayFigures]], tried: dict[str, Way], scale: float
) -> dict[str, object]:
    return {
        **where_it_ran("one thread"),
        "clips": len(clips),
        "guidance": scale,
        "evaluations": {name: way.renderer.sampling.evaluations for name, way in tried.items()},
        "ways": table(clips, tried),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, required=True, help="portraits and speech")
    parser.add_argument("--cache", type=Path, required=True, help="for decoded speech")
    parser.add_argument("--kept", type=Path, required=True, help="each clip's figures")
    parser.add_argument("--student", action="append", default=[], help="STEPS=FOLDER of weights")
    parser.add_argument("--guidance", type=float, default=USUAL.guidance.text, help="the teacher's")
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    tried, clips = ways(given.student, given.guidance), []
    kept = given.kept / name_of(given.student, given.guidance)
    kept.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as desk, torch.inference_mode():
        for pair in set_of(given.material, given.cache, given.clips):
            make = partial(figures_of, pair, tried, NEW_FRAMES, Path(desk))
            clips.append(kept_or_made(kept / f"{pair.name}.json", make))
            lips = {name: round(each.lips, 3) for name, each in clips[-1].items()}
            print(pair.name, lips, flush=True)
            text = json.dumps(json_value(report(clips, tried, given.guidance)), indent=2)
            given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
