"""A training shot on disk: frames, the portrait they started from, its face, the speech."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingShot:
    """One face speaking one take, on the network's canvas.

    `frames` uint8 [n, H, W, 3], `portrait` uint8 [H, W, 3], `landmarks` float32 [468, 3] of the
    portrait in its pixels, `speech` float32 [n, blocks, channels] one row a frame, `face` float32
    [E] the portrait's face embedding, `prompt` float32 [L, C] the caption's text features.
    """

    frames: NDArray[np.uint8]
    portrait: NDArray[np.uint8]
    landmarks: NDArray[np.float32]
    speech: NDArray[np.float32]
    face: NDArray[np.float32]
    prompt: NDArray[np.float32]

    def __post_init__(self) -> None:
        if len(self.frames) != len(self.speech):
            raise ValueError(f"{len(self.frames)} frames with speech for {len(self.speech)}")

    def save(self, folder: Path) -> None:
        """One .npy a field; the folder has its name when all of it is there."""
        partial = folder.with_name(folder.name + f".{os.getpid()}.partial")
        partial.mkdir(parents=True, exist_ok=True)
        for field in fields(self):
            np.save(partial / f"{field.name}.npy", getattr(self, field.name), allow_pickle=False)
        partial.rename(folder)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """The frames are mapped, not read."""
        arrays = {
            field.name: np.load(
                folder / f"{field.name}.npy",
                mmap_mode="r" if field.name == "frames" else None,
                allow_pickle=False,
            )
            for field in fields(cls)
        }
        return cls(**arrays)


def shot_folder(root: Path, index: int) -> Path:
    return root / f"{index:06d}"


def saved_shots(root: Path) -> Iterator[TrainingShot]:
    """All finished shots under `root`, in order of their numbers."""
    for folder in sorted(root.glob("[0-9]" * 6)):
        yield TrainingShot.load(folder)
