"""A segment in fewer steps and with each cache, against the same segment in full.

    python benchmarks/tiers.py
    python benchmarks/tiers.py --weights DIR --portrait face.png --narration words.wav

Without weights the networks are random, at the size `small` of `rushes bench`: speeds count then,
deviations tell nothing about quality. With a folder that `Hallo3Pipeline.save_pretrained` wrote for
log-mel features and dlib's face, the portrait (by default scikit-image's) speaks the narration (by
default a sentence of the built-in voice). All runs are in this process on the same noise; a
tier's ratio is over the full run nearest to it in time. Writes benchmarks/results/tiers.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from benchmarks.subjects.tiers_scene import (
    Scene,
    drawn_scene,
    random_pipeline,
    spoken_scene,
    trained_pipeline,
)
from benchmarks.where import where_it_ran
from model.bench.device import device_name, found_device
from model.bench.timing import synchronise
from model.pipeline import Hallo3Pipeline
from model.sampling.noise import Noise
from model.sampling.tiers import (
    DRAFT,
    FAST,
    FirstBlockCache,
    NoCache,
    PyramidBroadcast,
    TaylorSeer,
    Tier,
)
from model.segments import Sampling, SegmentFrames
from pipeline.presets import listed_weights_digest

RESULT = Path(__file__).parent / "results" / "tiers.json"
SEED, OTHER_SEED = 1, 2
ABOUT_RANDOM = (
    "the weights are random: ratios of time are right, deviations tell nothing about quality"
)
ABOUT_NOISE = (
    "every step adds noise of its own, so that another number of steps is another draw too: hold "
    "its deviation against `another_seed`; with a cache alone all noise is the same"
)


def tiers(steps: int) -> dict[str, Tier]:
    """Fewer steps in the presets' proportions, each cache over all steps, and the presets."""
    full = Tier(steps=steps)
    fast, draft = round(steps * FAST.steps / 50), round(steps * DRAFT.steps / 50)
    caches = {
        "first_block_0.05": FirstBlockCache(threshold=0.05),
        "first_block_0.1": FirstBlockCache(threshold=0.1),
        "first_block_0.2": FirstBlockCache(threshold=0.2),
        "pyramid": PyramidBroadcast(),
        "taylorseer": TaylorSeer(),
    }
    return {
        "fewer_steps_fast": Tier(steps=fast),
        "fewer_steps_draft": Tier(steps=draft),
        **{name: replace(full, cache=cache) for name, cache in caches.items()},
        "fast": replace(FAST, steps=fast),
        "draft": replace(DRAFT, steps=draft),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A segment's latents and frames in 0..1; seconds of its steps and of its decode; how often a
    block was computed."""

    latents: Tensor
    frames: Tensor
    steps_s: float
    decode_s: float
    blocks: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Studio:
    """The networks, and what they are shown and told."""

    pipeline: Hallo3Pipeline
    scene: Scene

    def make(self, tier: Tier, seed: int = SEED) -> Made:
        """A segment, run whole."""
        clock = self.clock()
        with Counted(self.pipeline) as blocks:
            segment, steps_s = self.started(tier, seed)
        began = clock()
        frames = torch.cat(list(segment))
        return Made(
            latents=segment.latents.float().cpu(),
            frames=frames.cpu(),
            steps_s=steps_s,
            decode_s=clock() - began,
            blocks=blocks.count,
        )

    def sampled(self, tier: Tier) -> float:
        """Seconds of the steps alone."""
        return self.started(tier, SEED)[1]

    def started(self, tier: Tier, seed: int) -> tuple[SegmentFrames, float]:
        """A segment that waits to be decoded, and the seconds that its steps took."""
        noise, clock = Noise(seed=seed, chunk="tiers"), self.clock()
        sampling = Sampling(num_inference_steps=tier.steps, cache=tier.cache)
        take = self.pipeline.prepare_take(self.scene.inputs, noise, sampling)
        state = self.pipeline.first_state(take)
        began = clock()
        segment = self.pipeline.segment(take, self.scene.audio, state, noise)
        return segment, clock() - began

    def clock(self) -> Callable[[], float]:
        """Seconds of this thread on a CPU, so that what others do on the machine counts less."""
        device = self.pipeline.transformer.device
        if device.type != "cuda":
            return time.thread_time

        def now() -> float:
            synchronise(device)
            return time.perf_counter()

        return now


class Counted:
    """How often a block was computed and not skipped, told by its second norm, which the last
    block calls otherwise."""

    def __init__(self, pipeline: Hallo3Pipeline) -> None:
        self.count = 0
        self._blocks = pipeline.transformer.layers

    def __enter__(self) -> Self:
        self._hooks = [block.norm2.register_forward_hook(self._add) for block in self._blocks[:-1]]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def _add(self, *_: object) -> None:
        self.count += 1


def deviations(made: Made, full: Made) -> dict[str, float]:
    """`latent_error` is the norm of the difference over the norm; `psnr_db` is over all frames,
    None when not a bit differs."""
    error = (made.latents - full.latents).norm() / full.latents.norm()
    square = (made.frames - full.frames).square().mean()
    psnr = None if square == 0 else round(float(-10 * square.log10()), 2)
    return {"latent_error": round(float(error), 5), "psnr_db": psnr}


def compared(studio: Studio, tier: Tier, full: Tier, whole: Made, rounds: int) -> dict[str, object]:
    """The tier and the full segment by turns; a decode is the same work for both."""
    pairs = [(studio.sampled(full), studio.make(tier)) for _ in range(rounds)]
    quick, decode_s = pairs[-1][1], whole.decode_s
    return {
        "steps": tier.steps,
        "cache": asdict(tier.cache),
        "steps_times_faster": round(statistics.median(a / b.steps_s for a, b in pairs), 3),
        "segment_times_faster": round(
            statistics.median((a + decode_s) / (b.steps_s + decode_s) for a, b in pairs), 3
        ),
        "blocks_computed": round(quick.blocks / whole.blocks, 3),
        **deviations(quick, whole),
    }


def measured(studio: Studio, steps: int, rounds: int) -> dict[str, object]:
    full = Tier(steps=steps, cache=NoCache())
    studio.sampled(Tier(steps=2))  # warms up
    whole, other = studio.make(full), studio.make(full, OTHER_SEED)
    told = {}
    for name, tier in tiers(steps).items():
        told[name] = compared(studio, tier, full, whole, rounds)
        print(name, json.dumps(told[name]), flush=True)
    return {
        "full": {
            "steps": steps,
            "steps_s": round(whole.steps_s, 2),
            "decode_s": round(whole.decode_s, 2),
            "frames": len(whole.frames),
        },
        "another_seed": deviations(other, whole),
        "tiers": told,
    }


def named(folder: Path) -> str:
    """The folder's name, and the beginning of its weights' digest where its files are listed."""
    listed = folder / "digests.json"
    return f"{folder.name} {listed_weights_digest(listed)[:12] if listed.is_file() else ''}".strip()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, help="folder of a Hallo3Pipeline; else random")
    parser.add_argument("--portrait", type=Path, help="picture with one face")
    parser.add_argument("--narration", type=Path, help="recording of speech")
    parser.add_argument("--steps", type=int, default=50, help="of the full segment")
    parser.add_argument("--rounds", type=int, default=1, help="pairs for each ratio")
    parser.add_argument("--out", type=Path, default=RESULT)
    given = parser.parse_args()
    device = found_device()
    with torch.inference_mode():
        if given.weights is None:
            pipeline = random_pipeline(device)
            scene = drawn_scene(pipeline)
        else:
            pipeline = trained_pipeline(given.weights, device)
            scene = spoken_scene(pipeline, given.portrait, given.narration)
        figures = measured(Studio(pipeline=pipeline, scene=scene), given.steps, given.rounds)
    random = given.weights is None
    where = {
        **where_it_ran(device_name(device)),
        "weights": "random" if random else named(given.weights),
        "notes": [ABOUT_RANDOM, ABOUT_NOISE] if random else [ABOUT_NOISE],
    }
    given.out.write_text(json.dumps(where | figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
