"""From a preset's name of a renderer to the renderer, loaded."""

from __future__ import annotations

import torch

from pipeline.animatic.renderer import Animatic
from pipeline.grey import InItsColours
from pipeline.presets import Preset
from pipeline.renderer import Renderer


def load_renderer(preset: Preset, memory: str = "") -> Renderer:
    """The preset's renderer, in the memory profile named; one thread, so that the bits do not
    depend on the machine's cores."""
    torch.set_num_threads(1)
    if preset.renderer == "animatic":
        return InItsColours(Animatic())
    from pipeline.hallo3.load import load_hallo3  # noqa: PLC0415 - diffusers, only where it is used

    return InItsColours(load_hallo3(preset, memory))
