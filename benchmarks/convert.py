"""Peak memory and time of converting a random checkpoint of a few gigabytes.

    python benchmarks/convert.py --gigabytes 3

Writes benchmarks/results/convert.json. The aim: memory near the largest tensor, whatever the size.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch
from torch import Tensor

from benchmarks.where import where_it_ran
from model.convert import to_original
from model.networks.reference import Hallo3ReferenceModel
from model.networks.transformer import Hallo3Transformer3DModel

HIDDEN_HEADS = 24
SIZES = {
    "num_attention_heads": HIDDEN_HEADS,
    "text_embed_dim": 1024,
    "sample_frames": 5,
    "sample_height": 30,
    "sample_width": 44,
}
AUDIO = {"audio_channels": 64, "audio_tokens": 16, "audio_token_dim": 512}
CONVERT = """
import json, sys, time
import diffusers, transformers
import model.convert as convert

def peak_bytes():  # not ru_maxrss, which a process inherits from the one that started it
    status = open("/proc/self/status").read()
    return int(status.split("VmHWM:")[1].split()[0]) * 1024

before, began = peak_bytes(), time.monotonic()
made = convert.convert_hallo3(sys.argv[1], sys.argv[2], latent_frames=5, latent_height=30,
                              latent_width=44)
print(json.dumps({"before": before, "peak": peak_bytes(), "bytes": made.bytes,
                  "wall_s": round(time.monotonic() - began, 1)}))
"""


def on_meta(layers: int) -> tuple[torch.nn.Module, torch.nn.Module]:
    with torch.device("meta"):
        return (
            Hallo3Transformer3DModel(num_layers=layers, **SIZES, **AUDIO),
            Hallo3ReferenceModel(num_layers=layers, **SIZES),
        )


def layers_for(gigabytes: float) -> int:
    """Layers that make both networks together about that large in bfloat16."""
    sizes = [sum(t.numel() for net in on_meta(n) for t in net.parameters()) * 2 for n in (2, 3)]
    return max(2, 2 + round((gigabytes * 1e9 - sizes[0]) / (sizes[1] - sizes[0])))


def random_state(layers: int) -> dict[str, Tensor]:
    """An engine's state dict under the original keys; the reference network's dead end is the main
    network's, as its shapes are."""
    torch.manual_seed(0)
    main, second = (
        {key: torch.randn(t.shape, dtype=torch.bfloat16) for key, t in net.state_dict().items()}
        for net in on_meta(layers)
    )
    state = to_original(main, "transformer")
    reference = to_original(second, "reference")
    twins = {
        f"ref_{key}": t for key, t in state.items() if "face" not in key and "audio" not in key
    }
    return state | twins | reference


def random_vae() -> dict[str, Tensor]:
    from diffusers import AutoencoderKLCogVideoX  # noqa: PLC0415 - only here

    vae = AutoencoderKLCogVideoX(block_out_channels=(32, 64, 64, 64), layers_per_block=1)
    return to_original(vae.state_dict(), "vae")


def write_source(root: Path, layers: int) -> dict[str, int]:
    state = random_state(layers)
    engine = root / "hallo3/1/mp_rank_00_model_states.pt"
    vae = root / "cogvideox-5b-i2v-sat/vae/3d-vae.pt"
    for path, content in ((engine, {"module": state}), (vae, {"state_dict": random_vae()})):
        path.parent.mkdir(parents=True)
        torch.save(content, path)
    return {
        "checkpoint_bytes": engine.stat().st_size,
        "tensors": len(state),
        "largest_tensor_bytes": max(tensor.nbytes for tensor in state.values()),
    }


def measure(gigabytes: float) -> dict[str, object]:
    with tempfile.TemporaryDirectory(prefix="rushes-convert-") as folder:
        source = Path(folder) / "pretrained_models"
        layers = layers_for(gigabytes)
        told = {"layers": layers, **write_source(source, layers)}
        command = [sys.executable, "-c", CONVERT, str(source), str(Path(folder) / "out")]
        run = subprocess.run(command, check=True, capture_output=True, text=True)
        cost = json.loads(run.stdout)
    return {
        **told,
        "written_bytes": cost["bytes"],
        "wall_s": cost["wall_s"],
        "imports_rss_bytes": cost["before"],
        "peak_rss_bytes": cost["peak"],
        "conversion_rss_bytes": cost["peak"] - cost["before"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, nargs="+", default=[1.0, 3.0])
    sizes = parser.parse_args().gigabytes
    began = time.monotonic()
    report = {
        "what": "rushes convert hallo3, random weights: peak resident set (VmHWM) of its process",
        **where_it_ran("no GPU"),
        "runs": {f"{size:g} GB": measure(size) for size in sizes},
        "total_s": round(time.monotonic() - began, 1),
    }
    text = json.dumps(report, indent=2) + "\n"
    (Path(__file__).parent / "results").mkdir(exist_ok=True)
    (Path(__file__).parent / "results/convert.json").write_text(text)
    print(text)


if __name__ == "__main__":
    main()
