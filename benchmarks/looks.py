"""What looks beside the carried ones cost, for a second of 480x720 on one core: networks that users
bring, and checks of delivered files.

    python -m benchmarks.looks [--repeats 3]

No weights of others are carried, so networks of the same layers are filled with random numbers:
SyncNet as its authors' syncnet_v2 has it, and an IResNet-100 as ArcFace's glintr100. The carried
portrait speaks for 47 frames, drawn by the animatic; of each repeat the seconds of the processor
count, and of all repeats the smallest. Following the face and showing it is measured with a network
that computes nothing. The checks read the same frames as the profile `web` delivers them with sound
and watermark; what their ffmpeg takes counts. Writes benchmarks/results/looks.json.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import soundfile  # type: ignore[import-untyped]  # it has no types
import torch
from torch import Tensor, nn

from benchmarks.measuring import SECOND_S, drawn, least, narrated, on_canvas
from benchmarks.where import where_it_ran
from manifests.artifact import Artifact, sha256_of
from model.shapes import FPS, MIX_RATE
from pipeline.animatic.renderer import Animatic
from pipeline.delivery.encode import MasterRequest
from pipeline.delivery.files import make_deliveries
from pipeline.delivery.inspection.file_checks import CHECKS, DeliveredCopy, count_of_findings
from pipeline.media.video import write_lossless
from pipeline.nouns import DeliveredFile, Piece, Reel
from pipeline.presets import ANIMATIC
from pipeline.quality.brought.backbones import BACKBONES, BackboneFile
from pipeline.quality.brought.opened_backbones import OpenedBackbone, opened_networks
from pipeline.quality.brought.take_networks import TakeMedia, measured_by_networks
from pipeline.quality.measures import MEASURES
from pipeline.renderer import Frames, TakeFiles
from pipeline.workspace.workspace import Workspace

RESULT = Path("benchmarks/results/looks.json")


class Nothing(nn.Module):
    """Vectors of one number for each item."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    def forward(self, items: Tensor) -> Tensor:
        return items.flatten(1)[:, :1].expand(-1, self.width)


def lips_network() -> nn.Module:
    """Five frames of 224x224 to 1024 numbers."""
    flat = (0, 1, 1)
    return nn.Sequential(
        nn.Conv3d(3, 96, (5, 7, 7), (1, 2, 2)), *_after(nn.BatchNorm3d(96)),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
        nn.Conv3d(96, 256, (1, 5, 5), (1, 2, 2), flat), *_after(nn.BatchNorm3d(256)),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2), flat),
        nn.Conv3d(256, 256, (1, 3, 3), 1, flat), *_after(nn.BatchNorm3d(256)),
        nn.Conv3d(256, 256, (1, 3, 3), 1, flat), *_after(nn.BatchNorm3d(256)),
        nn.Conv3d(256, 256, (1, 3, 3), 1, flat), *_after(nn.BatchNorm3d(256)),
        nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
        nn.Conv3d(256, 512, (1, 6, 6)), *_after(nn.BatchNorm3d(512)), *_to_1024(),
    )  # fmt: skip


def sound_network() -> nn.Module:
    """13 cepstra of 20 steps to 1024 numbers."""
    return nn.Sequential(
        nn.Conv2d(1, 64, 3, 1, 1), *_after(nn.BatchNorm2d(64)),
        nn.Conv2d(64, 192, 3, 1, 1), *_after(nn.BatchNorm2d(192)), nn.MaxPool2d(3, (1, 2)),
        nn.Conv2d(192, 384, 3, 1, 1), *_after(nn.BatchNorm2d(384)),
        nn.Conv2d(384, 256, 3, 1, 1), *_after(nn.BatchNorm2d(256)),
        nn.Conv2d(256, 256, 3, 1, 1), *_after(nn.BatchNorm2d(256)), nn.MaxPool2d(3, (2, 2)),
        nn.Conv2d(256, 512, (5, 4)), *_after(nn.BatchNorm2d(512)), *_to_1024(),
    )  # fmt: skip


def _after(norm: nn.Module) -> tuple[nn.Module, nn.Module]:
    return norm, nn.ReLU()


def _to_1024() -> tuple[nn.Module, ...]:
    return nn.Flatten(), nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, 1024)


class Residual(nn.Module):
    """Two convolutions beside the way past them."""

    def __init__(self, given: int, made: int, stride: int) -> None:
        super().__init__()
        self.inside = nn.Sequential(
            nn.BatchNorm2d(given), nn.Conv2d(given, made, 3, 1, 1), nn.BatchNorm2d(made),
            nn.PReLU(made), nn.Conv2d(made, made, 3, stride, 1), nn.BatchNorm2d(made),
        )  # fmt: skip
        self.past = nn.Conv2d(given, made, 1, stride) if stride > 1 else nn.Identity()

    def forward(self, values: Tensor) -> Tensor:
        inside: Tensor = self.inside(values)
        return inside + self.past(values)


def face_network() -> nn.Module:
    """A face of 112x112 to 512 numbers, a hundred layers deep."""
    blocks, given = [], 64
    for made, count in ((64, 3), (128, 13), (256, 30), (512, 3)):
        for at in range(count):
            blocks.append(Residual(given, made, 1 if at else 2))
            given = made
    stem = (nn.Conv2d(3, 64, 3, 1, 1), nn.BatchNorm2d(64), nn.PReLU(64))
    return nn.Sequential(*stem, *blocks, nn.Flatten(), nn.Linear(512 * 7 * 7, 512))


def opened(modules: Mapping[str, nn.Module], folder: Path) -> Mapping[str, OpenedBackbone]:
    """Written as a user brings them, and opened as a run does."""
    files = []
    for name, network in modules.items():
        row, kept = BACKBONES[name], io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            torch.jit.save(torch.jit.trace(network.eval(), torch.zeros(1, *row.shape)), kept)
        path = folder / f"{name}-{len(kept.getvalue())}.pt"
        path.write_bytes(kept.getvalue())
        digest = hashlib.sha256(kept.getvalue()).hexdigest()
        files.append(BackboneFile(row=row, path=path, sha256=digest))
    return opened_networks(files)


def seconds(measure: Callable[[], object], repeats: int) -> float:
    """Of the processor, for a second of picture."""
    return least(measure, repeats) / SECOND_S


def checked(frames: Frames, files: TakeFiles, folder: Path, repeats: int) -> dict[str, float]:
    """Seconds of each check that is a row of the table."""
    workspace = Workspace(out=str(folder / "out"), scratch=folder / "scratch")
    made = delivered(frames, files, folder, workspace)
    copy = DeliveredCopy(job_id="a", path=Path(made.file.uri), name="web", said=made, recorded=True)
    found = {}
    for check in CHECKS:
        if f"{check.name}_breaches" in MEASURES:
            if not check.applies(copy) or count_of_findings(check, copy):
                raise ValueError(f"{check.name} is not of a sound file")
            found[check.name] = round(
                all_seconds(partial(count_of_findings, check, copy), repeats), 3
            )
    return found


def delivered(
    frames: Frames, files: TakeFiles, folder: Path, workspace: Workspace
) -> DeliveredFile:
    """The frames as `web`, with a tone."""
    video, mix = folder / "piece.mkv", folder / "mix.wav"
    write_lossless([frames], video, width=frames.shape[2], height=frames.shape[1])
    samples = np.arange(len(frames) * MIX_RATE // FPS) / MIX_RATE
    soundfile.write(mix, 0.3 * np.sin(2 * np.pi * 300 * samples), MIX_RATE, subtype="PCM_24")
    take = replace(files.take, frames=len(frames), mix=stored(mix))
    reel = Reel(
        take=take, pieces=(Piece(video=stored(video), skip=0, frames=len(frames)),), joins=()
    )
    request = MasterRequest(reel=reel, profile="web", aspect="source", language="en", job_id="a")
    return make_deliveries(request, workspace)[0]


def stored(path: Path) -> Artifact:
    return Artifact(uri=str(path), sha256=sha256_of(path), bytes=path.stat().st_size)


def all_seconds(measure: Callable[[], object], repeats: int) -> float:
    """Of this process and of those that it started, for a second of picture."""
    took = []
    for _ in range(repeats + 1):
        before = os.times()
        measure()
        now = os.times()
        took.append(sum(now[:4]) - sum(before[:4]))
    return min(took[1:]) / SECOND_S


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as named:
        folder = Path(named)
        preset = replace(ANIMATIC, canvas=(480, 720))
        files = on_canvas(narrated(folder), preset, folder / "take")
        media = TakeMedia(speech=files.speech, portrait=files.portrait, landmarks=files.landmarks)
        frames = drawn(Animatic(), files)
        cases: Mapping[str, Mapping[str, nn.Module]] = {
            "following and showing the face": {
                "syncnet_lips": Nothing(1024),
                "syncnet_sound": Nothing(1024),
            },
            "syncnet": {"syncnet_lips": lips_network(), "syncnet_sound": sound_network()},
            "arcface": {"arcface": face_network()},
        }
        found = {}
        for name, modules in cases.items():
            networks = opened(modules, folder)
            measure = partial(measured_by_networks, lambda: iter([frames]), media, networks)
            found[name] = round(seconds(measure, repeats), 3)
            print(name, found[name], measure(), flush=True)
        found |= checked(frames, files, folder, repeats)
    facts = {
        **where_it_ran("one thread"),
        "frames": list(frames.shape),
        "seconds_of_a_core_for_a_second": found,
    }
    RESULT.write_text(json.dumps(facts, indent=1) + "\n")


if __name__ == "__main__":
    main()
