"""Guidance of `tiny` in bands of the trajectory, against guidance at every step.

    python benchmarks/guidance_band.py --material DIR --cache DIR [--clips 8] [--out FILE]

Held-out portraits speak held-out sentences for one segment each, in 50 and in 16 steps, on one
thread; the guidance is that of the preset (2). All ways of a number of steps draw the same noise.
The file is written anew after every clip. Writes benchmarks/results/guidance-band.json.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import replace
from pathlib import Path

import cv2
import torch

from benchmarks.subjects.held_out_clips import Way, WayFigures, figures_of, set_of, table
from benchmarks.where import where_it_ran
from model.sampling.guidance import Guidance
from model.sampling.guidance_band import EVERY_STEP, GuidanceBand
from model.shapes import NEW_FRAMES
from pipeline.evaluate.clips import USUAL, sampled_as, tiny_renderer
from pipeline.evaluate.figures import json_value
from pipeline.presets import BUNDLED

RESULT = Path(__file__).parent / "results" / "guidance-band.json"
BANDS = {
    "0.2 to 0.8": GuidanceBand(start=0.2, stop=0.8),
    "0 to 0.5": GuidanceBand(start=0.0, stop=0.5),
}
STEPS = (50, 16)


def ways() -> dict[str, Way]:
    """For each number of steps: guided at every step, in each band, and not at all."""
    networks, made = tiny_renderer(BUNDLED), {}
    for steps in STEPS:
        full = f"{steps} steps, every step"
        for name, band in {"every step": EVERY_STEP, **BANDS}.items():
            sampling = replace(USUAL, num_inference_steps=steps, guidance_band=band)
            renderer = sampled_as(networks, sampling)
            made[f"{steps} steps, {name}"] = Way(renderer=renderer, against=full)
    alone = replace(USUAL, num_inference_steps=STEPS[-1], guidance=Guidance(text=1.0))
    made["16 steps, nowhere"] = Way(renderer=sampled_as(networks, alone), against=full)
    return made


def report(clips: list[dict[str, WayFigures]], tried: dict[str, Way]) -> dict[str, object]:
    return {
        **where_it_ran("one thread"),
        "clips": len(clips),
        "guidance": USUAL.guidance.text,
        "evaluations": {name: way.renderer.sampling.evaluations for name, way in tried.items()},
        "ways": table(clips, tried),
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--material", type=Path, required=True, help="portraits and speech")
    parser.add_argument("--cache", type=Path, required=True, help="for decoded speech")
    parser.add_argument("--clips", type=int, default=8)
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    tried, clips = ways(), []
    with tempfile.TemporaryDirectory() as desk, torch.inference_mode():
        for pair in set_of(given.material, given.cache, given.clips):
            clips.append(figures_of(pair, tried, NEW_FRAMES, Path(desk)))
            print(pair.name, {name: round(each.lips, 3) for name, each in clips[-1].items()})
            text = json.dumps(json_value(report(clips, tried)), indent=2)
            given.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
