"""The floor below which the picture of the carried `tiny` weights must not fall.

    python benchmarks/tiny_floor.py [--weights FOLDER] [--out FILE]

The portrait that scikit-image carries speaks a fixed sentence by the carried voice; four segments
are measured over five seeds (pipeline/evaluate/floor.py), and once with weights that have 2 % noise
added to every tensor, which must miss the floor.
"""

from __future__ import annotations

import argparse
import json
import platform
import tempfile
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import torch

from jobs.example import astronaut
from model.shapes import FPS
from pipeline.evaluate.clips import SEED, tiny_renderer
from pipeline.evaluate.figures import plain
from pipeline.evaluate.floor import FRAMES, SAID, floor_of, measured
from pipeline.evaluate.takes import job_take
from pipeline.hallo3.renderer import Hallo3
from pipeline.media.speech import choose_voice, speak_script
from pipeline.presets import TINY, WEIGHTS_LIST, weights_digest
from pipeline.renderer import TakeFiles

ROOT = Path(__file__).parents[1]
SEEDS = range(SEED, SEED + 5)
NOISE = 0.02


def the_take(folder: Path) -> TakeFiles:
    """The fixed portrait and sentence, prepared as a night prepares them."""
    narration = folder / "narration.wav"
    speak_script(SAID, choose_voice("en", None), speech=folder / "speech.wav", mix=narration)
    files = job_take(astronaut(), narration, TINY, folder / "take")
    if files.take.frames < FRAMES:
        raise SystemExit(f"the sentence fills {files.take.frames / FPS:.2f} s: write more")
    return files


@torch.no_grad()
def noisy(renderer: Hallo3) -> Hallo3:
    """The same networks, each tensor with noise of 2 % of its own deviation."""
    keyed = torch.Generator().manual_seed(1)
    networks = renderer.networks
    for network in (networks.transformer, networks.reference, networks.vae):
        for weights in network.parameters():
            if weights.numel() > 1:
                noise = torch.randn(weights.shape, generator=keyed)
                weights.add_(noise * weights.std() * NOISE)
    return renderer


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--weights", type=Path, default=ROOT / "model/weights/tiny")
    parser.add_argument("--out", type=Path, default=ROOT / "model/weights/tiny.floor.json")
    asked = parser.parse_args()
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        files = the_take(Path(folder))
        renderer = tiny_renderer(asked.weights)
        found = []
        for seed in SEEDS:
            found.append(measured(renderer, files, seed))
            print(seed, plain(found[-1]), flush=True)
        floor = floor_of(weights_digest(asked.weights / WEIGHTS_LIST), found)
        spoiled = measured(noisy(renderer), files, SEED)
    print("2 % noise:", plain(spoiled), "misses", floor.missed(spoiled))
    if not floor.missed(spoiled):
        raise SystemExit("the floor does not see 2 % of noise")
    told = asdict(floor) | {
        "command": "python benchmarks/tiny_floor.py",
        "date": datetime.now(UTC).date().isoformat(),
        "machine": platform.machine(),
        "seeds": list(SEEDS),
        "found": found,
        "with_noise": {"noise": NOISE, "found": spoiled, "missed": floor.missed(spoiled)},
    }
    asked.out.write_text(json.dumps(plain(told), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
