"""The full size on a CPU, as far as it goes: a checkpoint of 14.55 B random parameters converts,
loads, and gives finite numbers through all 42 layers of both networks at a small grid.

    python benchmarks/full_size.py --folder /some/disk

Takes 32 GB of disk, which are given back at the end, and little memory: weights are mapped from
their files. The checkpoint is one pool of random numbers, of which every tensor is another stretch,
so no two layers are alike. Conversion and pass are processes of their own, each with its peak of
memory that is not a mapped file. Writes benchmarks/results/full-size.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

import torch
from diffusers import AutoencoderKLCogVideoX
from safetensors import safe_open
from torch import Tensor, nn

from benchmarks.where import where_it_ran
from model.bench.segment_parts import FULL_VAE
from model.convert import convert_hallo3, to_original
from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel

RESULT = Path(__file__).parent / "results" / "full-size.json"
POOL = 1_260_000_000
"""Numbers, a little more than the largest tensor has."""

SCALE = 0.02
FRAMES, HEIGHT, WIDTH = 3, 8, 12


def at_full_size() -> dict[str, nn.Module]:
    with torch.device("meta"):
        return {
            "transformer": Hallo3Transformer3DModel().to(torch.bfloat16),
            "reference": Hallo3ReferenceModel().to(torch.bfloat16),
            "vae": AutoencoderKLCogVideoX(
                latent_channels=16,
                down_block_types=("CogVideoXDownBlock3D",) * 4,
                up_block_types=("CogVideoXUpBlock3D",) * 4,
                **FULL_VAE,
            ).to(torch.bfloat16),
        }


def original_shapes() -> tuple[dict[str, Tensor], dict[str, Tensor]]:
    """Of an engine's state and of a VAE's, without numbers; the reference network's dead end is
    the main network's, as its shapes are."""
    networks = at_full_size()
    main = to_original(networks["transformer"].state_dict(), "transformer")
    reference = to_original(networks["reference"].state_dict(), "reference")
    twins = {f"ref_{key}": t for key, t in main.items() if "face" not in key and "audio" not in key}
    return main | twins | reference, to_original(networks["vae"].state_dict(), "vae")


def stretch(pool: Tensor, key: str, like: Tensor) -> Tensor:
    """The numbers of one tensor; weights of norms stand around one."""
    if like.ndim == 1 and "norm" in key and key.endswith("weight"):
        return 1 + pool[: like.numel()]
    room = len(pool) - like.numel()
    start = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "little") % (room + 1)
    return pool[start : start + like.numel()].view(like.shape)


def write_source(root: Path) -> dict[str, object]:
    """The two files of an official folder, from one pool each of which is stored once."""
    generator = torch.Generator().manual_seed(0)
    pool = torch.empty(POOL, dtype=torch.bfloat16).normal_(0, SCALE, generator=generator)
    engine, vae = original_shapes()
    told: dict[str, object] = {
        "parameters": sum(t.numel() for t in engine.values()),
        "tensors": len(engine),
        "vae_parameters": sum(t.numel() for t in vae.values()),
    }
    for name, entry, shapes in (
        ("hallo3/1/mp_rank_00_model_states.pt", "module", engine),
        ("cogvideox-5b-i2v-sat/vae/3d-vae.pt", "state_dict", vae),
    ):
        path = root / name
        path.parent.mkdir(parents=True)
        torch.save({entry: {key: stretch(pool, key, t) for key, t in shapes.items()}}, path)
    return told


def convert(source: Path, out: Path) -> dict[str, object]:
    made = convert_hallo3(source, out)
    return {"written_bytes": made.bytes, "digest": made.digest}


def mapped(folder: Path, name: str) -> nn.Module:
    """A network whose weights are its file's pages; every key there, and no other."""
    network = at_full_size()[name]
    weights = {}
    for path in sorted((folder / name).glob("*.safetensors")):
        with safe_open(path, "pt") as file:
            weights |= {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118  # no dict
    network.load_state_dict(weights, strict=True, assign=True)
    return network.eval()


def one_pass(folder: Path, _: Path) -> dict[str, object]:
    """The reference network and one guided step, at a small grid."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(1)

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator).to(torch.bfloat16)

    began = time.monotonic()
    reference = mapped(folder, "reference")
    seen = watched(reference)
    text = drawn(2, 226, 4096)
    with torch.inference_mode():
        bank = reference(drawn(1, 1, 16, HEIGHT, WIDTH), torch.zeros_like(text[:1]))
    reference_s, reference_layers = time.monotonic() - began, finite(seen)
    del reference
    began = time.monotonic()
    transformer = mapped(folder, "transformer")
    seen = watched(transformer)
    with torch.inference_mode():
        sample = transformer(
            drawn(1, FRAMES, 32, HEIGHT, WIDTH),
            torch.tensor([499]),
            text,
            drawn(2, 4 * FRAMES - 3, 5, 12, 768),
            drawn(1, 512),
            bank,
        ).sample
    return {
        "grid": [FRAMES, HEIGHT, WIDTH],
        "text_tokens": 226,
        "reference_s": round(reference_s, 1),
        "guided_step_s": round(time.monotonic() - began, 1),
        "layers_of_the_reference": len(bank),
        "finite_layers_of_the_reference": reference_layers + bool(torch.isfinite(bank[-1]).all()),
        "layers": len(seen),
        "finite_layers": finite(seen),
        "widths_of_layers": [round(width, 2) for width in seen],
        "prediction_finite": bool(torch.isfinite(sample).all()),
        "prediction_width": round(float(sample.float().std()), 3),
        "parameters": sum(t.numel() for t in transformer.parameters()),
    }


def watched(network: nn.Module) -> list[float]:
    """Fills with the standard deviation of the video behind each layer; of numbers that are not
    finite it is not a number."""
    seen: list[float] = []
    for block in network.transformer_blocks:
        block.register_forward_hook(lambda _m, _i, made: seen.append(float(made[0].float().std())))
    return seen


def finite(widths: list[float]) -> int:
    return sum(width == width and width != float("inf") for width in widths)  # noqa: PLR0124  # NaN


STAGES: dict[str, Callable[[Path, Path], dict[str, object]]] = {
    "convert": convert,
    "pass": one_pass,
}


def apart(stage: str, *paths: Path) -> dict[str, object]:
    """A stage in a process of its own: its figures, seconds, and peak of memory of its own."""
    command = [sys.executable, __file__, "--stage", stage, *map(str, paths)]
    ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    told: dict[str, object] = json.loads(ran.stdout.splitlines()[-1])
    return told


class OwnMemory:
    """The largest anonymous resident set, looked at twenty times a second: mapped pages of a file
    are the system's to take back."""

    def __init__(self) -> None:
        self.peak, self._ended = 0, threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> Self:
        self.before = self._now()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._ended.wait(0.05):
            self.peak = max(self.peak, self._now())

    def _now(self) -> int:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.split("RssAnon:")[1].split()[0]) * 1024


def in_this_process(stage: str, paths: list[Path]) -> None:
    began = time.monotonic()
    with OwnMemory() as memory:
        told = STAGES[stage](*paths)
    told |= {
        "wall_s": round(time.monotonic() - began, 1),
        "imports_bytes": memory.before,
        "peak_bytes": memory.peak,
    }
    print(json.dumps(told))


def measured(folder: Path) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="rushes-full-size-", dir=folder) as place:
        source, out = Path(place) / "pretrained_models", Path(place) / "out"
        told: dict[str, object] = {"checkpoint": write_source(source)}
        print(told, flush=True)
        told["conversion"] = apart("convert", source, out)
        print(told["conversion"], flush=True)
        told["pass"] = apart("pass", out, out)
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()))
    parser.add_argument("--stage", choices=STAGES)
    parser.add_argument("paths", nargs="*", type=Path)
    given = parser.parse_args()
    if given.stage:
        in_this_process(given.stage, given.paths)
        return
    report = {
        "what": "14.55 B random parameters on a CPU: converted, mapped, one guided step",
        **where_it_ran("one thread", "no GPU"),
        **measured(given.folder),
    }
    text = json.dumps(report, indent=2) + "\n"
    RESULT.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
