"""From a preset to its renderer, loaded."""

from __future__ import annotations

from importlib import import_module

import torch

from pipeline.presets import RENDERERS, Preset
from pipeline.renderer import InItsColours, Renderer


def load_renderer(preset: Preset, memory: str = "") -> Renderer:
    """The preset's renderer, in the memory profile named; one thread, so that the bits do not
    depend on the machine's cores."""
    torch.set_num_threads(1)
    module, _, function = RENDERERS[preset.renderer].loader.partition(":")
    return InItsColours(getattr(import_module(module), function)(preset, memory))
