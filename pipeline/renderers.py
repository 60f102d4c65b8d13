"""From a preset's name of a renderer to the renderer, loaded."""

from __future__ import annotations

import torch

from pipeline.animatic.renderer import Animatic
from pipeline.presets import Preset
from pipeline.renderer import Renderer

RENDERERS = {"animatic": Animatic}


def load_renderer(preset: Preset) -> Renderer:
    """The preset's renderer; one thread, so that the bits do not depend on the machine's cores."""
    torch.set_num_threads(1)
    return RENDERERS[preset.renderer]()
