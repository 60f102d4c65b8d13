"""The floor below which the picture of the carried `tiny` weights must not fall.

    python benchmarks/tiny_floor.py [--weights FOLDER] [--out FILE]

The portrait that scikit-image carries speaks a fixed sentence by the carried voice; four segments
are measured over five seeds (pipeline/evaluate/floor.py). Then noise is added to every tensor, 10 %
of its own deviation, which must miss the floor; and 20 % to the transformer and the reference
network alone.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import torch
from skimage import data

from benchmarks.where import where_it_ran
from jobs.examples.portraits import astronaut
from model.shapes import FPS
from pipeline.evaluate.clips import SEED, tiny_renderer
from pipeline.evaluate.figures import json_value
from pipeline.evaluate.floor import FRAMES, SAID, floor_of, measured
from pipeline.evaluate.takes import job_take
from pipeline.hallo3.renderer import Hallo3
from pipeline.media.voice.speech import choose_voice, speak_script
from pipeline.presets import TINY, WEIGHTS_LIST, listed_weights_digest
from pipeline.renderer import TakeFiles

ROOT = Path(__file__).parents[1]
SEEDS = range(SEED, SEED + 5)


def the_take(folder: Path) -> TakeFiles:
    """The fixed portrait and sentence, prepared as a night prepares them."""
    narration = folder / "narration.wav"
    speak_script(SAID, choose_voice("en", None), speech=folder / "speech.wav", mix=narration)
    files = job_take(astronaut(), narration, TINY, folder / "take")
    if files.take.frames < FRAMES:
        raise SystemExit(f"the sentence fills {files.take.frames / FPS:.2f} s: write more")
    return files


@torch.no_grad()
def noisy(weights: Path, noise: float, names: Sequence[str]) -> Hallo3:
    """The networks with noise in each tensor of those named."""
    keyed = torch.Generator().manual_seed(1)
    renderer = tiny_renderer(weights)
    for name in names:
        for tensor in getattr(renderer.networks, name).parameters():
            if tensor.numel() > 1:
                added = torch.randn(tensor.shape, generator=keyed) * tensor.std() * noise
                tensor.add_(added)
    return renderer


SPOILED: Mapping[str, tuple[float, tuple[str, ...]]] = {
    "10 % in all": (0.1, ("vae", "transformer", "reference")),
    "20 % in transformer and reference": (0.2, ("transformer", "reference")),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--weights", type=Path, default=ROOT / "model/weights/tiny")
    parser.add_argument("--out", type=Path, default=ROOT / "model/weights/tiny.floor.json")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    picture = data.astronaut()[:256:2, 100:356:2]
    with tempfile.TemporaryDirectory() as folder:
        files = the_take(Path(folder))
        renderer, found = tiny_renderer(asked.weights), []
        for seed in SEEDS:
            found.append(measured(renderer, files, picture, seed))
            print(seed, json_value(found[-1]), flush=True)
        floor = floor_of(listed_weights_digest(asked.weights / WEIGHTS_LIST), found)
        spoiled = {}
        for name, (noise, networks) in SPOILED.items():
            drawn = measured(noisy(asked.weights, noise, networks), files, picture, SEED)
            spoiled[name] = {"found": drawn, "missed": floor.missed(drawn)}
            print(name, json_value(spoiled[name]), flush=True)
    told = asdict(floor) | {
        **where_it_ran(),
        "seeds": list(SEEDS),
        "found": found,
        "with_noise": spoiled,
    }
    asked.out.write_text(json.dumps(json_value(told), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
