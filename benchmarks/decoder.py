"""What our layers of the VAE give on a CPU (model/networks/convolutions.py), against diffusers'.

    python benchmarks/decoder.py --pairs 7 --segment-pairs 5

The decode of a segment, the encode of its motion frames and a whole segment of `tiny`, stored as a
night stores it, on one thread and by turns: first the one, then the other is first. What counts is
the ratio within a pair. Each setting, two of which stand in for lesser processors, has a process of
its own. Writes benchmarks/results/decoder.json.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch
from diffusers.models.autoencoders.autoencoder_kl_cogvideox import AutoencoderKLCogVideoX
from torch import Tensor

from benchmarks.tiny_floor import the_take
from benchmarks.where import where_it_ran
from model.networks.onednn import align_weights
from model.shapes import MOTION_FRAMES, NEW_FRAMES
from model.vae import decode_frames, encode
from pipeline.devices.device_class import device_here
from pipeline.generate import Generator
from pipeline.hallo3.load import load_hallo3
from pipeline.hallo3.renderer import Hallo3
from pipeline.media.video import read_frames
from pipeline.nouns import Chunk, ChunkProgress
from pipeline.presets import BUNDLED, TINY, preset_named, preset_table
from pipeline.workspace.workspace import Workspace

RESULT = Path(__file__).parent / "results" / "decoder.json"
LATENT_FRAMES, SEED = 13, 2025
SETTINGS = {
    "as it is": {},
    "AVX2": {
        "ATEN_CPU_CAPABILITY": "avx2",
        "MKL_ENABLE_INSTRUCTIONS": "AVX2",
        "ONEDNN_MAX_CPU_ISA": "AVX2",
    },
    "SSE4": {
        "ATEN_CPU_CAPABILITY": "default",
        "MKL_ENABLE_INSTRUCTIONS": "SSE4_2",
        "ONEDNN_MAX_CPU_ISA": "SSE41",
    },
}

Call = Callable[[], Tensor]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """How many times as long diffusers' layers take, in pairs; and how far the results differ, at
    most, in parts of the largest number."""

    ratio: float
    low: float
    high: float
    before_s: float
    after_s: float
    deviation: float

    @classmethod
    def of(cls, before: Call, after: Call, pairs: int) -> Gain:
        wanted, found = before().double(), after().double()  # which warms up both
        times = [timed_pair(before, after, swap=bool(turn % 2)) for turn in range(pairs)]
        low, middle, high = statistics.quantiles([slow / fast for slow, fast in times], n=4)
        return cls(
            ratio=round(middle, 3),
            low=round(low, 3),
            high=round(high, 3),
            before_s=round(statistics.median(slow for slow, _ in times), 4),
            after_s=round(statistics.median(fast for _, fast in times), 4),
            deviation=float((found - wanted).abs().max() / wanted.abs().max()),
        )


def timed_pair(before: Call, after: Call, *, swap: bool) -> tuple[float, float]:
    if swap:
        fast = timed(after)
        return timed(before), fast
    return timed(before), timed(after)


def timed(call: Call) -> float:
    """CPU seconds of this process, so that what others do on the machine counts less."""
    start = time.process_time()
    call()
    return time.process_time() - start


@dataclass(frozen=True, slots=True, kw_only=True)
class Both:
    """The renderer, whose VAE has our layers, and the same VAE with diffusers' own."""

    renderer: Hallo3
    plain: AutoencoderKLCogVideoX

    @classmethod
    def load(cls) -> Both:
        plain = AutoencoderKLCogVideoX.from_pretrained(BUNDLED / "vae", local_files_only=True)
        align_weights(plain.requires_grad_(requires_grad=False).eval())
        return cls(renderer=load_hallo3(preset_named("tiny", preset_table({}))), plain=plain)

    def calls(self, call: Callable[[AutoencoderKLCogVideoX], Tensor]) -> tuple[Call, Call]:
        return partial(call, self.plain), partial(call, self.renderer.networks.vae)

    @contextmanager
    def drawing(self, vae: AutoencoderKLCogVideoX) -> Iterator[Hallo3]:
        networks, usual = self.renderer.networks, self.renderer.networks.vae
        networks.vae = vae
        try:
            yield self.renderer
        finally:
            networks.vae = usual


def decoded(latents: Tensor, vae: AutoencoderKLCogVideoX) -> Tensor:
    return torch.cat(list(decode_frames(vae, latents)), dim=1)


def encoded(frames: Tensor, vae: AutoencoderKLCogVideoX) -> Tensor:
    return encode(vae, frames)


def rendered(both: Both, shot: ChunkProgress, vae: AutoencoderKLCogVideoX) -> Tensor:
    """The first segment through the stage's door, from opened files to stored ones."""
    with both.drawing(vae) as renderer, tempfile.TemporaryDirectory() as folder:
        place = Workspace(out=f"{folder}/out", scratch=Path(folder) / "scratch")
        generate = Generator(preset_named("tiny", preset_table({})), renderer, device_here().name)
        (made,) = generate(shot, place).shot.done
        return torch.from_numpy(np.concatenate(list(read_frames(Path(made.video.uri)))))


def gains(pairs: int, segment_pairs: int) -> dict[str, object]:
    """Of this process's setting."""
    both, keyed = Both.load(), torch.Generator().manual_seed(SEED)
    shape = both.renderer.networks.segment_shape()
    size = (shape.channels, shape.latent_height, shape.latent_width)
    latents = torch.randn(1, LATENT_FRAMES, *size, generator=keyed)
    canvas = (3, TINY.canvas[1], TINY.canvas[0]) if TINY.canvas else (3, 0, 0)
    motion = torch.rand(1, 1 + MOTION_FRAMES, *canvas, generator=keyed) * 2 - 1
    with tempfile.TemporaryDirectory() as folder:
        take = the_take(Path(folder)).take
        shot = ChunkProgress(take=take, chunk=Chunk(index=0, start=0, stop=NEW_FRAMES), seed=SEED)
        found = {
            "decode": Gain.of(*both.calls(partial(decoded, latents)), pairs),
            "encode": Gain.of(*both.calls(partial(encoded, motion)), pairs),
            "segment": Gain.of(*both.calls(partial(rendered, both, shot)), segment_pairs),
        }
    return {"device": device_here().name} | {name: asdict(gain) for name, gain in found.items()}


def in_its_own_process(setting: dict[str, str], given: argparse.Namespace) -> dict[str, object]:
    counts = [f"--pairs={given.pairs}", f"--segment-pairs={given.segment_pairs}"]
    said = subprocess.run(
        [sys.executable, __file__, "--here", *counts],
        env={**os.environ, **setting},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, object] = json.loads(said.stdout.splitlines()[-1])
    print(json.dumps(found, indent=1), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--segment-pairs", type=int, default=5)
    parser.add_argument("--settings", nargs="+", choices=SETTINGS, default=[*SETTINGS])
    parser.add_argument("--here", action="store_true", help="this setting only, told as JSON")
    given = parser.parse_args()
    if given.here:
        torch.set_num_threads(1)
        print(json.dumps(gains(given.pairs, given.segment_pairs)))
        return
    for name in given.settings:
        keep(name, in_its_own_process(SETTINGS[name], given))


def keep(name: str, found: dict[str, object]) -> None:
    """What was measured of a setting, beside what other calls measured of others."""
    before = json.loads(RESULT.read_text(encoding="utf-8")) if RESULT.exists() else {}
    measured = {
        **where_it_ran("one thread"),
        **found,
    }
    report = {
        "unit": "CPU seconds; ratios are diffusers' layers over ours, median and quartiles",
        "settings": before.get("settings", {}) | {name: measured},
    }
    RESULT.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
