"""Nearness, sharpness, sheets and plots of frames."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from pipeline.evaluate.picture import psnr_db, sharpness
from pipeline.evaluate.sheets import Panel, contact_sheet, plotted
from pipeline.quality.enlarged_mesh import enlarged
from tests.pipeline.animatic.takes import a_portrait


def test_psnr_of_one_step_of_grey_is_48_decibels() -> None:
    frames = np.full((2, 8, 8, 3), 100, np.uint8)
    assert psnr_db(frames, frames + 1) == pytest.approx(20 * np.log10(255))
    assert psnr_db(frames, frames) == 100


def test_frames_of_other_shapes_are_not_compared() -> None:
    with pytest.raises(ValueError, match="are not compared"):
        psnr_db(np.zeros((2, 8, 8, 3), np.uint8), np.zeros((1, 8, 8, 3), np.uint8))


def test_sharpness_falls_with_every_blur() -> None:
    blurred = [
        np.asarray(cv2.GaussianBlur(a_portrait(), (0, 0), sigma), np.uint8)
        for sigma in (0.5, 1, 2, 4)
    ]
    values = [sharpness(picture) for picture in (a_portrait(), *blurred)]
    assert values == sorted(values, reverse=True)
    assert values[-1] < 0.05 * values[0]


def test_small_frames_are_enlarged_and_large_ones_left() -> None:
    assert enlarged(np.zeros((128, 160, 3), np.uint8), 256).shape == (256, 320, 3)
    assert enlarged(a_portrait(), 256) is a_portrait()


def test_a_contact_sheet_shows_every_nth_frame_of_each_clip() -> None:
    clip = np.repeat(np.arange(10, dtype=np.uint8), 4 * 6 * 3).reshape(10, 4, 6, 3)
    sheet = contact_sheet([clip, clip[:4]], every=3)
    assert sheet.shape == (8, 24, 3)
    assert [int(sheet[0, 6 * column, 0]) for column in range(4)] == [0, 3, 6, 9]
    assert [int(sheet[4, 6 * column, 0]) for column in range(4)] == [0, 3, 255, 255]


def test_a_plot_draws_each_line_and_nothing_where_values_are_missing() -> None:
    rising = np.linspace(0, 1, 100)
    gap = rising.copy()
    gap[20:80] = np.nan

    def inked(line: np.ndarray) -> int:
        picture = plotted([Panel(title="", lines={"": line}, step_s=0.04)])
        return int((picture[..., 2].astype(int) - picture[..., 0] > 60).sum())  # the line is blue

    assert inked(rising) > 2 * inked(gap) > 0


def test_panels_stand_below_each_other() -> None:
    panel = Panel(title="a", lines={"one": np.full(5, np.nan), "two": np.zeros(5)}, step_s=1)
    assert plotted([panel, panel]).shape[0] == 2 * plotted([panel]).shape[0]
