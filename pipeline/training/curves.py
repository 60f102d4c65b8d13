"""The loss over time: a table that outlives kills, and its picture."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, MARGIN = 900, 420, 60
INK, LINE = (60, 60, 60), (170, 90, 20)
FONT = cv2.FONT_HERSHEY_SIMPLEX


@dataclass(slots=True)
class Curve:
    """Rows of step, mean loss since the row before, and the seconds that it took."""

    path: Path
    rows: list[tuple[int, float, float]] = field(default_factory=list)

    @classmethod
    def resumed(cls, path: Path) -> Self:
        """What an earlier call wrote, if it did."""
        if not path.is_file():
            return cls(path)
        with path.open(newline="", encoding="utf-8") as file:
            rows = [(int(a), float(b), float(c)) for a, b, c in list(csv.reader(file))[1:]]
        return cls(path, rows)

    def add(self, step: int, loss: float, seconds: float) -> None:
        """Rows of steps that are done again after a kill are replaced."""
        self.rows = [row for row in self.rows if row[0] < step] + [(step, loss, seconds)]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(f".{os.getpid()}.partial")
        with partial.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(["step", "loss", "seconds"])
            writer.writerows(self.rows)
        partial.rename(self.path)

    def plot(self, path: Path, title: str) -> None:
        """A PNG, loss on a logarithmic axis."""
        steps = np.array([row[0] for row in self.rows], np.float64)
        losses = np.log10(np.maximum([row[1] for row in self.rows], 1e-9))
        picture = np.full((HEIGHT, WIDTH, 3), 255, np.uint8)
        low, high = float(losses.min()), float(losses.max()) + 1e-6
        x = MARGIN + (WIDTH - 2 * MARGIN) * steps / max(1.0, steps[-1])
        y = HEIGHT - MARGIN - (HEIGHT - 2 * MARGIN) * (losses - low) / (high - low)
        line = np.rint(np.stack([x, y], axis=1)).astype(np.int32)
        cv2.polylines(picture, [line], isClosed=False, color=LINE, thickness=2)
        _label(picture, title, (MARGIN, MARGIN // 2))
        _label(picture, f"{10**high:.4f}", (2, MARGIN))
        _label(picture, f"{10**low:.4f}", (2, HEIGHT - MARGIN))
        minutes = sum(row[2] for row in self.rows) / 60
        _label(picture, f"step {int(steps[-1])}, {minutes:.0f} min", (WIDTH - 230, HEIGHT - 20))
        cv2.imwrite(str(path), picture)


def _label(picture: NDArray[np.uint8], text: str, at: tuple[int, int]) -> None:
    cv2.putText(picture, text, at, FONT, 0.5, INK, 1, cv2.LINE_AA)
