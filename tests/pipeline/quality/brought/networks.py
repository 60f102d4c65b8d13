"""Small random networks with the inputs and widths that papers' networks have, and clips of one
face for them."""

from __future__ import annotations

import hashlib
import io
import warnings
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from pipeline.media.ffmpeg import program
from pipeline.media.process import feed
from pipeline.quality.brought.backbones import BACKBONES
from tests.media_builders import a_portrait, a_tone, a_wav


class Pooled(nn.Module):
    """The mean of each channel through a fixed random matrix."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        drawn = torch.Generator().manual_seed(width + channels)
        self.weight = nn.Parameter(torch.randn(channels, width, generator=drawn))

    def forward(self, items: Tensor) -> Tensor:
        return items.flatten(2).mean(2) @ self.weight


CODE = 10.0
"""How far a coded vector is from the origin, on its first axis: 2 x this from the other code."""


class Coded(nn.Module):
    """+CODE or -CODE on the first axis: whether the mean of the middle frame of a window is above
    `limit`. Of sound the middle frame's energy is asked."""

    def __init__(self, width: int, limit: float, *, hears: bool) -> None:
        super().__init__()
        self.limit, self.hears = limit, hears
        self.register_buffer("axis", torch.eye(1, width) * CODE)

    def forward(self, items: Tensor) -> Tensor:
        middle = items[:, 0, 0, 9:10] if self.hears else items[:, :, 2].flatten(1)
        return torch.sign(middle.mean(1, keepdim=True) - self.limit) * self.axis


def coded_networks(folder: Path, brightness: float, energy: float) -> dict[str, str]:
    """Both halves of a SyncNet with known answers, as the settings of a run name them."""
    limits = {"syncnet_lips": (brightness, False), "syncnet_sound": (energy, True)}
    found = {}
    for name, (limit, hears) in limits.items():
        network = Coded(BACKBONES[name].widths[0], limit, hears=hears)
        found[name] = kept_network(network, folder / f"{name}.pt", name).partition("=")[2]
    return found


def torch_script(path: Path, name: str, width: int | None = None) -> str:
    """The option that names a network for a row of the table, written to `path`."""
    row = BACKBONES[name]
    network = Pooled(row.shape[0], row.widths[0] if width is None else width)
    return kept_network(network, path, name)


def kept_network(network: nn.Module, path: Path, name: str) -> str:
    """Traced for its row of the table, and written to `path`; the option that names it."""
    row, kept = BACKBONES[name], io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        traced = torch.jit.trace(network.eval(), torch.zeros(1, *row.shape))
        torch.jit.save(traced, kept)
    path.write_bytes(kept.getvalue())
    return option(name, path)


def option(name: str, path: Path) -> str:
    return f"{name}={path}@sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def a_face_clip(path: Path, *, frames: int = 21, side: int = 160) -> Path:
    """The astronaut's head, moving a pixel a frame, with a tone."""
    image = cv2.resize(a_portrait()[:300, 80:380], (side + 40, side + 40))
    return encoded(path, np.stack([image[20:][:side, n % 20 :][:, :side] for n in range(frames)]))


def encoded(path: Path, frames: NDArray[np.uint8]) -> Path:
    sound = a_wav(path.with_suffix(".wav"), a_tone(len(frames) * 1920))
    height, width = frames.shape[1:3]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", "25", "-i", "-"]
    quality = [
        "-c:v",
        "libx264",
        "-qp",
        "0",
        "-preset",
        "ultrafast",
        "-threads",
        "1",
        "-c:a",
        "aac",
    ]
    command = [program(), "-loglevel", "error", "-y", *raw, "-i", str(sound), *quality, str(path)]
    feed(command, [frames.tobytes()], timeout_s=60)
    sound.unlink()
    return path
