"""Pictures to look at: contact sheets of clips, and lines over time drawn with OpenCV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.evaluate.series import Series

Pixels = NDArray[np.uint8]
"""[height, width, 3] RGB."""

COLOURS = ((31, 119, 180), (214, 39, 40), (44, 160, 44), (148, 103, 189), (255, 127, 14), (90, 90, 90))  # fmt: skip  # noqa: E501
INK, PAPER, GRID = (40, 40, 40), 255, (225, 225, 225)
FONT, LETTERS = cv2.FONT_HERSHEY_SIMPLEX, 0.45
PANEL_WIDTH, PANEL_HEIGHT = 900, 220
LEFT, RIGHT, TOP, BOTTOM = 70, 170, 30, 30
"""Room around the lines of a panel, in pixels."""


def contact_sheet(rows: Sequence[NDArray[np.uint8]], every: int) -> Pixels:
    """Every `every`-th frame of each clip [n, height, width, 3] in a row of its own.

    Shorter rows end in white; all clips must have frames of one size.
    """
    chosen = [row[::every] for row in rows]
    columns = max(len(row) for row in chosen)
    height, width = rows[0].shape[1:3]
    sheet = np.full((len(rows) * height, columns * width, 3), PAPER, np.uint8)
    for index, row in enumerate(chosen):
        strip = np.concatenate(list(row), axis=1)
        sheet[index * height : (index + 1) * height, : strip.shape[1]] = strip
    return sheet


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One diagram: lines by their names, each value `step_s` seconds after the one before."""

    title: str
    lines: Mapping[str, Series]
    step_s: float

    @property
    def length_s(self) -> float:
        return max(len(line) for line in self.lines.values()) * self.step_s

    @property
    def bounds(self) -> tuple[float, float]:
        """From 0 (or below) to what holds all values."""
        values = np.concatenate([line[np.isfinite(line)] for line in self.lines.values()])
        low, high = (min(0.0, values.min()), values.max()) if len(values) else (0.0, 1.0)
        return float(low), float(high if high > low else low + 1)


def plotted(panels: Sequence[Panel]) -> Pixels:
    """The panels below each other."""
    return np.concatenate([_drawn(panel) for panel in panels])


def save_picture(picture: Pixels, path: str) -> None:
    """As PNG."""
    if not cv2.imwrite(path, picture[..., ::-1]):
        raise OSError(f"{path} cannot be written")


def _drawn(panel: Panel) -> Pixels:
    picture = np.full((PANEL_HEIGHT, PANEL_WIDTH, 3), PAPER, np.uint8)
    _write(picture, panel.title, (LEFT, TOP - 12), INK)
    _draw_axes(picture, panel)
    for index, (name, line) in enumerate(panel.lines.items()):
        colour = COLOURS[index % len(COLOURS)]
        _write(picture, name, (PANEL_WIDTH - RIGHT + 8, TOP + 12 + 18 * index), colour)
        for run in _runs(_places(panel, line)):
            cv2.polylines(picture, [run], isClosed=False, color=colour, lineType=cv2.LINE_AA)
    return picture


def _draw_axes(picture: Pixels, panel: Panel) -> None:
    low, high = panel.bounds
    for share in (0.0, 0.5, 1.0):
        y = round(PANEL_HEIGHT - BOTTOM - share * (PANEL_HEIGHT - TOP - BOTTOM))
        x = round(LEFT + share * (PANEL_WIDTH - LEFT - RIGHT))
        cv2.line(picture, (LEFT, y), (PANEL_WIDTH - RIGHT, y), GRID)
        _write(picture, f"{low + share * (high - low):.3g}", (8, y + 5), INK)
        _write(picture, f"{share * panel.length_s:.3g} s", (x - 12, PANEL_HEIGHT - 10), INK)


def _places(panel: Panel, line: Series) -> NDArray[np.float64]:
    """[values, 2] in pixels; NaN stays NaN."""
    low, high = panel.bounds
    x = np.arange(len(line)) * panel.step_s / panel.length_s
    y = (line - low) / (high - low)
    across, up = PANEL_WIDTH - LEFT - RIGHT, PANEL_HEIGHT - TOP - BOTTOM
    return np.stack([LEFT + x * across, PANEL_HEIGHT - BOTTOM - y * up], axis=1)


def _runs(places: NDArray[np.float64]) -> list[NDArray[np.int32]]:
    """The stretches between missing values."""
    there = np.isfinite(places[:, 1])
    edges = np.flatnonzero(np.diff(there)) + 1
    parts = np.split(places, edges)
    return [np.rint(part).astype(np.int32) for part in parts if np.isfinite(part[0, 1])]


def _write(picture: Pixels, text: str, at: tuple[int, int], colour: tuple[int, int, int]) -> None:
    cv2.putText(picture, text, at, FONT, LETTERS, colour, lineType=cv2.LINE_AA)
